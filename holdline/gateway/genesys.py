"""Genesys Cloud events by an EventBridge API destination: the key of the connection, and the envelope.

https://developer.genesys.cloud/notificationsalerts/notifications/available-topics and
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html. There is no signature: the
connection carries an API key or a bearer token. Deliveries are at least once and keep their `id`.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.observation import Observation, Verdict
from holdline.domain.text import Line
from holdline.gateway import strictjson
from holdline.gateway.authentic import Delivery, Refusal, Refused, Verified, matching, missing, one
from holdline.gateway.own import When
from holdline.gateway.reading import Reading, Source, content_id, dropped, mismatch, seen, vendor_id

_TRUNK: Final = re.compile(r"v2\.telephony\.providers\.edges\.trunks\.([^.]+)")
_TEMPLATE: Final = "{id}"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", alias_generator=to_camel)


class _Connected(_Part):
    connected: bool


class _Options(_Part):
    option_state: bool


class _Registers(_Part):
    register_state: bool


class _Body(_Part):
    """The topic's body: a status that is not given, or null, says nothing."""

    id: Annotated[str, Field(min_length=1)]
    name: Line | None = None
    state: str | None = None
    in_service: bool | None = None
    connected_status: _Connected | None = None
    options_status: tuple[_Options, ...] | None = None
    registers_status: tuple[_Registers, ...] | None = None
    options_enabled_status: str | None = None
    registers_enabled_status: str | None = None


class _Detail(_Part):
    topic_name: str | None = None
    event_body: _Body


class _Envelope(_Part):
    id: Annotated[str, Field(min_length=1)]
    time: When
    detail: _Detail


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


def read(delivery: Delivery, now: datetime, memory: timedelta) -> Reading:
    """Map a verified envelope; topics other than the trunks' are dropped."""
    try:
        parsed = strictjson.read(delivery.body)
    except strictjson.Unreadable as error:
        return mismatch(content_id(delivery.body), delivery.body, None, str(error))
    event_id = vendor_id(parsed.get("id"), delivery.body)
    topic = _topic(parsed)
    trunk = _TRUNK.fullmatch(topic or "")
    if topic and trunk is None:
        return dropped(event_id, "the topic is not one of ours")
    try:
        envelope = _Envelope.model_validate_json(delivery.body)
        if now - envelope.time > memory:
            return dropped(event_id, "older than the memory for duplicates")
        problem = _problem(envelope.detail.event_body, trunk)
        if problem:
            return mismatch(event_id, delivery.body, parsed, problem)
        return seen(_observation(event_id, envelope))
    except ValidationError as error:
        return mismatch(event_id, delivery.body, parsed, error)


def _topic(parsed: dict[str, object]) -> str | None:
    """`detail.topicName`, else `detail-type`, which may be the template."""
    detail = parsed.get("detail")
    named = detail.get("topicName") if isinstance(detail, dict) else None
    topic = named if named is not None else parsed.get("detail-type")
    return topic if isinstance(topic, str) else None


def _problem(body: _Body, trunk: re.Match[str] | None) -> str:
    if trunk is None:
        return "detail.topicName (missing)"
    if trunk.group(1) not in (_TEMPLATE, body.id):
        return "detail.eventBody.id (not the trunk of the topic)"
    if (body.connected_status, body.options_status, body.registers_status) == (None, None, None):
        return "detail.eventBody (no status)"
    return ""


def _observation(event_id: str, envelope: _Envelope) -> Observation:
    body = envelope.detail.event_body
    verdict, reason = _judge(body)
    return Observation(
        event_id=event_id,
        source=Source.GENESYS.value,
        kind=IncidentKind.TRUNK_FAILURE,
        entity=Entity(kind=EntityKind.TRUNK, id=body.id, name=body.name or ""),
        verdict=verdict,
        severity=Severity.CRITICAL if verdict is Verdict.BREACH else Severity.LOW,
        at=envelope.time,
        reason=reason,
    )


def _judge(body: _Body) -> tuple[Verdict, str]:
    """Down is what says so itself; missing is unknown, out of service is an administrator's wish (S1.1)."""
    if body.in_service is False or body.state not in (None, "active"):
        return Verdict.UNKNOWN, "the trunk is not in service"
    options = [each.option_state for each in body.options_status or () if _on(body.options_enabled_status)]
    registers = [each.register_state for each in body.registers_status or () if _on(body.registers_enabled_status)]
    connected = [] if body.connected_status is None else [body.connected_status.connected]
    for states, words in (
        (connected, "the trunk is not connected"),
        (options, "no far end answers OPTIONS"),
        (registers, "no registration is accepted"),
    ):
        if states and not any(states):
            return Verdict.BREACH, words
    if connected or options or registers:
        return Verdict.HEALTHY, "the trunk is connected"
    return Verdict.UNKNOWN, "Genesys does not say whether the trunk is connected"


def _on(enabled_status: str | None) -> bool:
    return enabled_status in (None, "ENABLED")
