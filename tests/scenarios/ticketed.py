"""An incident with a ticket, its keeper and the keeper's clock, for the stories about tickets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.service import RPCError

from holdline.domain.duration import parse_duration
from holdline.domain.keys import Incident
from holdline.domain.runbook import Runbook
from holdline.domain.ticket import TicketRule
from holdline.domain.ticket_messages import LETTER, Letter, Standing
from holdline.domain.timeline import Fact
from holdline.ports import TicketOrder, TicketReceipt
from tests.support.scene import RUNBOOK, SYSTEM, Levers, Scene, crew, scene, when
from tests.support.ticketbox import Box, TicketBox
from workers.virtual import VirtualTime

TICKETED = RUNBOOK.model_copy(update={"ticket": TicketRule(system=SYSTEM)})


class Dropping(TicketBox):
    """A system that takes every order and does not keep the fields that are named in `dropping`."""

    def __init__(self, *dropping: str) -> None:
        super().__init__()
        self.dropping = dropping

    async def open(self, order: TicketOrder) -> TicketReceipt:
        """Create a record without them."""
        return self._without(await super().open(order))

    async def update(self, order: TicketOrder) -> TicketReceipt:
        """Write a record without them."""
        return self._without(await super().update(order))

    def _without(self, receipt: TicketReceipt) -> TicketReceipt:
        return receipt.model_copy(update={"dropped": self.dropping})


@asynccontextmanager
async def before(virtual: VirtualTime, box: TicketBox) -> AsyncIterator[Scene]:
    """A scene whose tickets are in another system than the usual one."""
    async with scene(virtual, TICKETED, staffed=False) as story:
        story.outside.tickets = box
        async with crew(virtual.client, story.outside):
            yield story
            with suppress(RPCError):
                await keeper(story).terminate()


@asynccontextmanager
async def ticketed(
    virtual: VirtualTime, runbook: Runbook = TICKETED, levers: Levers | None = None
) -> AsyncIterator[Scene]:
    """A scene whose incident has a ticket; its keeper ends with it."""
    async with scene(virtual, runbook, levers=levers) as story:
        yield story
        with suppress(RPCError):
            await keeper(story).terminate()


def keeper(story: Scene) -> WorkflowHandle[Any, Any]:
    """The keeper of the ticket of an incident that the scene itself has opened, as older releases did."""
    return story.handle_of(Incident(story.handle.id, 1).ticket_workflow())


async def marked(handle: WorkflowHandle[Any, Any]) -> str:
    """The id of the keeper of an incident that was opened as this release does."""
    first = (await handle.describe()).raw_description.workflow_execution_info.first_run_id
    return Incident(handle.id, 1).ticket_workflow(first[:8])


async def comes(true: Callable[[], Awaitable[object]]) -> None:
    """Wait until it is so; what is not there yet is not so."""
    while True:
        with suppress(RPCError):
            if await true():
                return
        await asyncio.sleep(0.02)


async def passes(story: Scene, moment: str) -> None:
    """Move the keeper's clock, which is its own, to a moment after the ticket began."""
    assert await story.time.move(keeper(story), parse_duration(moment)), f"it ended before {moment}"


async def letter(story: Scene) -> Letter:
    """How the ticket stands."""
    answer = await keeper(story).query(LETTER, result_type=Letter)
    assert isinstance(answer, Letter)
    return answer


async def until(story: Scene, standing: Standing) -> Letter:
    """Wait until the ticket stands so."""

    async def stands() -> bool:
        return (await letter(story)).standing is standing

    await comes(stands)
    return await letter(story)


async def opened(story: Scene) -> Box:
    """Wait until there is a ticket, and the incident knows of it."""

    async def known() -> bool:
        return bool(when(await story.snapshot(), Fact.TICKET))

    await comes(known)
    return story.outside.tickets.records[0]
