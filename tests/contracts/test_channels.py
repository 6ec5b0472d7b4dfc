"""The contract of notification channels."""

from datetime import timedelta

import pytest

from holdline.clients.exchange import Intent
from holdline.ports import Channel
from holdline.simulators.clock import now
from holdline.simulators.genesys.tokens import Token
from tests.contracts.contract import ClientContract, Story, at_genesys
from tests.contracts.rig import Rig
from tests.contracts.test_trunks import CALL

CHANNELS = "/api/v2/notifications/channels"
EDGE = "v2.telephony.providers.edges.5f3c0e6a-0000-4000-8000-00000000000a"


def channel(rig: Rig) -> Channel:
    """A channel that is open at the vendor."""
    (client,) = rig.sandbox.settings.genesys.clients
    opened = rig.sandbox.genesys.channels.open(Token("token", client, now()))
    uri = f"{rig.sandbox.genesys_url.replace('http', 'ws')}/notifications/{opened.secret}"
    return Channel(id=opened.id, uri=uri, life=timedelta(hours=24), ahead=timedelta(0))


class TestOpening(ClientContract):
    """Channels.open: an answer that is lost leaves a channel that nobody hears, which the vendor ends by itself."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Open a channel."""
        return at_genesys(rig, "POST", CHANNELS, lambda clients: clients.genesys.notifications.open(CALL))


class TestSubscribing(ClientContract):
    """Channels.subscribe: the same list twice is the same subscription."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Subscribe to one topic."""
        opened = channel(rig)
        return at_genesys(
            rig,
            "PUT",
            f"{CHANNELS}/{opened.id}/subscriptions",
            lambda clients: clients.genesys.notifications.subscribe(opened, (EDGE,), CALL),
        )
