"""The contract of sending a queue's callers on."""

import pytest

from holdline.clients.exchange import Intent
from holdline.domain.change import ActionKind, Change
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.runbook import ActionRule
from tests.contracts.contract import ClientContract, Story, at_genesys
from tests.contracts.rig import Rig
from tests.contracts.test_trunks import CALL

QUEUES = "/api/v2/routing/queues"


def source(rig: Rig) -> Entity:
    """The queue that is evacuated."""
    return Entity(kind=EntityKind.QUEUE, id=next(iter(rig.sandbox.genesys.world.queues)))


def evacuating(rig: Rig) -> ActionRule:
    """From the first queue to the second, by the flow that is made for it."""
    (_, overflow, *_), (_, flow) = rig.sandbox.genesys.world.queues, rig.sandbox.genesys.world.centre.flows
    return ActionRule(do=ActionKind.EVACUATE_QUEUE, flow=flow, overflow=overflow)


def evacuate(rig: Rig) -> Change:
    """Exchange the music for the way out."""
    music, flow = rig.sandbox.genesys.world.centre.flows
    return Change(
        action=ActionKind.EVACUATE_QUEUE,
        target=source(rig).id,
        label="queue Billing: new callers go to queue Sales",
        expected=(music,),
        wanted=(flow,),
        effect="incident/queue_overflow/x:1:evacuate_queue",
    )


class TestPlanningAnEvacuation(ClientContract):
    """The plan for a queue, where the last of its requests goes wrong."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Read both queues and the flow."""
        return at_genesys(
            rig,
            "GET",
            "/api/v2/flows/",
            lambda clients: clients.genesys.queues.plan(evacuating(rig), source(rig), CALL),
        )


class TestEvacuatingAQueue(ClientContract):
    """Evacuating, where the PUT goes wrong."""

    intent = Intent.WRITE

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Exchange the flow."""
        change = evacuate(rig)
        return at_genesys(
            rig, "PUT", f"{QUEUES}/{change.target}", lambda clients: clients.genesys.queues.change(change, CALL)
        )
