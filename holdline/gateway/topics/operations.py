"""Operational events: rate limits, regions, capacity, credentials; which event means what is configuration.

The catalogue is the organisation's own (`GET /api/v2/usage/events/definitions`), so no event is known here by name.
"""

from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from holdline.domain.entity import Entity
from holdline.domain.incident import ABOUT, Severity
from holdline.domain.observation import Verdict
from holdline.domain.text import Line
from holdline.gateway.ours import BY_CLIENT, modified
from holdline.gateway.topics.topic import Envelope, Finding, Message, Odd, Part, Skipped, Told, Topic
from holdline.settings.events import OPERATIONS, OperationRule

_YEARS: Final = range(2000, 2101)


def _dated(value: int) -> int:
    """Milliseconds since the epoch, of a plausible year."""
    if not 0 <= value < 4_102_444_800_000 or datetime.fromtimestamp(value / 1000, UTC).year not in _YEARS:
        raise ValueError("milliseconds since the epoch")
    return value


class Definition(Part):
    """The event's entry in the catalogue."""

    id: Annotated[str, Field(min_length=1)]
    name: Line | None = None
    description: Line | None = None


class Operation(Part):
    """The topic's body (OperationalEventNotificationTopicOperationalEventNotification)."""

    event_entity: Definition
    entity_id: str | None = None
    entity_name: Line | None = None
    current_value: str | None = None
    error_code: Line | None = None
    timestamp: Annotated[int, AfterValidator(_dated)] | None = None
    entity_modified_by: object = None
    entity_modified_date: object = None


def judge(operation: Operation, told: Told) -> Finding | Skipped | Odd:
    """What an operational event means, where somebody has written that down."""
    event, at = operation.event_entity, _at(operation)
    if modified(operation.entity_modified_by, operation.entity_modified_date, at or told.at, told.rules.client):
        return Skipped(BY_CLIENT)
    rule = told.rules.events.operations.get(event.id) or told.rules.events.operations.get(event.name or "")
    if rule is None:
        return Skipped("no operation is configured for the event")
    entity = rule.entity or operation.entity_id
    if not entity:
        return Odd("detail.eventBody.entityId (missing; name the entity in [gateway.genesys.operations])")
    verdict = Verdict.HEALTHY if operation.current_value in rule.recovered else rule.verdict
    severity = rule.severity if verdict is Verdict.BREACH else Severity.LOW
    about = Entity(kind=ABOUT[rule.kind], id=entity, name=_name(rule, operation))
    return Finding(rule.kind, about, verdict, severity, _words(operation), at=at)


def _at(operation: Operation) -> datetime | None:
    """When it happened, where the event says so."""
    return None if operation.timestamp is None else datetime.fromtimestamp(operation.timestamp / 1000, UTC)


def _name(rule: OperationRule, operation: Operation) -> str:
    """The name of what the event is about; another entity of ours has none."""
    return operation.entity_name or "" if rule.entity is None else ""


def _words(operation: Operation) -> str:
    event = operation.event_entity
    parts = [event.name or event.id, operation.error_code, operation.current_value]
    return ": ".join(part for part in parts if part)


TOPIC: Final = Topic(OPERATIONS, Envelope[Operation], Message[Operation], judge)
