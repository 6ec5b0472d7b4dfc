"""The suite of the port Notices, whatever carries the messages: each client fills in how its vendor looks."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from holdline.domain.incident import Severity
from holdline.domain.keys import tag
from holdline.ports import (
    CredentialsRefused,
    Misconfigured,
    Notice,
    Notices,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
)
from tests.contracts.contract import closed_port, failing
from tests.contracts.rig import Clients, Rig

EFFECT = "incident/trunk_failure/b3c1:1:tell:incidents"
AT = datetime(2026, 3, 19, 22, 0, tzinfo=UTC)

HOSTILE = (
    "<!channel> <!here> <@U0ALICE> <https://evil.example.com|Runbook>",
    "*bold* _italic_ ~gone~ `code` ```block```",
    "[click](https://evil.example.com) ![beacon](https://evil.example.com/x.png) **bold** # title",
    "<script>alert(1)</script> <a href='https://evil.example.com'>x</a> &amp; {{7*7}} ${x}",
    "first\r\nBcc: everybody@example.com\r\n\r\nbody \x1b[31m\x00 \u202etxt.exe \u2028",
    ":rotating_light: @channel @here",
)
"""Texts of events, as somebody might name a queue."""


def notice(to: str, **changes: object) -> Notice:
    """A notice about a trunk."""
    known: dict[str, object] = {
        "request_id": "request-1",
        "effect": EFFECT,
        "to": to,
        "tag": tag(EFFECT),
        "title": "Trunk Vienna is down",
        "severity": Severity.CRITICAL,
        "workflow_id": "incident/trunk_failure/b3c1",
        "epoch": 1,
        "lines": {"Reason": "3 of 3 checks failed", "State": "STABILIZED"},
        "actions": ("acknowledge", "escalate", "hold"),
        "at": AT,
    }
    return Notice.model_validate(known | changes)


@dataclass(frozen=True)
class Sent:
    """A message as the people at the other end have it: what they read, and what of it is more than text."""

    text: str
    markup: tuple[str, ...] = ()


class NoticesContract:
    """What holds for every client of the port. `looks` and `replaces` say what its vendor can do."""

    to: ClassVar[str]
    looks: ClassVar[bool]
    replaces: ClassVar[bool]

    @abstractmethod
    def notices(self, clients: Clients) -> Notices:
        """The client under test."""

    @abstractmethod
    def sent(self, rig: Rig) -> list[Sent]:
        """The messages that arrived, oldest first, each as it is now."""

    @abstractmethod
    def lose(self, rig: Rig, *, after: bool) -> None:
        """Lose the next answer to a message, before the vendor took it or after."""

    @abstractmethod
    def throttle(self, rig: Rig) -> None:
        """Let the vendor refuse the next message for its rate."""

    @abstractmethod
    def distrust(self, rig: Rig) -> None:
        """Let the vendor refuse the credential of the next message."""

    def notice(self, **changes: object) -> Notice:
        """A notice to whom this client reaches."""
        return notice(self.to, **changes)

    async def test_a_notice_arrives_once(self, rig: Rig) -> None:
        """The receipt has an id, and the message says severity, title and every line."""
        receipt = await self.notices(rig.patient).send(self.notice())
        assert receipt.id
        assert not receipt.adopted
        (sent,) = self.sent(rig)
        told = ("CRITICAL", "Trunk Vienna is down", "Reason", "3 of 3 checks failed", "State", "STABILIZED")
        assert [] == [each for each in told if each not in sent.text]

    @pytest.mark.parametrize("text", HOSTILE)
    async def test_text_of_events_is_data(self, rig: Rig, text: str) -> None:
        """Nothing in a title, in the name of a line or in its value is rendered, mentions anybody or adds a header."""
        await self.notices(rig.patient).send(self.notice(title=text, lines={text: text, "Reason": text}))
        (sent,) = self.sent(rig)
        assert () == sent.markup
        assert [] == [each for each in sent.text if each < " " and each != "\n"]

    async def test_long_text_is_cut(self, rig: Rig) -> None:
        """What is longer than the vendor takes is shortened, and the message arrives."""
        lines = {f"line {number}": "ü💥" * 3000 for number in range(200)}
        await self.notices(rig.patient).send(self.notice(title="x" * 9000, lines=lines))
        assert 1 == len(self.sent(rig))

    async def test_numbers_of_callers_are_not_told(self, rig: Rig) -> None:
        """A telephone number in a text stays with us."""
        await self.notices(rig.patient).send(
            self.notice(title="call from +436601234567", lines={"ANI": "+436601234567"})
        )
        assert "6601234567" not in self.sent(rig)[0].text

    @pytest.mark.parametrize("after", [True, False])
    async def test_a_lost_answer_is_in_doubt(self, rig: Rig, after: bool) -> None:
        """Whether it was taken or not, nobody may believe that it was sent, nor repeat it blindly."""
        self.lose(rig, after=after)
        error = await failing(rig, self.notices(rig.patient).send(self.notice()))
        assert OutcomeUnknown is type(error)
        assert int(after) == len(self.sent(rig))

    @pytest.mark.parametrize("after", [True, False])
    async def test_after_a_lost_answer_there_is_one_message(self, rig: Rig, after: bool) -> None:
        """Where the vendor can look, looking before repeating leaves one message; elsewhere it is not repeated."""
        self.lose(rig, after=after)
        notices = self.notices(rig.patient)
        await failing(rig, notices.send(self.notice()))
        if self.looks:
            found = await notices.find(self.notice())
            assert after is (found is not None)
            assert (found or await notices.send(self.notice())).id
            assert 1 == len(self.sent(rig))
        else:
            error = await failing(rig, notices.find(self.notice()))
            assert OutcomeUnknown is type(error)

    async def test_what_is_found_is_the_same_message(self, rig: Rig) -> None:
        """The id is that of the receipt; another tag is another message."""
        if not self.looks:
            return
        notices = self.notices(rig.patient)
        receipt = await notices.send(self.notice())
        await notices.send(self.notice(tag="00000000"))
        found = await notices.find(self.notice())
        assert found is not None
        assert (receipt.id, True) == (found.id, found.adopted)
        assert None is await notices.find(self.notice(tag="ffffffff"))

    async def test_a_message_is_replaced(self, rig: Rig) -> None:
        """It says what is true now, however often it is told so; where none can be replaced nothing is sent."""
        notices = self.notices(rig.patient)
        receipt = await notices.send(self.notice())
        renewed = self.notice(title="Trunk Vienna is up", record=receipt.id, actions=())
        if not self.replaces:
            assert Rejected is type(await failing(rig, notices.update(renewed)))
            assert 1 == len(self.sent(rig))
            return
        assert {receipt.id} == {(await notices.update(renewed)).id for _ in range(2)}
        (sent,) = self.sent(rig)
        assert "Trunk Vienna is up" in sent.text
        assert "Trunk Vienna is down" not in sent.text

    async def test_nobody_of_that_name(self, rig: Rig) -> None:
        """The sentence says who is configured; nothing is sent."""
        error = await failing(rig, self.notices(rig.patient).send(notice("nobody\n<@U1>")))
        assert Misconfigured is type(error)
        assert self.to in str(error)
        assert "\n" not in str(error)
        assert [] == self.sent(rig)

    async def test_a_throttle_is_told(self, rig: Rig) -> None:
        """Nothing was sent, and the wish is a duration that somebody can wait."""
        self.throttle(rig)
        error = await failing(rig, self.notices(rig.patient).send(self.notice()))
        assert isinstance(error, Throttled)
        assert error.retry_after is None or timedelta(0) < error.retry_after <= timedelta(minutes=15)
        assert [] == self.sent(rig)

    async def test_a_refused_credential_is_told(self, rig: Rig) -> None:
        """It is about the credential, not about the message."""
        self.distrust(rig)
        error = await failing(rig, self.notices(rig.patient).send(self.notice()))
        assert CredentialsRefused is type(error)
        assert [] == self.sent(rig)

    async def test_a_vendor_that_is_not_there_took_nothing(self, rig: Rig) -> None:
        """A connection that was never made proves it."""
        async with rig.elsewhere(f"http://127.0.0.1:{closed_port()}") as clients:
            error = await failing(rig, self.notices(clients).send(self.notice()))
        assert Unavailable is type(error)
