"""A queue: how long somebody has waited in it, from either of the two topics that tell.

What is not given is not zero: an idle queue leaves its data out, and so does one that cannot be measured (S1.1).
Durations are milliseconds. `oLongestWaiting` has been seen both as a duration and as the instant since when.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from holdline.domain.detection import Bounds, Group
from holdline.domain.duration import say
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.observation import Verdict
from holdline.gateway.topics.topic import (
    NOT_WATCHED,
    Envelope,
    Finding,
    Message,
    Odd,
    Part,
    Skipped,
    Told,
    Topic,
)
from holdline.settings.events import QUEUE_ACTIVITY, QUEUE_OBSERVATIONS

WAITING: Final = "oWaiting"
LONGEST: Final = "oLongestWaiting"
WAITED: Final = "tWait"
# As a duration this would be three years; as an instant it is 1973.
_AN_INSTANT: Final = 1e11
_MILLISECOND: Final = timedelta(milliseconds=1)
_OTHER_MEDIA: Final = Skipped("a medium that is not watched")
_NAMELESS: Final = Skipped("a group of queues goes by name, which the event does not tell")


class Count(Part):
    """One metric of the activity topic."""

    metric: str
    count: float | None = None
    calculated_metric_value: float | None = None


class MediaCounts(Part):
    """The metrics of one medium; an idle one may have no data."""

    media_type: str | None = None
    data: tuple[Count, ...] | None = None


class Activity(Part):
    """The body of the activity topic (V2QueueObservationObservationCountNotification)."""

    results: tuple[MediaCounts, ...]


class Key(Part):
    """What statistics are about."""

    queue_id: str | None = None
    media_type: str | None = None


class Statistic(Part):
    """One metric of the observations topic; which statistics it has depends on the metric."""

    metric: str
    stats: dict[str, float | None] | None = None


class Interval(Part):
    """The statistics of one interval."""

    metrics: tuple[Statistic, ...] | None = None


class Observations(Part):
    """The body of the observations topic (StatEventQueueTopicStatsNotification)."""

    group: Key
    data: tuple[Interval, ...] | None = None


class Wait(NamedTuple):
    """What is known: how many wait, the longest wait of those, the average wait of those who had to wait lately."""

    waiting: float | None = None
    longest: timedelta | None = None
    average: timedelta | None = None


def judge_activity(activity: Activity, told: Told) -> Finding | Skipped | Odd:
    """What the activity of a queue means."""
    if told.subject is None:
        return Odd("detail.topicName (names no queue)")
    queue = Entity(kind=EntityKind.QUEUE, id=told.subject)
    group = _group(queue, told)
    if isinstance(group, Skipped):
        return group
    watched = [each for each in activity.results if _counts(each.media_type, group)]
    if activity.results and not watched:
        return _OTHER_MEDIA
    metrics = [metric for each in watched for metric in each.data or ()]
    values = [each.calculated_metric_value for each in metrics if each.metric == LONGEST]
    counts = [each.count for each in metrics if each.metric == WAITING]
    return _judged(queue, group, Wait(_most(counts), _longest(values, told.at)))


def judge_observations(observations: Observations, told: Told) -> Finding | Skipped | Odd:
    """What the statistics of a queue mean."""
    named = observations.group.queue_id or told.subject
    if named is None:
        return Odd("detail.eventBody.group.queueId (missing)")
    if told.subject not in (None, named):
        return Odd("detail.eventBody.group.queueId (not the queue of the topic)")
    queue = Entity(kind=EntityKind.QUEUE, id=named)
    group = _group(queue, told)
    if isinstance(group, Skipped):
        return group
    return (
        _judged(queue, group, _wait(observations, told))
        if _counts(observations.group.media_type, group)
        else _OTHER_MEDIA
    )


def _wait(observations: Observations, told: Told) -> Wait:
    stats = [(each.metric, each.stats or {}) for part in observations.data or () for each in part.metrics or ()]
    counts = [each.get("count") for metric, each in stats if metric == WAITING]
    values = [each.get("calculatedMetricValue") for metric, each in stats if metric == LONGEST]
    waited = [each for metric, each in stats if metric == WAITED]
    return Wait(_most(counts), _longest(values, told.at), _average(waited))


def _group(queue: Entity, told: Told) -> Group | Skipped:
    """The bounds of the queue, as polling has them too; by other bounds the two would contradict each other."""
    group = told.rules.group(queue)
    if group is None:
        return Skipped(NOT_WATCHED)
    others = told.rules.plans[EntityKind.QUEUE].groups
    return _NAMELESS if group.catches_all and any(each.names for each in others) else group


def _counts(media: str | None, group: Group) -> bool:
    return media is None or media.lower() in group.bounds.media


def _most(values: Sequence[float | None]) -> float | None:
    return max((each for each in values if each is not None), default=None)


def _longest(values: Sequence[float | None], at: datetime) -> timedelta | None:
    """The longest wait; an instant ahead of `at` is a wait that has just begun."""
    instant = at.timestamp() * 1000
    waits = [instant - each if each > _AN_INSTANT else each for each in values if each is not None]
    return max(0.0, *waits) * _MILLISECOND if waits else None


def _average(waited: Sequence[dict[str, float | None]]) -> timedelta | None:
    whole = [
        (total, count) for each in waited if (total := each.get("sum")) is not None and (count := each.get("count"))
    ]
    count = sum(each for _, each in whole)
    return sum(each for each, _ in whole) / count * _MILLISECOND if count > 0 else None


def _judged(queue: Entity, group: Group, wait: Wait) -> Finding:
    verdict, reason = _verdict(wait, group.bounds)
    severity = group.severity if verdict is Verdict.BREACH else Severity.LOW
    metrics = _metrics(wait)
    return Finding(IncidentKind.QUEUE_OVERFLOW, queue, verdict, severity, reason, metrics, by_bounds=True)


def _verdict(wait: Wait, bounds: Bounds) -> tuple[Verdict, str]:
    """Nobody waits is healthy, whatever the average of those who did; some wait, nobody knows how long, is unknown."""
    if wait.waiting == 0:
        return Verdict.HEALTHY, "nobody waits"
    if wait.longest is not None and wait.longest > bounds.longest_wait:
        limit = say(bounds.longest_wait)
        return Verdict.BREACH, f"somebody has waited for {_said(wait.longest)}, the limit is {limit}"
    if wait.average is not None and wait.average > bounds.average_wait:
        return Verdict.BREACH, f"the average wait is {_said(wait.average)}, the limit is {say(bounds.average_wait)}"
    if wait.longest is not None or wait.average is not None:
        return Verdict.HEALTHY, "nobody waits too long"
    return Verdict.UNKNOWN, "Genesys does not say how long callers wait"


def _said(wait: timedelta) -> str:
    return say(timedelta(seconds=wait // timedelta(seconds=1)))


def _metrics(wait: Wait) -> dict[str, float]:
    known = {
        "waiting": wait.waiting,
        "longest_wait": None if wait.longest is None else round(wait.longest.total_seconds(), 1),
        "average_wait": None if wait.average is None else round(wait.average.total_seconds(), 1),
    }
    return {name: value for name, value in known.items() if value is not None}


ACTIVITY: Final = Topic(QUEUE_ACTIVITY, Envelope[Activity], Message[Activity], judge_activity)
OBSERVATIONS: Final = Topic(QUEUE_OBSERVATIONS, Envelope[Observations], Message[Observations], judge_observations)
