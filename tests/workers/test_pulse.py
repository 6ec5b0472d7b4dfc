"""A change under way is heard of, and sends nothing once its worker may be taken for dead."""

import asyncio
from datetime import UTC, datetime, timedelta

from temporalio import workflow
from temporalio.client import Client

from tests.support.temporal import unique, working

with workflow.unsafe.imports_passed_through():
    from activities.remediation import Changing, Remediation
    from holdline.domain.change import ActionKind, Change, Plan
    from holdline.domain.entity import Entity
    from holdline.domain.runbook import ActionRule
    from holdline.ports import Call, ChangeReceipt

SILENCE = timedelta(seconds=1)


@workflow.defn(name="OneChange")
class OneChange:
    """Makes one change, once, and gives its worker up when it is silent."""

    @workflow.run
    async def run(self, changing: Changing) -> ChangeReceipt:
        """Return what the vendor answered."""
        return await workflow.execute_activity_method(
            Remediation.change,
            changing,
            start_to_close_timeout=timedelta(seconds=30),
            heartbeat_timeout=SILENCE,
        )


class Patient:
    """A vendor that takes its time: as many moments as Temporal's patience with a silent worker has, and more."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.end = asyncio.Event()
        self.fences: list[datetime | None] = []

    async def plan(self, rule: ActionRule, entity: Entity, call: Call) -> Plan:
        """Nothing is planned here."""
        return Plan(reason="nothing is planned here")

    async def change(self, change: Change, call: Call) -> ChangeReceipt:
        """Answer when the fence has moved by three times the silence, or does not move any more."""
        self.fences.append(call.fence)
        self.begun.set()
        while not self.end.is_set():
            await asyncio.sleep(0.05)
            self.fences.append(call.fence)
            first, last = self.fences[0], self.fences[-1]
            assert first is not None
            assert last is not None
            if last - first > 3 * SILENCE or last <= datetime.now(UTC):
                self.end.set()
        return ChangeReceipt(proof="version 2", state=change.wanted)


def changing(until: datetime) -> Changing:
    """A change."""
    change = Change(
        effect="e", action=ActionKind.REORDER_ROUTE, target="s/r", expected=("a",), wanted=("b",), label="reorder"
    )
    return Changing(request_id="r", effect="e", until=until, change=change)


async def test_a_slow_change_is_not_given_up(client: Client) -> None:
    """It lasts longer than Temporal waits for a worker that is silent, and may go on sending all the while."""
    vendor, until = Patient(), datetime.now(UTC) + timedelta(hours=1)
    remediation = Remediation({ActionKind.REORDER_ROUTE: vendor})
    async with working(client, [OneChange], [remediation.change]) as queue:
        receipt = await client.execute_workflow(OneChange.run, changing(until), id=queue, task_queue=queue)
    assert "version 2" == receipt.proof
    assert until > max(each for each in vendor.fences if each)


async def test_a_change_of_nobody_sends_nothing_more(client: Client) -> None:
    """Where the incident has ended meanwhile, the fence has come by the next beat."""
    vendor, until = Patient(), datetime.now(UTC) + timedelta(hours=1)
    remediation = Remediation({ActionKind.REORDER_ROUTE: vendor})
    async with working(client, [OneChange], [remediation.change]) as queue:
        handle = await client.start_workflow(OneChange.run, changing(until), id=queue, task_queue=queue)
        await vendor.begun.wait()
        await handle.terminate("the test wants it")
        await vendor.end.wait()
    first, last = vendor.fences[0], vendor.fences[-1]
    assert first is not None
    assert last is not None
    assert last < first + SILENCE


async def test_the_turn_ends_it_as_well(client: Client) -> None:
    """A beating worker does not keep the turn beyond its end."""
    vendor, until = Patient(), datetime.now(UTC) + timedelta(seconds=0.2)
    remediation = Remediation({ActionKind.REORDER_ROUTE: vendor})
    async with working(client, [OneChange], [remediation.change]) as queue:
        await client.execute_workflow(OneChange.run, changing(until), id=unique("turn"), task_queue=queue)
    assert {until} == set(vendor.fences)
