"""S3.10, S3.13: whole incidents before the simulated vendors take each action and put it back, each effect once."""

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from holdline.domain.change import ActionKind
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.lifecycle import State
from holdline.domain.observation import Verdict
from holdline.domain.runbook import ActionRule, Level, RemediationRule
from holdline.domain.timeline import Fact
from holdline.simulators.faults import Fault, FaultKind, Match, When
from tests.contracts.rig import Rig, rigged
from tests.support.scene import RUNBOOK, About, Levers, Scene, scene, when
from workers.virtual import VirtualTime


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Vendors of their own for each story."""
    async with rigged() as found:
        yield found


def levers(rig: Rig) -> Levers:
    """Every action, at the simulated vendors."""
    return {**rig.patient.genesys.levers, ActionKind.CALL_WEBHOOK: rig.patient.webhooks}


def queue(rig: Rig) -> Entity:
    """The queue that the stories are about."""
    found = next(iter(rig.sandbox.genesys.world.queues.values()))
    return Entity(kind=EntityKind.QUEUE, id=found.id, name=found.name)


def join(rig: Rig) -> ActionRule:
    """Everybody joins."""
    agents = tuple(rig.sandbox.genesys.world.centre.agents)
    return ActionRule(do=ActionKind.JOIN_AGENTS, on=Level.WARNING, agents=agents)


def evacuate(rig: Rig) -> ActionRule:
    """New callers go to the second queue."""
    world = rig.sandbox.genesys.world
    (_, overflow, *_), (_, flow) = world.queues, world.centre.flows
    return ActionRule(do=ActionKind.EVACUATE_QUEUE, flow=flow, overflow=overflow)


def ledger(rig: Rig) -> list[str]:
    """The kinds of all effects, in their order."""
    return [row["kind"] for row in (*rig.sandbox.genesys.ledger, *rig.sandbox.middleware.ledger)]


def playing(virtual: VirtualTime, rig: Rig, about: About, *rules: ActionRule) -> Any:
    """A scene with these actions."""
    runbook = RUNBOOK.model_copy(update={"remediation": RemediationRule(actions=rules)})
    return scene(virtual, runbook, about=about, levers=levers(rig))


async def back(story: Scene) -> None:
    """It recovers, and everything that was changed is put back."""
    await story.recovers()
    told = await story.ends()
    assert State.RESOLVED is told.state
    assert [] == when(told, Fact.SKIPPED)


async def test_a_warning_brings_agents_and_an_error_sends_callers_on(virtual: VirtualTime, rig: Rig) -> None:
    """MEDIUM joins agents; HIGH besides evacuates the queue; recovery undoes both, newest first, each once."""
    world = rig.sandbox.genesys.world.centre
    before, settings = dict(world.members[queue(rig).id]), dict(world.documents[queue(rig).id])
    about = (IncidentKind.QUEUE_OVERFLOW, queue(rig))
    async with playing(virtual, rig, about, join(rig), evacuate(rig)) as story:
        await story.fails(Severity.MEDIUM)
        await story.at("1m")
        assert ["members.changed"] == ledger(rig)
        await story.observes(Verdict.BREACH, severity=Severity.HIGH)
        await story.at("2m")
        assert ["members.changed", "queue.changed"] == ledger(rig)
        await back(story)
    assert ["members.changed", "queue.changed"] == sorted(ledger(rig)[2:])
    assert (before, settings) == (world.members[queue(rig).id], world.documents[queue(rig).id])


async def test_what_a_person_changed_meanwhile_is_told_and_left(virtual: VirtualTime, rig: Rig) -> None:
    """Somebody gives the evacuated queue a flow of their own: recovery leaves it and says so."""
    documents = rig.sandbox.genesys.world.centre.documents
    async with playing(virtual, rig, (IncidentKind.QUEUE_OVERFLOW, queue(rig)), evacuate(rig)) as story:
        await story.fails(Severity.HIGH)
        await story.at("1m")
        documents[queue(rig).id]["queueFlow"] = {"id": "somebody's own"}
        await story.recovers()
        told = await story.ends()
        assert "it was changed by somebody else; it was left as it is" in when(told, Fact.SKIPPED)[-1]
    assert ({"id": "somebody's own"}, ["queue.changed"]) == (documents[queue(rig).id]["queueFlow"], ledger(rig))


@dataclass(frozen=True)
class Case:
    """An action, what its incident is about, and the effects it has there and back."""

    kind: IncidentKind
    about: Callable[[Rig], Entity]
    rule: Callable[[Rig], ActionRule]
    effects: tuple[str, ...]
    order: Match


def _first(items: Iterable[str]) -> str:
    return next(iter(items))


CASES = {
    "join_agents": Case(
        IncidentKind.QUEUE_OVERFLOW,
        queue,
        lambda rig: join(rig).model_copy(update={"on": Level.ERROR}),
        ("members.changed",),
        Match(method="PATCH", path="/api/"),
    ),
    "evacuate_queue": Case(
        IncidentKind.QUEUE_OVERFLOW,
        queue,
        evacuate,
        ("queue.changed",),
        Match(method="PUT", path="/api/"),
    ),
    "drain_edge": Case(
        IncidentKind.EDGE_OFFLINE,
        lambda rig: Entity(kind=EntityKind.EDGE, id=_first(rig.sandbox.genesys.world.edges)),
        lambda _: ActionRule(do=ActionKind.DRAIN_EDGE),
        ("edge.changed",),
        Match(method="POST", path="*/statuscode"),
    ),
    "emergency_group": Case(
        IncidentKind.REGION_DEGRADED,
        lambda _: Entity(kind=EntityKind.REGION, id="eu-central-1"),
        lambda rig: ActionRule(do=ActionKind.EMERGENCY_GROUP, group=_first(rig.sandbox.genesys.world.centre.groups)),
        ("group.changed",),
        Match(method="PUT", path="/api/"),
    ),
    "skill_agents": Case(
        IncidentKind.QUEUE_OVERFLOW,
        queue,
        lambda rig: ActionRule(
            do=ActionKind.SKILL_AGENTS,
            agents=tuple(rig.sandbox.genesys.world.centre.agents)[:2],
            skill=_first(rig.sandbox.genesys.world.centre.skills),
        ),
        ("skills.changed", "skills.changed"),
        Match(method="PATCH", path="/api/"),
    ),
    "call_webhook": Case(
        IncidentKind.CAPACITY_EXHAUSTED,
        lambda _: Entity(kind=EntityKind.ORGANISATION, id="genesys"),
        lambda _: ActionRule(do=ActionKind.CALL_WEBHOOK, webhook="capacity"),
        ("capacity.changed",),
        Match(method="POST", path="/hooks/"),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_an_action_is_taken_and_put_back(virtual: VirtualTime, rig: Rig, case: Case) -> None:
    """Once there and once back, whatever the action is."""
    async with playing(virtual, rig, (case.kind, case.about(rig)), case.rule(rig)) as story:
        await story.fails(Severity.HIGH)
        await story.at("1m")
        assert list(case.effects) == ledger(rig)
        await back(story)
    assert [*case.effects, *case.effects] == ledger(rig)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_a_lost_answer_changes_nothing_twice(virtual: VirtualTime, rig: Rig, case: Case) -> None:
    """The order was carried out and its answer lost: the next attempt finds that out, and all is put back once."""
    fault = Fault(kind=FaultKind.RESET, when=When.AFTER, match=case.order)
    for simulator in (rig.sandbox.genesys, rig.sandbox.middleware):
        simulator.faults.add(fault)
    async with playing(virtual, rig, (case.kind, case.about(rig)), case.rule(rig)) as story:
        await story.fails(Severity.HIGH)
        await story.at("2m")
        assert State.MONITORING is (await story.snapshot()).state
        await story.recovers()
        assert State.RESOLVED is (await story.ends()).state
    assert [*case.effects, *case.effects] == [kind for kind in ledger(rig) if kind != "capacity.repeated"]
