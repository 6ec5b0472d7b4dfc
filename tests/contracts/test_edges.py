"""The contract of taking an edge out of service and back."""

import pytest

from holdline.clients.exchange import Intent
from holdline.domain.change import ActionKind, Change
from holdline.domain.drain import IN, OUT, WAIT
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.runbook import ActionRule
from tests.contracts.contract import ClientContract, Story, at_genesys
from tests.contracts.rig import Rig
from tests.contracts.test_trunks import CALL

EDGES = "/api/v2/telephony/providers/edges"
RULE = ActionRule(do=ActionKind.DRAIN_EDGE)


def first_edge(rig: Rig) -> Entity:
    """The first edge of the first site."""
    return Entity(kind=EntityKind.EDGE, id=next(iter(rig.sandbox.genesys.world.edges)))


def drain(rig: Rig) -> Change:
    """Take the first edge out of service."""
    return Change(
        action=ActionKind.DRAIN_EDGE,
        target=first_edge(rig).id,
        label="edge Vienna edge 1: out of service",
        expected=(IN,),
        wanted=(OUT,),
        parameters={WAIT: "60"},
        effect="incident/edge_offline/x:1:drain_edge",
    )


class TestPlanningADrain(ClientContract):
    """The plan for an edge, where the last of its requests goes wrong."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Read the edge, the others of its site and its trunks."""
        return at_genesys(
            rig, "GET", f"{EDGES}/trunks", lambda clients: clients.genesys.edges.plan(RULE, first_edge(rig), CALL)
        )


class TestDrainingAnEdge(ClientContract):
    """Draining, where the order itself goes wrong."""

    intent = Intent.WRITE

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Take the edge out of service."""
        change = drain(rig)
        return at_genesys(
            rig,
            "POST",
            f"{EDGES}/{change.target}/statuscode",
            lambda clients: clients.genesys.edges.change(change, CALL),
        )
