"""The contract of texting by Twilio, which has no slot for a key: in doubt a caller looks before it repeats."""

import pytest

from holdline.clients.exchange import Intent
from holdline.domain.keys import tag
from holdline.ports import Receipt, TextMessage
from tests.contracts.contract import ClientContract, Story
from tests.contracts.rig import PHONE, Clients, Rig

EFFECT = "incident/trunk_failure/b3c1:1:page:alice"
MESSAGE = TextMessage(
    request_id="request-1", effect=EFFECT, contact="alice", text="Trunk Vienna is down. ACK K7M2QX", tag=tag(EFFECT)
)


async def look_then_send(clients: Clients) -> Receipt:
    """What a caller does that does not know whether it sent."""
    return await clients.twilio.find(MESSAGE) or await clients.twilio.send(MESSAGE)


def sent(rig: Rig) -> int:
    """How many messages the contact was sent."""
    return len(rig.sandbox.twilio.ledger.of("sms.created", to=PHONE))


class TestSending(ClientContract):
    """Texts.send."""

    intent = Intent.WRITE

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Send a message; in doubt look first."""
        return Story(
            simulator=rig.sandbox.twilio,
            method="POST",
            path="/2010-04-01/Accounts/*/Messages.json",
            act=lambda clients: clients.twilio.send(MESSAGE),
            again=look_then_send,
            counted=lambda: sent(rig),
        )


class TestFinding(ClientContract):
    """Texts.find."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Look for a message that was never sent."""
        return Story(
            simulator=rig.sandbox.twilio,
            method="GET",
            path="/2010-04-01/Accounts/*/Messages.json",
            act=lambda clients: clients.twilio.find(MESSAGE),
            counted=lambda: sent(rig),
        )
