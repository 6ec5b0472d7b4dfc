"""The messages of a channel: what they are about, and what an event there becomes."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from holdline.domain.observation import Observation
from holdline.gateway.listening.echoes import Echoes
from holdline.gateway.listening.messages import About, Heard, about, reader
from holdline.gateway.listening.patience import Patience
from holdline.gateway.ours import BY_CLIENT
from holdline.gateway.reading import Reading, State
from holdline.gateway.topics.topic import Rules, rules
from holdline.ports import Throttled, Unavailable
from holdline.settings.events import TRUNKS, GenesysEvents, Notifications

NOW = datetime(2026, 3, 19, 22, 0, tzinfo=UTC)
EDGE = "v2.telephony.providers.edges.5f3c"


@pytest.mark.parametrize(
    ("topic", "subject"),
    [
        ("channel.metadata", About.HEARTBEAT),
        ("v2.system.socket_closing", About.CLOSING),
        ("v2.system.token_revoked.5f3c", About.REVOKED),
        ("v2.system.no_longer_subscribed.5f3c", About.UNSUBSCRIBED),
        ("v2.system.anything", About.CHANNEL),
        ("v2.subscription.updated", About.CHANNEL),
        (EDGE, About.EVENT),
        (None, About.EVENT),
    ],
)
def test_a_message_is_about_the_channel_or_an_event(topic: str | None, subject: About) -> None:
    """By its topic; what has none is kept like an event, for a person."""
    assert subject is about(json.dumps({"topicName": topic, "eventBody": {}}))


def read(text: str, at: datetime = NOW, known: Rules | None = None) -> Reading:
    """Read a message."""
    heard = Heard("streaming-1", 7, at, text)
    reading = reader(heard, known or rules(), Echoes())(heard.delivery(), NOW)
    assert "streaming-1:7" == reading.event_id
    return reading


def message(topic: str = EDGE, body: Any = None) -> str:
    """A message of a channel."""
    return json.dumps(
        {"topicName": topic, "version": "2", "eventBody": body or {"id": "5f3c", "onlineStatus": "OFFLINE"}}
    )


@pytest.mark.parametrize(
    ("off", "counts"), [(timedelta(minutes=-10), NOW - timedelta(minutes=10)), (timedelta(minutes=10), NOW)]
)
def test_a_message_counts_from_when_it_came_by_the_vendors_clock(off: timedelta, counts: datetime) -> None:
    """Never from the future, or a recovery behind it would be late."""
    found = Observation.model_validate_json(read(message(), NOW + off).item)
    assert (counts, "genesys websocket") == (found.at, found.source)


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[]", '{"eventBody": {}}', "\ud800", '{"topicName": "a", "topicName": "b"}']
)
def test_what_cannot_be_read_opens_nothing(text: str) -> None:
    """It is put aside or dropped, and nothing breaks."""
    assert About.EVENT is about(text)
    assert read(text).state in (State.QUARANTINED, State.DROPPED)


def test_what_we_cause_opens_nothing() -> None:
    """An audit message of our own client is told apart, as EventBridge's is (S3.9)."""
    text = message("v2.audits.entitytype.Queue.entityid.5f3c", {"clientId": {"id": "ours"}})
    reading = read(text, known=rules(client="ours"))
    assert (State.DROPPED, BY_CLIENT) == (reading.state, reading.reason)


def test_a_topic_that_is_not_configured_is_dropped() -> None:
    """By the same list as EventBridge's."""
    reading = read(message(), known=rules(GenesysEvents(topics=(TRUNKS,))))
    assert (State.DROPPED, "the topic is not configured") == (reading.state, reading.reason)


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("v2.flows.{id}", "is not understood"),
        ("v2.operations.events.{id}", "needs an id"),
        ("v2.users.{id}.alerting.alerts", "needs an id"),
    ],
)
def test_what_cannot_be_subscribed_to_cannot_be_configured(topic: str, said: str) -> None:
    """A template stands for trunks, edges and queues; nothing lists the others."""
    with pytest.raises(ValueError, match=said):
        Notifications(topics=(topic,))
    assert (EDGE,) == Notifications(topics=(EDGE,)).topics


@pytest.mark.parametrize("silence", [timedelta(0), timedelta(hours=1)])
def test_a_silence_has_limits(silence: timedelta) -> None:
    """Shorter would never be up, longer would hear nothing."""
    with pytest.raises(ValueError, match="between 1s and 10m"):
        Notifications(silence=silence)


def test_the_pause_grows_and_the_vendors_wish_is_obeyed() -> None:
    """At most a minute without a wish; never shorter than the wish."""
    patience, error = Patience(), Unavailable("Genesys", "away")
    assert timedelta(0) == patience.pause(0)
    assert all(timedelta(seconds=0.5) <= patience.pause(1, error) <= timedelta(seconds=1) for _ in range(50))
    assert all(timedelta(seconds=30) <= patience.pause(99, error) <= timedelta(minutes=1) for _ in range(50))
    wish = Throttled("Genesys", "too many requests", timedelta(seconds=42))
    assert all(timedelta(seconds=42) <= patience.pause(1, wish) <= timedelta(seconds=53) for _ in range(50))
    assert (timedelta(hours=1), timedelta(seconds=5)) == (
        patience.renewal(timedelta(hours=24)),
        patience.renewal(timedelta(seconds=10)),
    )
