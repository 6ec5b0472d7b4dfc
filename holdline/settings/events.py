"""What is listened to at Genesys Cloud, and what an event there means (S3.1)."""

import re
from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from holdline.domain.duration import Duration, say
from holdline.domain.entity import EntityId
from holdline.domain.frozen import Rule
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.observation import Verdict
from holdline.settings.values import Flag, Text

TEMPLATE: Final = "{id}"
TRUNKS: Final = "v2.telephony.providers.edges.trunks.{id}"
EDGES: Final = "v2.telephony.providers.edges.{id}"
QUEUE_ACTIVITY: Final = "v2.analytics.queues.{id}.activity"
QUEUE_OBSERVATIONS: Final = "v2.analytics.queues.{id}.observations"
OPERATIONS: Final = "v2.operations.events.{id}"
ALERTS: Final = "v2.users.{id}.alerting.alerts"
SUPPORTED: Final = (TRUNKS, EDGES, QUEUE_ACTIVITY, QUEUE_OBSERVATIONS, OPERATIONS, ALERTS)
"""The topics that Holdline understands, as the vendor writes them."""


def _supported(topics: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [topic for topic in topics if topic not in SUPPORTED]
    if unknown:
        raise ValueError(f"{unknown[0]} is not understood; the topics are {', '.join(SUPPORTED)}")
    return topics


def _subscribable(topics: tuple[str, ...]) -> tuple[str, ...]:
    for topic in topics:
        if not any(_matches(each, topic) for each in SUPPORTED):
            raise ValueError(f"{topic} is not understood; the topics are {', '.join(SUPPORTED)}")
        if topic in (OPERATIONS, ALERTS):
            raise ValueError(f"{topic} needs an id in the place of {TEMPLATE}: of the event definition, or of the user")
    return topics


def _matches(template: str, topic: str) -> bool:
    return re.fullmatch("[^.]+".join(map(re.escape, template.split(TEMPLATE))), topic) is not None


def _silence(value: timedelta) -> timedelta:
    if not timedelta(seconds=1) <= value <= timedelta(minutes=10):
        raise ValueError(f"{say(value)} is not between 1s and 10m; Genesys says something every 30s")
    return value


class OperationRule(Rule):
    """What one operational event means. `recovered` are the current values that say that it is over.

    `entity` is what the incident is about, where the event does not name it: a region, the organisation.
    """

    kind: IncidentKind
    severity: Severity = Severity.HIGH
    verdict: Literal[Verdict.BREACH, Verdict.HEALTHY] = Verdict.BREACH
    recovered: tuple[Text, ...] = ()
    entity: EntityId | None = None


class AlertRule(Rule):
    """The queue that an alerting rule is about, and how bad its alert is."""

    queue: EntityId
    severity: Severity = Severity.HIGH


class GenesysEvents(Rule):
    """The topics that are accepted, and what they mean; an event on another topic is counted and dropped.

    `operations` and `alerts` are named by the id or the name of the event definition or alerting rule; what is not
    named is dropped. What is watched, and when a queue overflows, is as in `[detection]`.
    """

    topics: Annotated[tuple[Text, ...], AfterValidator(_supported)] = SUPPORTED
    operations: dict[str, OperationRule] = Field(default_factory=dict)
    alerts: dict[str, AlertRule] = Field(default_factory=dict)


class TicketEvents(Rule):
    """Whose changes of tickets are our own and no answer, and where a Jira issue has our correlation id.

    `own_users` are the users that Holdline signs in as, beside those of the systems' own sections and whoever created
    an issue of ours at Jira: the name that a sender writes into `by`, the account id, the e-mail or the display name of
    Jira. Without `jira_field` the id is looked for in the labels, then the description.
    """

    own_users: tuple[Text, ...] = ()
    jira_field: Annotated[str, Field(pattern=r"^customfield_\d{1,10}$")] | None = None


class Notifications(Rule):
    """The notification channel, a second source beside EventBridge; it needs the section [genesys].

    A topic with `{id}` stands for every trunk, edge or queue there is. A socket on which nothing was heard for
    `silence` is taken for stalled.
    """

    enabled: Flag = False
    topics: Annotated[tuple[Text, ...], Field(min_length=1), AfterValidator(_subscribable)] = (
        TRUNKS,
        EDGES,
        QUEUE_ACTIVITY,
    )
    silence: Annotated[Duration, AfterValidator(_silence)] = timedelta(minutes=1)
