"""What people did to a ticket, told by our own signed scheme: ServiceNow, Salesforce and Azure DevOps (S4.7).

    {"event_id": "…", "correlation_id": "holdline/trunk_failure/7f3a…/3", "kind": "assigned",
     "by": "Maria Huber", "at": "2026-03-29T01:30:00Z", "text": ""}

The correlation id is the ticket's own; it names the incident and its epoch. What Holdline itself changed in the ticket
comes back here too and is no answer (S3.9): it is known by its user, and a comment of ours by the mark it ends with.
"""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from holdline.domain.acknowledgement import Via
from holdline.domain.keys import key_of_external, mark_of_page, workflow_of_page
from holdline.domain.messages import Answer, AnswerKind
from holdline.domain.observation import EventId
from holdline.domain.text import known_by
from holdline.gateway import scrub, strictjson
from holdline.gateway.authentic import Delivery
from holdline.gateway.own import When
from holdline.gateway.reading import Addressed, Reading, Source, answered, content_id, dropped, mismatch
from holdline.settings.events import TicketEvents

NOT_OURS: Final = "not a ticket of ours"
BY_US: Final = "done by Holdline itself"
# What Holdline writes ends with eight characters that it is found again by (`keys.tag`).
_MARK: Final = re.compile(r"\[[0-9a-f]{8}\](?:</?[a-z]+[^>]*>|\W)*$")
TOO_OLD: Final = "older than the memory for duplicates"


class Deed(StrEnum):
    """What somebody did to a ticket."""

    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    COMMENTED = "commented"
    RESOLVED = "resolved"


KINDS: Final = MappingProxyType(
    {
        Deed.ACKNOWLEDGED: AnswerKind.ACKNOWLEDGED,
        Deed.ASSIGNED: AnswerKind.ACKNOWLEDGED,
        Deed.COMMENTED: AnswerKind.COMMENTED,
        Deed.RESOLVED: AnswerKind.RESOLVED,
    }
)


class Told(BaseModel):
    """One deed; `by` is the person who has the ticket now, or who wrote; fields not named here are ignored."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    event_id: EventId
    correlation_id: Annotated[str, Field(min_length=1, max_length=255)]
    kind: Annotated[Deed, Field(strict=False)]
    by: Annotated[str, Field(min_length=1, max_length=200)]
    at: When
    text: Annotated[str, Field(max_length=32_000)] = ""


def read(delivery: Delivery, now: datetime, source: Source, memory: timedelta, rule: TicketEvents) -> Reading:
    """Map a verified body."""
    try:
        parsed = strictjson.read(delivery.body)
        told = Told.model_validate_json(delivery.body)
    except strictjson.Unreadable as error:
        return mismatch(content_id(delivery.body), delivery.body, None, str(error))
    except ValidationError as error:
        return mismatch(content_id(delivery.body), delivery.body, parsed, error)
    event_id = scrub.event_id(told.event_id)
    if told.at < now - memory:
        return dropped(event_id, TOO_OLD)
    if ours(rule, *known_by(told.by)):
        return dropped(event_id, BY_US)
    answer = _answer(event_id, source, told, now)
    return addressed(event_id, source, _key(source, told.correlation_id), answer, told.text)


def _key(source: Source, correlation_id: str) -> str:
    """Our key; at Salesforce it stands in a path, and is written otherwise."""
    return key_of_external(correlation_id) if source is Source.SALESFORCE else correlation_id


def _answer(event_id: str, source: Source, told: Told, now: datetime) -> Answer:
    return Answer(
        event_id=f"{source}:{event_id}",
        kind=KINDS[told.kind],
        by=told.by,
        via=Via.TICKET,
        at=min(told.at, now),
        text=told.text,
    )


def addressed(event_id: str, source: Source, key: str, answer: Answer, text: str) -> Reading:
    """An answer to the incident that a correlation id names; a comment with the mark of ours is our own."""
    incident = workflow_of_page(key)
    if incident is None:
        return dropped(event_id, NOT_OURS)
    if answer.kind is AnswerKind.COMMENTED and (key in text or _MARK.search(text)):
        return dropped(event_id, BY_US)
    workflow_id, epoch = incident
    about = {"epoch": epoch, "mark": mark_of_page(key)}
    said = Addressed(workflow_id=workflow_id, answer=answer.model_copy(update=about))
    return answered(event_id, f"ticket/{source}/{workflow_id}", said)


def ours(rule: TicketEvents, *names: str | None) -> bool:
    """Whether one of these names is a user of ours."""
    known = {each.strip().casefold() for each in rule.own_users}
    return any(name is not None and name.strip().casefold() in known for name in names)
