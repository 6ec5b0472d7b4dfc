"""Text messages: "ACK <code>" of a contact, and honest words for everything else."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from holdline.domain.keys import Incident
from holdline.gateway import twilio
from holdline.gateway.authentic import Delivery
from holdline.gateway.reading import Reading, State, TextAnswer
from tests.gateway.events import ALICE, form, text

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
STRANGER = "+393331234567"


def read(words: str, sender: str = ALICE) -> Reading:
    """Read a text message that is verified; Alice is our only contact."""
    return twilio.read(Delivery(form(text(words, sender)), ()), NOW, {ALICE: "alice"}.get)


@pytest.mark.parametrize(
    "words",
    ["ACK 7K2M9Q", "ack 7k2m9q", "  Ack   7K2M9Q  ", "ACK 7K2M9Q thanks, on it", "Acknowledge: 7k2m9q!", "ack7K2M9Q."],
)
def test_an_acknowledgement_is_read_as_people_write_it(words: str) -> None:
    """Case, spaces and a trailing word do not matter."""
    reading = read(words)
    assert (State.ACCEPTED, "text/7K2M9Q") == (reading.state, reading.lane)
    assert TextAnswer(code="7K2M9Q", by="alice", at=NOW) == TextAnswer.model_validate_json(reading.item)


def test_letters_that_look_like_digits_are_digits() -> None:
    """The codes have no O, I or L."""
    assert "text/001112" == read("ACK oO1iL2").lane


def test_every_code_of_ours_can_be_sent_back() -> None:
    """What an incident mints, the gateway reads."""
    for epoch in range(1, 200):
        code = Incident("incident/trunk_failure/7f3a", epoch).ack_code()
        assert f"text/{code}" == read(f"ack {code.lower()}").lane


@pytest.mark.parametrize(
    "words", ["", "hello", "ACK", "ACK 7K2M", "ACK 7K2M9QX", "7K2M9Q", "NACK 7K2M9Q", "x" * 10_000]
)
def test_what_cannot_be_read_says_so(words: str) -> None:
    """The sender learns what to write."""
    reading = read(words)
    assert (State.DROPPED, "") == (reading.state, reading.item)
    assert "Reply ACK and the six characters" in twilio.reply(reading)


@pytest.mark.parametrize("words", ["STOP", "stop ", "Unsubscribe", "HELP", "START"])
def test_words_for_the_carrier_are_left_to_it(words: str) -> None:
    """An answer of ours would be a text to somebody who wants none."""
    assert [] == list(ElementTree.fromstring(twilio.reply(read(words))))


def test_a_stranger_acknowledges_nothing() -> None:
    """A code alone is not enough: a forwarded text must not stop an escalation."""
    reading = read("ACK 7K2M9Q", STRANGER)
    assert State.DROPPED == reading.state
    assert "Nothing was acknowledged" in twilio.reply(reading)


def test_the_number_is_not_kept() -> None:
    """The name is all that goes on."""
    for words, sender in (("ACK 7K2M9Q", ALICE), ("hello", ALICE), ("ACK 7K2M9Q", STRANGER)):
        reading = read(words, sender)
        assert sender.lstrip("+") not in f"{reading}{twilio.reply(reading)}"


def test_the_answer_promises_no_more_than_is_known() -> None:
    """Whether an incident has this code is found out later."""
    (message,) = ElementTree.fromstring(twilio.reply(read("ACK 7K2M9Q")))
    assert "received ACK 7K2M9Q" in str(message.text)
    assert "if an incident with this code is open" in str(message.text)
