"""Our own events, `POST /v1/events`: for scripts, relays, data actions and `holdline event send` (S1.2).

    {"incident_type": "trunk_failure", "entity": "trunk:7f3a…", "severity": "CRITICAL",
     "timestamp": "2026-03-29T01:30:00Z", "metrics": {"quality": 0.71}}

The event's id is `event_id`, else the header `X-Holdline-Event-Id`, else the digest of the body. The header is not
signed: put the id into the body where a replay with another id matters.
"""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Final

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
from holdline.domain.keys import workflow_id
from holdline.domain.observation import EventId, Verdict
from holdline.domain.text import Line
from holdline.gateway import scrub, strictjson
from holdline.gateway.authentic import Delivery, Refused, one
from holdline.gateway.reading import Gist, Reading, Source, State, content_id, mismatch
from holdline.gateway.signing import EVENT_ID, untimely

_HEADER: Final = EVENT_ID.lower().encode()
_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")
_YEARS = range(2000, 2101)
# A metric of this name would be a telephone number as a JSON number.
_NUMBERS = re.compile(r"caller|callback|ani|dnis|phone|number|msisdn|from|to", re.IGNORECASE)


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
    if value.tzinfo is None or value.year not in _YEARS:
        raise ValueError("a time needs its zone and a plausible year; write RFC 3339 such as 2026-03-29T01:30:00Z")
    return value


def _without_numbers(metrics: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if not _names_a_number(name)}


@lru_cache(maxsize=256)
def _names_a_number(name: str) -> bool:
    return _NUMBERS.fullmatch(name) is not None


Metric = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
"""The name of a metric."""

When = Annotated[datetime, Field(strict=False), BeforeValidator(_dated), AfterValidator(_plausible)]
"""An instant with its zone, RFC 3339."""


class OwnEvent(BaseModel):
    """What somebody saw of one entity at one time; fields not named here are ignored.

    `entity` is `trunk:<id>` or an object with `kind`, `id` and, for people, `name` and `site`. `status` is `breach`
    where it is not given; `healthy` and `unknown` feed an open incident and open none. Written by alias it is an
    Observation, but for the event's id and the source.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=False)

    event_id: EventId | None = None
    incident_type: Annotated[IncidentKind, Field(serialization_alias="kind")]
    entity: Annotated[Entity, BeforeValidator(_entity)]
    severity: Severity
    timestamp: Annotated[When, Field(serialization_alias="at")]
    metrics: Annotated[dict[Metric, float], AfterValidator(_without_numbers)] = Field(
        default_factory=dict, max_length=32
    )
    status: Annotated[Verdict, Field(serialization_alias="verdict")] = Verdict.BREACH
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
        event = OwnEvent.model_validate_json(delivery.body)
    except ValidationError as error:
        return mismatch(_id(delivery, None), delivery.body, parsed, error)
    late = untimely((now - event.timestamp).total_seconds(), window)
    return late or _seen(event, _id(delivery, event))


def _id(delivery: Delivery, event: OwnEvent | None) -> str:
    if event is not None and event.event_id is not None:
        return scrub.event_id(event.event_id)
    header = one(delivery.headers, _HEADER)
    if header is not None and _ID.fullmatch(header):
        return scrub.event_id(header.decode())
    return content_id(delivery.body)


def _seen(event: OwnEvent, event_id: str) -> Reading:
    """The same as `reading.seen` of the observation, without validating everything twice: this is the hot path."""
    fields = event.model_dump_json(by_alias=True, exclude={"event_id"})
    item = f'{{"event_id":"{event_id}","source":"{Source.OWN.value}",{fields[1:]}'
    gist = Gist(event.status, event.severity, event.timestamp)
    return Reading(event_id, State.ACCEPTED, workflow_id(event.incident_type, event.entity.id), item, gist=gist)
