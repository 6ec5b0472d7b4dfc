"""The contract of reading trunks."""

import pytest

from holdline.clients.exchange import Intent
from holdline.domain.entity import Entity, EntityKind
from holdline.ports import Call
from tests.contracts.contract import ClientContract, Story, at_genesys
from tests.contracts.rig import Rig

CALL = Call(request_id="request-1", effect="incident/trunk_failure/x:1:read")
TRUNKS = "/api/v2/telephony/providers/edges/trunks"


def failing_trunk(rig: Rig) -> Entity:
    """The primary trunk of the first site."""
    return Entity(kind=EntityKind.TRUNK, id=rig.sandbox.genesys.world.places[0].primary_trunk_id)


class TestReading(ClientContract):
    """Trunks.read."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Read one trunk."""
        trunk = failing_trunk(rig)
        return at_genesys(rig, "GET", f"{TRUNKS}/{trunk.id}", lambda clients: clients.genesys.trunks.read(trunk, CALL))
