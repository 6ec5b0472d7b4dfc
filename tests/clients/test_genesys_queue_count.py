"""How many queues there are, as plans that touch queues tell it."""

import asyncio

import pytest

from holdline.domain.change import ActionKind, Plan
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.runbook import ActionRule
from holdline.ports import Throttled
from holdline.simulators.faults import Fault, FaultKind, Match
from tests.clients.elsewhere import TOKEN, elsewhere
from tests.clients.scripted import answer, scripted
from tests.clients.test_recent import asked, planner
from tests.contracts.rig import Rig
from tests.contracts.test_people import billing, joining
from tests.contracts.test_queues import QUEUES, evacuating, source
from tests.contracts.test_trunks import CALL

LISTING = Match(method="GET", path=f"{QUEUES[:-1]}[s]")
"""Nothing below it."""

QUEUE = Entity(kind=EntityKind.QUEUE, id="q1")
RULE = ActionRule(do=ActionKind.EVACUATE_QUEUE, flow="f", overflow="q2")


async def evacuation(rig: Rig) -> Plan:
    """The plan to evacuate the first queue."""
    return await rig.patient.genesys.queues.plan(evacuating(rig), source(rig), CALL)


async def test_plans_that_touch_a_queue_tell_how_many_there_are(rig: Rig) -> None:
    """Of the vendor's own count, from a page of one entity."""
    known = len(rig.sandbox.genesys.world.queues)
    joined = await rig.patient.genesys.members.plan(joining(rig), billing(rig), CALL)
    assert [known, known] == [(await evacuation(rig)).queues, joined.queues]


async def test_nobody_counts_for_a_plan_without_steps(rig: Rig) -> None:
    """What changes nothing needs no limit."""
    rig.sandbox.genesys.world.centre.members[str(evacuating(rig).overflow)].clear()
    assert ((), None) == ((found := await evacuation(rig)).steps, found.queues)


async def test_a_count_that_is_refused_keeps_nobody_from_repairing(rig: Rig) -> None:
    """The plan is made without it, and the fixed limit counts."""
    rig.sandbox.genesys.faults.add(Fault(kind=FaultKind.STATUS, status=403, times=None, match=LISTING))
    assert (1, None) == (len((found := await evacuation(rig)).steps), found.queues)


async def test_a_count_that_finds_no_turn_is_asked_again(rig: Rig) -> None:
    """A refusal for our rate says when: the plan is made then, with its count."""
    rig.sandbox.genesys.faults.add(Fault(kind=FaultKind.STATUS, status=429, match=LISTING))
    with pytest.raises(Throttled):
        await evacuation(rig)
    assert 3 == (await evacuation(rig)).queues


@pytest.mark.parametrize("told", [{}, {"total": None}, {"total": 0}, {"total": "many"}])
async def test_a_count_that_makes_no_sense_is_none(told: dict[str, object]) -> None:
    """There is at least the queue that the plan is about."""
    queue, flow = {"name": "Billing", "joinedMemberCount": 2}, {"id": "f", "type": "INQUEUECALL"}
    read = [answer(200, {"id": id, **queue}) for id in ("q1", "q2")]
    way = answer(200, {**flow, "publishedVersion": {"id": "3"}})
    async with scripted(TOKEN, *read, way, answer(200, told)) as script, elsewhere(script.url) as client:
        found = await client.queues.plan(RULE, QUEUE, CALL)
    assert (1, None) == (len(found.steps), found.queues)


async def test_a_storm_asks_once(rig: Rig) -> None:
    """Five plans at the same time share one count."""
    async with planner(rig) as client:
        await asyncio.gather(*(client.queues.plan(evacuating(rig), source(rig), CALL) for _ in range(5)))
    assert 1 == asked(rig)[QUEUES]
