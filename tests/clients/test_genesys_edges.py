"""Taking edges out of service and back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from holdline.domain.change import ActionKind, Change
from holdline.domain.drain import IN, OUT
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.runbook import ActionRule
from holdline.ports import Conflict
from holdline.simulators.genesys.world import Edge
from tests.clients.elsewhere import TOKEN, elsewhere
from tests.clients.scripted import answer, scripted
from tests.contracts.rig import Rig
from tests.contracts.test_edges import RULE, drain, first_edge
from tests.contracts.test_trunks import CALL


def the_edge(rig: Rig, **changes: object) -> Edge:
    """The first edge as it stands, after changes by somebody else."""
    edges = rig.sandbox.genesys.world.edges
    id = first_edge(rig).id
    edges[id] = replace(edges[id], **changes)  # type: ignore[arg-type]
    return edges[id]


async def test_the_plan_knows_the_edge_of_the_trunk(rig: Rig) -> None:
    """An incident about a trunk drains the edge that carries it; the other edge of the site takes over."""
    trunk = Entity(kind=EntityKind.TRUNK, id=rig.sandbox.genesys.world.places[0].primary_trunk_id)
    plan = await rig.patient.genesys.edges.plan(RULE, trunk, CALL)
    (step,) = plan.steps
    assert ("Vienna", the_edge(rig).id, (IN,), (OUT,)) == (plan.site, step.target, step.expected, step.wanted)
    assert [the_edge(rig).id, trunk.id] == [touch.id for touch in step.touches]


async def test_the_rule_may_name_the_edge(rig: Rig) -> None:
    """What the incident is about then does not matter; without either there is nothing to drain."""
    site = Entity(kind=EntityKind.SITE, id="vienna")
    named = ActionRule(do=ActionKind.DRAIN_EDGE, edge=the_edge(rig).id, drain_wait=timedelta(seconds=90))
    assert "1m30s" in (await rig.patient.genesys.edges.plan(named, site, CALL)).steps[0].label
    nothing = await rig.patient.genesys.edges.plan(RULE, site, CALL)
    assert ((), "the site vienna names no edge, and neither does the runbook") == (nothing.steps, nothing.reason)


@pytest.mark.parametrize("change", [{"online": False}, {"in_service": False}])
async def test_the_last_edge_of_a_site_stays(rig: Rig, change: dict[str, bool]) -> None:
    """An edge that is offline or out of service takes nothing over."""
    other = next(each for each in rig.sandbox.genesys.world.edges.values() if each.id != the_edge(rig).id)
    rig.sandbox.genesys.world.edges[other.id] = replace(other, **change)  # type: ignore[arg-type]
    plan = await rig.patient.genesys.edges.plan(RULE, first_edge(rig), CALL)
    assert ((), True) == (plan.steps, "the only one" in plan.reason)


async def test_calls_are_drained_and_the_edge_comes_back(rig: Rig) -> None:
    """While calls last it drains, which counts as out of service; the inverse brings it back."""
    the_edge(rig, calls=4)
    receipt = await rig.patient.genesys.edges.change(drain(rig), CALL)
    assert ("status ACTIVE, draining WAIT, 4 conversations left", (OUT,)) == (receipt.proof, receipt.state)
    back = await rig.patient.genesys.edges.change(drain(rig).inverse("revert", "back"), CALL)
    assert ((IN,), True) == (back.state, the_edge(rig).in_service)
    assert [(False, 60), (True, 0)] == [(row["in_service"], row["wait"]) for row in rig.sandbox.genesys.ledger]


async def test_an_edge_that_somebody_brought_back_is_left(rig: Rig) -> None:
    """The inverse finds it as it wanted it, and writes nothing."""
    await rig.patient.genesys.edges.change(drain(rig), CALL)
    the_edge(rig, in_service=True)
    assert (await rig.patient.genesys.edges.change(drain(rig).inverse("revert", "back"), CALL)).adopted
    assert 1 == len(rig.sandbox.genesys.ledger)


async def test_an_edge_that_is_being_replaced_is_left() -> None:
    """A status that is neither in nor out of service is somebody's work: nothing is written."""
    change = drain_of("e1")
    document = answer(200, {"id": "e1", "statusCode": "RMA"})
    async with scripted(TOKEN, document) as script, elsewhere(script.url) as client:
        with pytest.raises(Conflict, match="changed by somebody else"):
            await client.edges.change(change, CALL)
        assert [] == [path for path in script.paths if "statuscode" in path]


def drain_of(edge: str) -> Change:
    """Take an edge out of service."""
    return Change(
        action=ActionKind.DRAIN_EDGE,
        target=edge,
        label="edge",
        expected=(IN,),
        wanted=(OUT,),
        parameters={"wait": "0"},
        effect="e",
    )
