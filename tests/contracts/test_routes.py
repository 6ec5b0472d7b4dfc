"""The contract of reading and changing outbound routes."""

import pytest

from holdline.clients.exchange import Intent
from holdline.domain.change import ActionKind, Change
from tests.contracts.contract import ClientContract, Story, at_genesys
from tests.contracts.rig import Rig
from tests.contracts.test_trunks import CALL, TRUNKS, failing_trunk

SITES = "/api/v2/telephony/providers/edges/sites"


def switch(rig: Rig) -> Change:
    """Put the second carrier of the first site first."""
    place = rig.sandbox.genesys.world.places[0]
    return Change(
        action=ActionKind.REORDER_ROUTE,
        target=f"{place.site_id}/{place.route_id}",
        label=f"{place.name} outbound",
        expected=(place.primary_base_id, place.secondary_base_id),
        wanted=(place.secondary_base_id, place.primary_base_id),
        effect="incident/trunk_failure/x:1:route",
    )


class TestRoutesOfATrunk(ClientContract):
    """Routes.of_trunk, where the last of its requests goes wrong."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Read the routes that use a trunk's carrier."""
        trunk = failing_trunk(rig)
        return at_genesys(
            rig, "GET", TRUNKS.removesuffix("s") + "?", lambda clients: clients.genesys.routes.of_trunk(trunk, CALL)
        )


class TestChangingARoute(ClientContract):
    """Routes.change, where the PUT goes wrong."""

    intent = Intent.WRITE

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Put the healthy carrier first."""
        change = switch(rig)
        return at_genesys(
            rig,
            "PUT",
            f"{SITES}/{change.target.replace('/', '/outboundroutes/')}",
            lambda clients: clients.genesys.routes.change(change, CALL),
        )
