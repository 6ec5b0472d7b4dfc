"""The watch over the detectors, on a real server: started, corrected, ended, and missed when one stops."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle

from holdline.domain import watching
from holdline.domain.detection import ELSE, Group, Plan, Source
from holdline.domain.entity import EntityKind
from holdline.domain.incident import IncidentKind
from holdline.domain.keys import workflow_id
from holdline.domain.messages import SNAPSHOT, Snapshot
from holdline.domain.watching import Board, detector_id
from tests.support.polled import Ears, Trunks, staffed
from tests.support.scene import RUNBOOK
from workers.sentinel import Found, Sentinel

SECOND = timedelta(seconds=1)
PLAN = Plan(source=Source.TRUNKS, interval=SECOND, lost_after=2, groups=(Group(name=ELSE, every=SECOND),))
LOST = workflow_id(IncidentKind.DETECTION_LOST, "trunks")


def detector(client: Client) -> WorkflowHandle[Any, Any]:
    """The detector of the trunks."""
    return client.get_workflow_handle(detector_id(Source.TRUNKS))


async def board(client: Client, source: Source = Source.TRUNKS) -> Board:
    """What it knows."""
    answer = await client.get_workflow_handle(detector_id(source)).query(watching.BOARD, result_type=Board)
    assert isinstance(answer, Board)
    return answer


@pytest.fixture
async def trunks(client: Client) -> AsyncIterator[Trunks]:
    """A source with a healthy trunk; nothing runs before and after."""
    await _cleared(client)
    found = Trunks()
    found.script("a", "H")
    yield found
    await _cleared(client)


async def _cleared(client: Client) -> None:
    for workflow in (*map(detector_id, Source), LOST):
        async for each in client.list_workflows(f"WorkflowId = '{workflow}' AND ExecutionStatus = 'Running'"):
            await client.get_workflow_handle(each.id).terminate("the test is over")


def sentinel(client: Client, *plans: Plan) -> Sentinel:
    """A sentinel as a process has it that starts now."""
    return Sentinel(client, {plan.source: plan for plan in plans}, RUNBOOK)


async def test_it_starts_what_is_configured(client: Client, trunks: Trunks) -> None:
    """A detector that never was is started, by however many workers, and no incident is made of it."""
    edges = PLAN.model_copy(update={"source": Source.EDGES})
    async with staffed(client, trunks, Ears()):
        one, other = sentinel(client, edges), sentinel(client, edges)
        assert Found.ABSENT is await one.look_after(Source.EDGES)
        assert Found.RUNNING is await other.look_after(Source.EDGES)
        assert Found.RUNNING is await one.look_after(Source.EDGES)
        await trunks.looked(2)
        assert {"healthy": 1} == (await board(client, Source.EDGES)).seen


async def test_a_changed_configuration_is_adopted(client: Client, trunks: Trunks) -> None:
    """The sentinel of a new process hands its plan to the detector that runs."""
    async with staffed(client, trunks, Ears()):
        await sentinel(client, PLAN).look_after(Source.TRUNKS)
        first = (await detector(client).describe()).run_id
        changed = PLAN.model_copy(update={"lost_after": 9})
        await sentinel(client, changed).look_after(Source.TRUNKS)
        assert (9, first) == ((await board(client)).plan.lost_after, (await detector(client).describe()).run_id)


async def test_what_is_removed_ends(client: Client, trunks: Trunks) -> None:
    """Without the source in the configuration its detector ends, and it may come back without an incident."""
    async with staffed(client, trunks, Ears()):
        await sentinel(client, PLAN).look_after(Source.TRUNKS)
        await sentinel(client).look_after(Source.TRUNKS)
        await detector(client).result()
        assert Found.ABSENT is await sentinel(client, PLAN).look_after(Source.TRUNKS)


async def test_a_detector_that_was_terminated_is_missed(client: Client, trunks: Trunks) -> None:
    """It is told by an incident, started again, and when it has read everything twice it says so."""
    ears = Ears()
    async with staffed(client, trunks, ears):
        watch = sentinel(client, PLAN)
        await watch.look_after(Source.TRUNKS)
        await trunks.looked(1)
        await detector(client).terminate("somebody cleaned up")
        assert Found.STOPPED is await watch.look_after(Source.TRUNKS)
        assert WorkflowExecutionStatus.RUNNING is (await detector(client).describe()).status
        told = await client.get_workflow_handle(LOST).query(SNAPSHOT, result_type=Snapshot)
        assert isinstance(told, Snapshot)
        assert (IncidentKind.DETECTION_LOST, EntityKind.ORGANISATION) == (told.kind, told.entity.kind)
        assert any("the detector of the trunks had stopped" in entry.text for entry in told.timeline)
        await trunks.looked(4)
    assert ["trunks healthy x2"] == ears.said[:1]


async def test_a_detector_that_stands_still_is_missed(client: Client, trunks: Trunks) -> None:
    """Where its decision is not taken although this process runs long enough, that is an incident as well."""
    watch = sentinel(client, PLAN)
    await watch.look_after(Source.TRUNKS)
    assert Found.RUNNING is await watch.look_after(Source.TRUNKS)
    await asyncio.sleep(2.5)
    assert Found.STUCK is await watch.look_after(Source.TRUNKS)
    assert Found.RUNNING is await sentinel(client, PLAN).look_after(Source.TRUNKS)
    assert WorkflowExecutionStatus.RUNNING is (await client.get_workflow_handle(LOST).describe()).status
