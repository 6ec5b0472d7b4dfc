"""Alerts of the organisation's own alerting rules, each about a queue.

A user's alerts are a topic of that user: subscribe for one user only, or each alert comes once for every one of them.
"""

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import Field, ValidationError

from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.observation import Verdict
from holdline.domain.text import Line
from holdline.gateway.topics.topic import Envelope, Finding, Message, Odd, Part, Skipped, Told, Topic
from holdline.settings.events import ALERTS, AlertRule

_STATES: Final = ("CREATE", "UPDATE", "CLOSE", "RENOTIFY")


class Queue(Part):
    """The queue that an alert names."""

    id: str | None = None
    display_name: Line | None = None


class About(Part):
    """One entity that an alert names."""

    entity_type: str | None = None
    queue: Queue | None = None


class Summary(Part):
    """What an alert is about."""

    entities: tuple[About, ...] | None = None


class RuleName(Part):
    """The alerting rule."""

    id: Annotated[str, Field(min_length=1)]
    name: Line | None = None


class Alert(Part):
    """The topic's body (V2MobiusAlertsTopicAlert)."""

    id: str | None = None
    rule: RuleName
    active: bool
    action: str | None = None
    alert_summary: Summary | None = None


def judge(alert: Alert, told: Told) -> Finding | Skipped | Odd:
    """What an alert means: active is a breach, closed or no longer active is healthy."""
    if alert.action is not None and alert.action not in _STATES:
        return Skipped("it is about the list of alerts, not about a state")
    found = _queue(alert, told)
    if isinstance(found, Skipped):
        return found
    rule, queue = found
    breach = alert.active and alert.action != "CLOSE"
    words = f"the alert {alert.rule.name or alert.rule.id} is {'active' if breach else 'over'}"
    verdict, severity = (Verdict.BREACH, rule.severity) if breach else (Verdict.HEALTHY, Severity.LOW)
    return Finding(IncidentKind.QUEUE_OVERFLOW, queue, verdict, severity, words)


def _queue(alert: Alert, told: Told) -> tuple[AlertRule, Entity] | Skipped:
    """The queue that is configured for the rule, else the only one that the alert names."""
    rule = told.rules.events.alerts.get(alert.rule.id) or told.rules.events.alerts.get(alert.rule.name or "")
    if rule is not None:
        return rule, Entity(kind=EntityKind.QUEUE, id=rule.queue)
    named = dict(_named(alert))
    if len(named) != 1:
        return Skipped("no alert is configured for the rule, and it does not name one queue")
    ((queue, name),) = named.items()
    try:
        return AlertRule(queue=queue), Entity(kind=EntityKind.QUEUE, id=queue, name=name)
    except ValidationError:
        return Skipped("the queue has an id that cannot be used")


def _named(alert: Alert) -> Iterator[tuple[str, str]]:
    for each in (alert.alert_summary.entities or ()) if alert.alert_summary else ():
        if each.queue is not None and each.queue.id:
            yield each.queue.id, each.queue.display_name or ""


TOPIC: Final = Topic(ALERTS, Envelope[Alert], Message[Alert], judge)
