"""A detector in virtual time before a source in memory, told in looks: what it sees, and what it announces."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from temporalio import activity
from temporalio.client import Client, WorkflowHandle
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker

from activities.announcing import Announcement
from activities.polling import Polling
from holdline.domain import queues, watching
from holdline.domain.detection import ELSE, Group, Plan, Source, next_tick
from holdline.domain.duration import parse_duration
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import Severity
from holdline.domain.observation import Observation, Verdict
from holdline.domain.sweep import Finding, Gap, Sweep
from holdline.domain.watching import Adoption, Board, Detection
from holdline.ports import VendorError, Wanted
from tests.support.temporal import unique
from workers.virtual import VirtualTime
from workflows.detector import DetectorWorkflow
from workflows.incident import IncidentWorkflow

PLAN = Plan(source=Source.TRUNKS, groups=(Group(name=ELSE),))
LOOKS = {"B": Verdict.BREACH, "H": Verdict.HEALTHY, "?": Verdict.UNKNOWN}


class Trunks:
    """Trunks in memory; each look at one takes the next letter of its script (B, H, ?), the last one for ever.

    It implements Sweeps, and keeps what it was asked. `trouble` is raised by the looks that have one.
    """

    def __init__(self) -> None:
        self.scripts: dict[str, deque[str]] = {}
        self.trouble: deque[VendorError | None] = deque()
        self.gaps: tuple[Gap, ...] = ()
        self.asked: list[Wanted] = []

    def script(self, trunk: str, looks: str) -> None:
        """Say what the next looks at a trunk see."""
        self.scripts[trunk] = deque(looks)

    async def sweep(self, wanted: Wanted) -> Sweep:
        """Look at every trunk."""
        self.asked.append(wanted)
        trouble = self.trouble.popleft() if self.trouble else None
        if trouble is not None:
            raise trouble
        entities = [Entity(kind=EntityKind.TRUNK, id=each) for each in self.scripts]
        found = [self._finding(each, group) for each in entities if (group := wanted.group_of(each)) is not None]
        return Sweep(findings=tuple(found), gaps=self.gaps, missing=wanted.plan.missing(entities))

    async def looked(self, more: int) -> None:
        """Wait for some more looks."""
        enough = len(self.asked) + more
        async with asyncio.timeout(30):
            while len(self.asked) < enough:  # noqa: ASYNC110 - a list has no event to wait for
                await asyncio.sleep(0.05)

    def _finding(self, trunk: Entity, group: Group) -> Finding:
        script = self.scripts[trunk.id]
        look = script.popleft() if len(script) > 1 else script[0]
        return Finding(
            entity=trunk, group=group.name, verdict=LOOKS[look], severity=Severity.CRITICAL, reason="not connected"
        )


class Ears:
    """Hears what is announced instead of incidents; while `deaf` it takes nothing."""

    def __init__(self) -> None:
        self.heard: list[Observation] = []
        self.deaf = False

    @activity.defn(name="announce")
    async def announce(self, announcement: Announcement) -> None:
        """Keep what is announced."""
        if self.deaf:
            raise ApplicationError("nobody listens", non_retryable=True)
        self.heard += announcement.observations

    @property
    def said(self) -> list[str]:
        """What was heard, as `trunk-1 breach x3`."""
        return [f"{each.entity.id} {each.verdict} x{each.count}" for each in self.heard]


class Post:
    """One detector at its post."""

    def __init__(self, time: VirtualTime, trunks: Trunks, ears: Ears, handle: WorkflowHandle[Any, Any]) -> None:
        self._time = time
        self.trunks = trunks
        self.ears = ears
        self.handle = handle

    async def passes(self, ticks: int, every: timedelta = PLAN.interval) -> None:
        """Let the clock go on until that many more ticks, and a few seconds, have passed."""
        now = await self._time.now(self.handle)
        await self._until(next_tick(now, every) + (ticks - 1) * every + timedelta(seconds=5))

    async def after(self, moment: str) -> None:
        """Let the clock go on by a duration."""
        await self._until(await self._time.now(self.handle) + parse_duration(moment))

    async def _until(self, due: datetime) -> None:
        """Let the clock go on, run after run where it goes on as new."""
        while (now := await self._time.now(self.handle)) < due:
            elapsed = await self._time.elapsed(self.handle)
            await self._time.move(self.handle, elapsed + (due - now))

    async def now(self) -> datetime:
        """What its clock shows."""
        return await self._time.now(self.handle)

    async def board(self) -> Board:
        """What it knows."""
        board = await self.handle.query(watching.BOARD, result_type=Board)
        assert isinstance(board, Board)
        return board

    async def answers(self) -> None:
        """Wait until it can be asked: the server lets a run that follows a very short one wait up to a second."""
        for _ in range(200):
            try:
                await self.board()
                return
            except RPCError as error:
                if error.status is not RPCStatusCode.FAILED_PRECONDITION:
                    raise
            await asyncio.sleep(0.05)

    async def adopts(self, plan: Plan, lost: bool = False) -> None:
        """The configuration has changed."""
        await self.handle.signal(watching.ADOPT, Adoption(plan=plan, lost=lost))


@asynccontextmanager
async def staffed(client: Client, trunks: Trunks, ears: Ears) -> AsyncIterator[None]:
    """Run the workers of both queues."""
    workers: dict[str, tuple[list[type], list[Callable[..., Any]]]] = {
        queues.GENESYS: ([], [Polling(trunks).poll]),
        queues.INCIDENTS: ([DetectorWorkflow, IncidentWorkflow], [ears.announce]),
    }
    async with AsyncExitStack() as stack:
        for queue, (workflows, activities) in workers.items():
            worker = Worker(
                client,
                task_queue=queue,
                workflows=workflows,
                activities=activities,
                workflow_failure_exception_types=[Exception],
            )
            await stack.enter_async_context(worker)
        yield


@asynccontextmanager
async def post(time: VirtualTime, trunks: Trunks, plan: Plan = PLAN, ticks: int = 120) -> AsyncIterator[Post]:
    """Start a detector with its workers; at the end it is terminated."""
    ears = Ears()
    async with staffed(time.client, trunks, ears), started(time.client, plan, ticks) as handle:
        yield Post(time, trunks, ears, handle)


@asynccontextmanager
async def started(client: Client, plan: Plan, ticks: int = 120) -> AsyncIterator[WorkflowHandle[Any, Any]]:
    """Start a detector that is terminated at the end."""
    handle = await client.start_workflow(
        watching.DETECTOR, Detection(plan=plan, ticks=ticks), id=unique("detector/trunks"), task_queue=queues.INCIDENTS
    )
    try:
        yield handle
    finally:
        if (await handle.describe()).close_time is None:
            await handle.terminate("the watch is over")
