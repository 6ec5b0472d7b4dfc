"""The contract of reading an edge, a queue and the capacity for calls."""

from collections.abc import Awaitable

import pytest

from holdline.clients.exchange import Intent
from holdline.clients.genesys_capacity import ORGANISATION
from holdline.domain.entity import Entity
from holdline.domain.incident import IncidentKind
from holdline.domain.observation import Observation
from holdline.settings.detection import Detection
from tests.contracts.contract import ClientContract, Story, at_genesys
from tests.contracts.rig import Clients, Rig
from tests.contracts.test_edges import EDGES, first_edge
from tests.contracts.test_queues import QUEUES, source
from tests.contracts.test_trunks import CALL


def reading(
    clients: Clients, kind: IncidentKind, entity: Entity, detection: Detection | None = None
) -> Awaitable[Observation]:
    """Read what an incident of this kind is about."""
    return clients.genesys.readers((detection or Detection()).plan)[kind].read(entity, CALL)


class TestReadingAnEdge(ClientContract):
    """EdgeReader.read."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Read one edge."""
        edge = first_edge(rig)
        return at_genesys(
            rig, "GET", f"{EDGES}/{edge.id}", lambda clients: reading(clients, IncidentKind.EDGE_OFFLINE, edge)
        )


class TestReadingAQueue(ClientContract):
    """QueueReader.read, where the question which queue it is goes wrong."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Read one queue."""
        return at_genesys(
            rig,
            "GET",
            f"{QUEUES}/divisionviews",
            lambda clients: reading(clients, IncidentKind.QUEUE_OVERFLOW, source(rig)),
        )


class TestReadingTheCapacity(ClientContract):
    """CapacityReader.read."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Read the capacity for calls."""
        return at_genesys(
            rig,
            "GET",
            "/api/v2/telephony/calls/metrics",
            lambda clients: reading(clients, IncidentKind.CAPACITY_EXHAUSTED, ORGANISATION),
        )
