"""The contract of reading an edge, a queue and the capacity for calls."""

from collections.abc import Awaitable, Callable

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


READINGS: dict[IncidentKind, tuple[str, Callable[[Rig], Entity]]] = {
    IncidentKind.EDGE_OFFLINE: (f"{EDGES}/????????-*", first_edge),
    IncidentKind.QUEUE_OVERFLOW: (f"{QUEUES}/divisionviews", source),
    IncidentKind.CAPACITY_EXHAUSTED: ("/api/v2/telephony/calls/metrics", lambda _: ORGANISATION),
}
"""The request that goes wrong, and what is read. For a queue it is the question which queue it is."""


class TestReading(ClientContract):
    """EdgeReader, QueueReader, CapacityReader."""

    intent = Intent.READ

    @pytest.fixture(params=READINGS, ids=str)
    async def story(self, rig: Rig, request: pytest.FixtureRequest) -> Story:
        """Read what an incident of one kind is about."""
        path, entity = READINGS[request.param]
        return at_genesys(rig, "GET", path, lambda clients: reading(clients, request.param, entity(rig)))
