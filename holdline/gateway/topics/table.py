"""The table of topics, and how a body on one of them becomes a reading."""

from typing import Any, Final

from holdline.domain.observation import Observation
from holdline.gateway.reading import Reading, dropped, mismatch, seen
from holdline.gateway.topics import alerting, edges, operations, queues, trunks
from holdline.gateway.topics.topic import NOT_WATCHED, Body, Finding, Odd, Rules, Skipped, Told, Topic

TOPICS: Final[tuple[Topic[Any], ...]] = (
    trunks.TOPIC,
    edges.TOPIC,
    queues.ACTIVITY,
    queues.OBSERVATIONS,
    operations.TOPIC,
    alerting.TOPIC,
)
NOT_OURS: Final = "the topic is not one of ours"
NOT_CONFIGURED: Final = "the topic is not configured"


def found(topic: str, rules: Rules) -> Topic[Any] | str:
    """The topic of this name, concrete or the template; or the reason why events on it are dropped."""
    for each in TOPICS:
        if each.matches(topic):
            return each if each.name in rules.events.topics else NOT_CONFIGURED
    return NOT_OURS


def understood(topic: Topic[Body], body: Body, told: Told, raw: bytes, parsed: dict[str, Any]) -> Reading:
    """What a body on a topic comes to. Raises ValidationError where an entity has an id that cannot be used."""
    finding = topic.judge(body, told)
    match finding:
        case Skipped(reason):
            return dropped(told.event_id, reason)
        case Odd(path):
            return mismatch(told.event_id, raw, parsed, path)
        case Finding(_, entity) if entity.kind in told.rules.plans and told.rules.group(entity) is None:
            return dropped(told.event_id, NOT_WATCHED)
        case Finding():
            return seen(_observation(finding, told))


def _observation(finding: Finding, told: Told) -> Observation:
    return Observation(
        event_id=told.event_id,
        source=told.source.value,
        kind=finding.kind,
        entity=finding.entity,
        verdict=finding.verdict,
        severity=finding.severity,
        # A clock that runs ahead must not make everything that comes after it late.
        at=told.at if finding.at is None else min(told.at, finding.at),
        reason=finding.reason,
        metrics=finding.metrics,
        by_bounds=finding.by_bounds,
    )
