"""The messages of a channel: what Genesys says about the channel itself, and events."""

import re
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from holdline.gateway import strictjson
from holdline.gateway.authentic import Delivery
from holdline.gateway.listening.echoes import Echoes
from holdline.gateway.ours import cause
from holdline.gateway.reading import Reading, Source, dropped, mismatch
from holdline.gateway.topics.table import found, understood
from holdline.gateway.topics.topic import Rules, Told


class About(StrEnum):
    """What a message is about."""

    HEARTBEAT = "heartbeat"
    CLOSING = "the vendor is about to close the socket"
    REVOKED = "the token was revoked"
    UNSUBSCRIBED = "the channel lost its subscriptions"
    CHANNEL = "channel"
    EVENT = "event"


_ODD: Final = re.compile(r"[^A-Za-z0-9._-]")
_SYSTEM: Final = (
    ("channel.metadata", About.HEARTBEAT),
    ("v2.system.socket_closing", About.CLOSING),
    ("v2.system.token_revoked", About.REVOKED),
    ("v2.system.no_longer_subscribed", About.UNSUBSCRIBED),
    ("v2.system.", About.CHANNEL),
    ("v2.subscription.", About.CHANNEL),
)


class Heard(NamedTuple):
    """An event on a channel: its number there, when it came by the vendor's clock, and its text."""

    channel: str
    number: int
    at: datetime
    text: str

    @property
    def event_id(self) -> str:
        """The channel gives no id; its own and the number are one."""
        return f"{_ODD.sub('-', self.channel)[:100]}:{self.number}"

    def delivery(self) -> Delivery:
        """The message as a delivery."""
        return Delivery(self.text.encode(errors="replace"), ())


def about(text: str) -> About:
    """What a message is about; what cannot be read is left to `read`, which keeps it for a person."""
    topic = _topic(_parsed(text))
    return next((each for beginning, each in _SYSTEM if topic.startswith(beginning)), About.EVENT)


def reader(heard: Heard, rules: Rules, echoes: Echoes) -> Callable[[Delivery, datetime], Reading]:
    """How an event is read, once it is its turn."""

    def read(delivery: Delivery, now: datetime) -> Reading:
        return _read(heard, delivery, now, rules, echoes)

    return read


def _read(heard: Heard, delivery: Delivery, now: datetime, rules: Rules, echoes: Echoes) -> Reading:
    try:
        parsed = strictjson.read(delivery.body)
    except strictjson.Unreadable as error:
        return mismatch(heard.event_id, delivery.body, None, str(error))
    name = _topic(parsed)
    topic = cause(name, parsed, rules.client) or found(name, rules)
    if isinstance(topic, str):
        return dropped(heard.event_id, topic)
    try:
        message = topic.message.model_validate_json(delivery.body)
        at = min(heard.at, now)
        told = Told(heard.event_id, Source.NOTIFICATIONS, topic.subject(name), at, rules)
        reading = understood(topic, message.event_body, told, delivery.body, parsed)
    except ValidationError as error:
        return mismatch(heard.event_id, delivery.body, parsed, error)
    return echoes.first(reading, heard.channel, topic.name, parsed["eventBody"], now)


def _parsed(text: str) -> dict[str, Any]:
    try:
        return strictjson.read(text.encode(errors="replace"))
    except strictjson.Unreadable:
        return {}


def _topic(parsed: dict[str, Any]) -> str:
    topic = parsed.get("topicName")
    return topic if isinstance(topic, str) else ""
