"""A small workflow that goes through the gate, and a real gate with limits of its own to go through."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from temporalio import workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

with workflow.unsafe.imports_passed_through():
    from pydantic import BaseModel

    from activities.gatekeeping import Gatehouse, open_gate
    from holdline.domain import queues
    from holdline.domain.change import Touch
    from holdline.domain.duration import Duration
    from holdline.domain.gate import Limits
    from holdline.domain.gate_messages import BOARD, SET_CAP, Board, CapOrder
    from holdline.domain.incident import Severity
    from holdline.domain.messages import Reply
    from tests.support.temporal import unique, working
    from workflows.gate import GateWorkflow
    from workflows.passage import Entered, Passage, Suggested, Wish

LIMITS = Limits(cap=10, lease=timedelta(seconds=30), blast_trunks=1000)


class Walk(BaseModel):
    """What a walker wants; without `hold` it stays until it is told that it is done."""

    gate: str
    resources: tuple[str, ...] = ()
    severity: Severity = Severity.HIGH
    touches: tuple[Touch, ...] = ()
    hold: Duration | None = None
    times: int = 1
    repeat: Duration = timedelta(minutes=5)
    lease: Duration | None = None


class Stay(BaseModel):
    """One stay behind the gate, in Temporal's time; without a token the walker was told `reason`."""

    holder: str
    resources: tuple[str, ...] = ()
    severity: Severity = Severity.HIGH
    wanted_at: datetime
    token: int = 0
    entered_at: datetime
    until: datetime
    left_at: datetime
    reason: str = ""


@workflow.defn(name="Walker")
class Walker:
    """Enters, stays, leaves."""

    @workflow.init
    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self._passage = Passage(workflow.info().workflow_id, gate=walk.gate, repeat=walk.repeat)
        self._severity = walk.severity
        self._stays: list[Stay] = []
        self._inside = self._done = self._stopped = False

    @workflow.run
    async def run(self, walk: Walk) -> list[Stay]:
        """Return every stay."""
        for _ in range(walk.times):
            await self._once(walk)
        return self._stays

    async def _once(self, walk: Walk) -> None:
        wanted_at = workflow.now()
        wish = Wish(walk.resources, walk.severity, walk.touches, walk.lease, summary="a walk")
        answer = await self._passage.enter(wish, lambda: self._stopped, lambda: self._severity)
        stay = Stay(
            holder=workflow.info().workflow_id,
            resources=walk.resources,
            severity=walk.severity,
            wanted_at=wanted_at,
            entered_at=workflow.now(),
            until=workflow.now(),
            left_at=workflow.now(),
        )
        match answer:
            case Entered(token=token, until=until):
                stay.token, stay.until = token, until
                async with self._passage:
                    await self._stay(walk)
                    stay.left_at = workflow.now()
            case Suggested(reason=reason):
                stay.reason = reason
            case _:
                stay.reason = "given up"
        self._stays.append(stay)

    async def _stay(self, walk: Walk) -> None:
        self._inside = self._passage.touched = True
        if walk.hold is None:
            await workflow.wait_condition(lambda: self._done)
        elif walk.hold:
            await workflow.sleep(walk.hold)
        self._inside = False

    @workflow.signal
    def done(self) -> None:
        """It may leave."""
        self._done = True

    @workflow.signal
    def worsens(self, severity: Severity) -> None:
        """It has become worse."""
        self._severity = severity

    @workflow.signal
    def stop(self) -> None:
        """It does not want to enter any more."""
        self._stopped = True

    @workflow.query
    def inside(self) -> bool:
        """Whether it is behind the gate."""
        return self._inside


class House:
    """A gate on a server, and walkers before it."""

    def __init__(self, client: Client, limits: Limits) -> None:
        self.client = client
        self.limits = limits
        self.gate = unique("gate/test")

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        """The gate's workflow, whatever run it is in."""
        return self.client.get_workflow_handle(self.gate)

    async def open(self) -> None:
        """Open the gate as a worker does when it starts."""
        await open_gate(self.client, self.limits, self.gate)

    async def board(self) -> Board:
        """What the gate says of itself."""
        answer = await self.handle.query(BOARD, result_type=Board)
        assert isinstance(answer, Board)
        return answer

    async def walk(self, *resources: str, **fields: Any) -> WorkflowHandle[Any, list[Stay]]:
        """Send a walker."""
        wanted = Walk(gate=self.gate, resources=resources, **fields)
        return await self.client.start_workflow(Walker.run, wanted, id=unique("walker"), task_queue=queues.INCIDENTS)

    async def cap(self, cap: int) -> Reply:
        """An operator sets the cap."""
        order = CapOrder(cap=cap, by="olga", reason="a test")
        reply = await self.handle.execute_update(SET_CAP, order, result_type=Reply)
        assert isinstance(reply, Reply)
        return reply

    async def until(self, holders: int, waiting: int) -> Board:
        """Wait until so many hold and so many wait."""
        async with asyncio.timeout(20):
            while True:
                board = await self.board()
                if (holders, waiting) == (len(board.holders), len(board.waiting)):
                    return board
                await asyncio.sleep(0.02)


@asynccontextmanager
async def gatehouse(client: Client, limits: Limits = LIMITS, is_open: bool = True) -> AsyncIterator[House]:
    """Run a worker for a gate and walkers; the gate is terminated at the end."""
    house = House(client, limits)
    activities = [Gatehouse(limits).claim_at_gate]
    async with working(client, [GateWorkflow, Walker], activities, queue=queues.INCIDENTS):
        if is_open:
            await house.open()
        yield house
        try:
            await house.handle.terminate("the test is over")
        except RPCError:
            return


def never_two(stays: list[Stay]) -> None:
    """No two stays on one lock overlap; whoever is late to leave may do nothing any more after the end of the lease."""
    for lock in {each for stay in stays for each in stay.resources}:
        on_it = sorted((each for each in stays if lock in each.resources), key=lambda each: each.entered_at)
        for before, after in pairwise(on_it):
            assert min(before.left_at, before.until) <= after.entered_at, lock


def at_once(stays: list[Stay]) -> int:
    """The most stays at any instant; one that ends when another begins is not at once with it."""
    moments = [(each.entered_at, 1) for each in stays] + [(min(each.left_at, each.until), -1) for each in stays]
    most = now = 0
    for _, change in sorted(moments):
        now += change
        most = max(most, now)
    return most
