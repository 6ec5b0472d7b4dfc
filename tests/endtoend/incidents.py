"""The incidents as Temporal has them: found by trunk, read, waited for, whatever is being killed meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from inspect import isawaitable
from typing import Final, TypeVar

from temporalio.client import Client, WorkflowHandle, WorkflowHistory, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from holdline.domain import keys
from holdline.domain.incident import IncidentKind
from holdline.domain.lifecycle import State
from holdline.domain.messages import SNAPSHOT, Reply, Request, Snapshot
from holdline.domain.ticket_messages import Letter
from holdline.simulators.genesys.world import Place

Result = TypeVar("Result")

_POLL: Final = 0.1
# A query costs the worker some milliseconds.
_SELDOM: Final = 0.5
# UNKNOWN is what a connection that breaks under a call is called.
_AWAY: Final = (
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.DEADLINE_EXCEEDED,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.UNKNOWN,
)


def workflow_id(place: Place) -> str:
    """The incident of a site's first trunk."""
    return keys.workflow_id(IncidentKind.TRUNK_FAILURE, place.primary_trunk_id)


async def until(
    true: Callable[[], bool | Awaitable[bool]], what: str, patience: timedelta = timedelta(seconds=60)
) -> None:
    """Wait for something to become true. Raises AssertionError with `what` when the patience is over."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience.total_seconds()
    while not await _told(true()):
        assert loop.time() < deadline, f"waited {patience} in vain: {what}"
        await asyncio.sleep(_POLL)


async def _told(answer: bool | Awaitable[bool]) -> bool:
    return await answer if isawaitable(answer) else answer


class Incidents:
    """Reads incidents by site."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def handle(self, place: Place) -> WorkflowHandle[object, Snapshot]:
        """The latest episode."""
        return self._client.get_workflow_handle(workflow_id(place), result_type=Snapshot)

    async def snapshot(self, place: Place) -> Snapshot | None:
        """What the incident says of itself, or None while there is none or nobody answers."""
        try:
            found: Snapshot = await self.handle(place).query(
                SNAPSHOT, result_type=Snapshot, rpc_timeout=timedelta(seconds=5)
            )
        except (RPCError, WorkflowQueryFailedError, RuntimeError):
            return None
        return found

    async def comes_to(
        self, place: Place, so: Callable[[Snapshot], bool], what: str, patience: timedelta = timedelta(seconds=90)
    ) -> Snapshot:
        """Wait until the incident is so."""
        deadline = asyncio.get_running_loop().time() + patience.total_seconds()
        while (found := await self.snapshot(place)) is None or not so(found):
            assert asyncio.get_running_loop().time() < deadline, f"waited {patience} in vain: {place.name} {what}"
            await asyncio.sleep(_SELDOM)
        return found

    async def reaches(self, place: Place, *states: State) -> Snapshot:
        """Wait until the incident is in one of the states."""
        return await self.comes_to(place, lambda found: found.state in states, f"is {', '.join(states)}")

    async def says(self, place: Place, words: str) -> Snapshot:
        """Wait until the incident's timeline has a row with these words."""

        def said(found: Snapshot) -> bool:
            return any(words in entry.text for entry in found.timeline)

        return await self.comes_to(place, said, f"says {words!r}")

    async def ends(self, place: Place, patience: timedelta = timedelta(seconds=180)) -> Snapshot:
        """Wait until the incident is closed for good, and return its story."""
        return await self.closes(workflow_id(place), patience)

    async def lets_go(self, place: Place, patience: timedelta = timedelta(seconds=180)) -> Letter:
        """Wait until the ticket of the first episode is let go, and return its story."""
        described = await self.handle(place).describe()
        mark = described.raw_description.workflow_execution_info.first_run_id[:8]
        known_as = keys.Incident(workflow_id(place), 1).ticket_workflow(mark)
        handle: WorkflowHandle[object, Letter] = self._client.get_workflow_handle(known_as, result_type=Letter)
        return await self._result(handle, patience)

    async def closes(self, known_as: str, patience: timedelta) -> Snapshot:
        """The same for any incident, by its workflow id."""
        handle: WorkflowHandle[object, Snapshot] = self._client.get_workflow_handle(known_as, result_type=Snapshot)
        return await self._result(handle, patience)

    @staticmethod
    async def _result(handle: WorkflowHandle[object, Result], patience: timedelta) -> Result:
        async with asyncio.timeout(patience.total_seconds()):
            while True:
                try:
                    return await handle.result()
                except RPCError as error:
                    if error.status not in _AWAY:
                        raise
                except RuntimeError:
                    # The bridge's word for a connection that cannot be made.
                    pass
                await asyncio.sleep(_POLL)

    async def asks(self, place: Place, update: str, by: str) -> Reply:
        """An operator says something by update."""
        reply: Reply = await self.handle(place).execute_update(update, Request(by=by), result_type=Reply)
        return reply

    async def histories(self) -> list[WorkflowHistory]:
        """Every event of every run."""
        found = self._client.list_workflows("")
        return [
            await self._client.get_workflow_handle(each.id, run_id=each.run_id).fetch_history() async for each in found
        ]
