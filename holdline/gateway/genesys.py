"""Genesys Cloud events by an EventBridge API destination: the key of the connection, and the envelope.

https://developer.genesys.cloud/notificationsalerts/notifications/available-topics and
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html. There is no signature: the
connection carries an API key or a bearer token. Deliveries are at least once and keep their `id`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError

from holdline.gateway import strictjson
from holdline.gateway.authentic import Delivery, Refusal, Refused, Verified, matching, missing, one
from holdline.gateway.listening.echoes import Echoes
from holdline.gateway.ours import cause
from holdline.gateway.reading import Reading, Source, content_id, dropped, mismatch, vendor_id
from holdline.gateway.topics.table import found, understood
from holdline.gateway.topics.topic import Rules, Told

_WAY: Final = "eventbridge"


def verify(delivery: Delivery, secrets: Sequence[bytes], _now: datetime) -> Verified | Refused:
    """Check `Authorization: Bearer <key>` or `x-api-key: <key>`. Never raises."""
    key = one(delivery.headers, b"x-api-key")
    if key is not None:
        return matching(secrets, [key])
    header = one(delivery.headers, b"authorization")
    if header is None:
        return missing(delivery.headers, b"authorization")
    scheme, _, token = header.partition(b" ")
    return matching(secrets, [token.strip()]) if scheme.lower() == b"bearer" else Refused(Refusal.MALFORMED)


def read(delivery: Delivery, now: datetime, memory: timedelta, rules: Rules, echoes: Echoes | None = None) -> Reading:
    """Map a verified envelope; an event on a topic that is not configured is dropped, and what `echoes` knows."""
    try:
        parsed = strictjson.read(delivery.body)
    except strictjson.Unreadable as error:
        return mismatch(content_id(delivery.body), delivery.body, None, str(error))
    event_id = vendor_id(parsed.get("id"), delivery.body)
    name = _topic(parsed)
    if name is None:
        return mismatch(event_id, delivery.body, parsed, "detail.topicName (missing)")
    topic = cause(name, _detail(parsed), rules.client) or found(name, rules)
    if isinstance(topic, str):
        return dropped(event_id, topic)
    try:
        envelope = topic.envelope.model_validate_json(delivery.body)
        if now - envelope.time > memory:
            return dropped(event_id, "older than the memory for duplicates")
        # A clock that runs ahead must not make everything that comes after it late.
        told = Told(event_id, Source.GENESYS, topic.subject(name), min(envelope.time, now), rules)
        reading = understood(topic, envelope.detail.event_body, told, delivery.body, parsed)
    except ValidationError as error:
        return mismatch(event_id, delivery.body, parsed, error)
    return reading if echoes is None else echoes.first(reading, _WAY, topic.name, parsed["detail"]["eventBody"], now)


def _detail(parsed: dict[str, Any]) -> dict[str, Any]:
    detail = parsed.get("detail")
    return detail if isinstance(detail, dict) else {}


def _topic(parsed: dict[str, Any]) -> str | None:
    """`detail.topicName`, else `detail-type`; either may be the template."""
    named = _detail(parsed).get("topicName")
    topic = named if named is not None else parsed.get("detail-type")
    return topic if isinstance(topic, str) and topic else None
