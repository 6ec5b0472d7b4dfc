"""The contract of writing to rooms at Slack."""

import re

import pytest

from holdline.clients.exchange import Intent
from holdline.ports import Call, Notices, Receipt
from holdline.simulators.faults import Fault, FaultKind, Match, When
from holdline.simulators.slack.orders import Order
from tests.contracts.contract import ClientContract, Story
from tests.contracts.notices import NoticesContract, Sent, notice
from tests.contracts.rig import ROOM, Clients, Rig

NOTICE = notice("incidents")
_MARKUP = re.compile(r"<[!@#a-z][^>]*>|[*_~`]")


def posted(rig: Rig) -> int:
    """How many messages are in the room."""
    return len(rig.sandbox.slack.workspace.channels[ROOM].messages)


async def look_then_send(clients: Clients) -> Receipt:
    """What a caller does that does not know whether it sent."""
    return await clients.slack.find(NOTICE) or await clients.slack.send(NOTICE)


class TestSlack(NoticesContract):
    """Slack as a carrier of notices."""

    to = "incidents"
    looks = True
    replaces = True

    def notices(self, clients: Clients) -> Notices:
        """The bot."""
        return clients.slack

    def sent(self, rig: Rig) -> list[Sent]:
        """The messages of the room; markup is what Slack would render in anything but plain text."""
        messages = rig.sandbox.slack.workspace.channels[ROOM].messages.values()
        rendered = [(each, [each.text, *each.rendered()]) for each in messages]
        return [
            Sent(text=each.shown(), markup=tuple(found for text in texts for found in _MARKUP.findall(text)))
            for each, texts in rendered
        ]

    @pytest.mark.parametrize("loud", [True, False])
    async def test_a_loud_answer_is_in_the_channel(self, rig: Rig, loud: bool) -> None:
        """What must be seen by the whole room is, and is found again below the message that it answers."""
        channel, first = rig.sandbox.slack.workspace.channels[ROOM], await rig.patient.slack.send(NOTICE)
        below = notice("incidents", tag="0000000b", thread=first.id, loud=loud)
        posted = await rig.patient.slack.send(below)
        assert loud is (posted.id in [f"{ROOM}:{each.ts}" for each in channel.history()])
        found = await rig.patient.slack.find(below)
        assert found is not None
        assert (posted.id, True) == (found.id, found.adopted)

    def lose(self, rig: Rig, *, after: bool) -> None:
        """Tear the connection off."""
        when, match = When.AFTER if after else When.BEFORE, Match(path="/api/chat.postMessage")
        rig.sandbox.slack.faults.add(Fault(kind=FaultKind.RESET, when=when, match=match))

    def throttle(self, rig: Rig) -> None:
        """Say so in the body, as Slack does beside its 429."""
        rig.sandbox.slack.orders.add(Order(method="chat.postMessage", error="ratelimited"))

    def distrust(self, rig: Rig) -> None:
        """The token was revoked."""
        rig.sandbox.slack.orders.add(Order(method="chat.postMessage", error="token_revoked"))


class TestPosting(ClientContract):
    """Notices.send."""

    intent = Intent.WRITE

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Post a message; in doubt look first."""
        return Story(
            simulator=rig.sandbox.slack,
            method="POST",
            path="/api/chat.postMessage",
            act=lambda clients: clients.slack.send(NOTICE),
            again=look_then_send,
            counted=lambda: posted(rig),
        )


class TestFinding(ClientContract):
    """Notices.find."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Look for a message that was never sent."""
        return Story(
            simulator=rig.sandbox.slack,
            method="GET",
            path="/api/conversations.history",
            act=lambda clients: clients.slack.find(NOTICE),
        )


class TestReplacing(ClientContract):
    """Notices.update."""

    intent = Intent.WRITE

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Replace the message; whether it is replaced is read in the room."""
        receipt = await rig.patient.slack.send(NOTICE)
        renewed = notice("incidents", title="Trunk Vienna is up", record=receipt.id)
        return Story(
            simulator=rig.sandbox.slack,
            method="POST",
            path="/api/chat.update",
            act=lambda clients: clients.slack.update(renewed),
            counted=lambda: sum("is up" in each.text for each in TestSlack().sent(rig)),
        )


class TestProving(ClientContract):
    """Credentials.prove."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig) -> Story:
        """Ask whose bot it is."""
        call = Call(request_id="request-1", effect="preflight:slack")
        return Story(
            simulator=rig.sandbox.slack,
            method="GET",
            path="/api/auth.test",
            act=lambda clients: clients.slack.prove((), call),
        )
