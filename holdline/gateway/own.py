"""Our own events, `POST /v1/events`: for scripts, relays, data actions and `holdline event send` (S1.2).

    {"incident_type": "trunk_failure", "entity": "trunk:7f3a…", "severity": "CRITICAL",
     "timestamp": "2026-03-29T01:30:00Z", "metrics": {"quality": 0.71}}

The event's id is `event_id`, else the header `X-Holdline-Event-Id`, else the digest of the body. The header is not
signed: put the id into the body where a replay with another id matters.

What one of our calls has caused says so by that call's X-Request-ID, as `request_id` or in the header of that name.
That header is not signed either: it can make an event be dropped, never be acted on.
"""

import re
from datetime import datetime, timedelta
from json.encoder import encode_basestring_ascii
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import ABOUT, IncidentKind, Severity
from holdline.domain.keys import minted, workflow_id
from holdline.domain.observation import EventId, Verdict
from holdline.domain.text import Line
from holdline.gateway import scrub, strictjson
from holdline.gateway.authentic import Delivery, Refused, one
from holdline.gateway.ours import BY_REQUEST
from holdline.gateway.plain import METRIC, METRICS, NUMBERS, YEARS, Said, said
from holdline.gateway.reading import Gist, Reading, Source, State, content_id, dropped, mismatch
from holdline.gateway.signing import EVENT_ID, untimely

_HEADER: Final = EVENT_ID.lower().encode()
_REQUEST: Final = b"x-request-id"
_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")


def _entity(value: object) -> object:
    """Read `trunk:<id>`."""
    if not isinstance(value, str):
        return value
    kind, _, id_ = value.partition(":")
    return {"kind": kind, "id": id_}


def _dated(value: object) -> object:
    """Leave no room for seconds since an epoch, which might be milliseconds."""
    if not isinstance(value, str) or value[4:5] != "-":
        raise ValueError("write RFC 3339 such as 2026-03-29T01:30:00Z")
    return value


def _plausible(value: datetime) -> datetime:
    if value.tzinfo is None or value.year not in YEARS:
        raise ValueError("a time needs its zone and a plausible year; write RFC 3339 such as 2026-03-29T01:30:00Z")
    return value


def _without_numbers(metrics: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if not NUMBERS.fullmatch(name)}


Metric = Annotated[str, StringConstraints(pattern=METRIC)]
"""The name of a metric."""

When = Annotated[datetime, Field(strict=False), BeforeValidator(_dated), AfterValidator(_plausible)]
"""An instant with its zone, RFC 3339."""


class OwnEvent(BaseModel):
    """What somebody saw of one entity at one time; fields not named here are ignored.

    `entity` is `trunk:<id>` or an object with `kind`, `id` and, for people, `name` and `site`. `status` is `breach`
    where it is not given; `healthy` and `unknown` feed an open incident and open none.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=False)

    event_id: EventId | None = None
    incident_type: IncidentKind
    entity: Annotated[Entity, BeforeValidator(_entity)]
    severity: Severity
    timestamp: When
    metrics: Annotated[dict[Metric, float], AfterValidator(_without_numbers)] = Field(
        default_factory=dict, max_length=METRICS
    )
    status: Verdict = Verdict.BREACH
    reason: Line = ""

    @field_validator("entity")
    @classmethod
    def _about(cls, entity: Entity, info: ValidationInfo) -> Entity:
        """A trunk failure is about a trunk; or, for many of them, about their site."""
        kind = info.data.get("incident_type")
        if kind is not None and entity.kind not in (ABOUT[kind], EntityKind.SITE):
            raise ValueError(f"{kind} is about a {ABOUT[kind]}, not about a {entity.kind}")
        return entity


def read(delivery: Delivery, now: datetime, window: timedelta) -> Reading | Refused:
    """Map a verified body. An event that is itself older than the window is refused like a stale signature."""
    try:
        parsed = strictjson.read(delivery.body)
    except strictjson.Unreadable as error:
        return mismatch(_id(delivery, None), delivery.body, None, str(error))
    try:
        event = said(parsed) or _said(OwnEvent.model_validate_json(delivery.body))
    except ValidationError as error:
        return mismatch(_id(delivery, None), delivery.body, parsed, error)
    late = untimely((now - event.at).total_seconds(), window)
    if late is not None:
        return late
    event_id = _id(delivery, event.event_id)
    return dropped(event_id, BY_REQUEST) if _ours(parsed, delivery) else _seen(event, event_id)


def _ours(parsed: dict[str, Any], delivery: Delivery) -> bool:
    """Whether it says that a request of ours caused it; anything else in that place says nothing."""
    header = one(delivery.headers, _REQUEST)
    return minted(parsed.get("request_id")) or (header is not None and minted(header.decode("latin-1")))


def _said(event: OwnEvent) -> Said:
    return Said(
        event_id=event.event_id,
        kind=event.incident_type,
        entity=event.entity.model_dump_json(),
        lane=workflow_id(event.incident_type, event.entity.id),
        verdict=event.status,
        severity=event.severity,
        at=event.timestamp,
        reason=event.reason,
        metrics=event.metrics,
    )


def _id(delivery: Delivery, event_id: str | None) -> str:
    if event_id is not None:
        return scrub.event_id(event_id)
    header = one(delivery.headers, _HEADER)
    if header is not None and _ID.fullmatch(header):
        return scrub.event_id(header.decode())
    return content_id(delivery.body)


def _seen(event: Said, event_id: str) -> Reading:
    """The Observation as JSON, written by hand: this is the hot path, and everything in it is validated."""
    # The names need no escaping, and a finite number of Python is one of JSON.
    metrics = ",".join(f'"{name}":{value!r}' for name, value in event.metrics.items())
    item = (
        f'{{"event_id":"{event_id}","source":"{Source.OWN}","kind":"{event.kind}","entity":{event.entity},'
        f'"verdict":"{event.verdict}","severity":"{event.severity}","at":"{event.at.isoformat()}",'
        f'"reason":{encode_basestring_ascii(event.reason)},"metrics":{{{metrics}}}}}'
    )
    gist = Gist(event.verdict, event.severity, event.at)
    return Reading(event_id, State.ACCEPTED, event.lane, item, "", gist)
