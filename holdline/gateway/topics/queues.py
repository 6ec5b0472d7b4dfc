"""A queue: how long somebody has waited in it, from either of the two topics that tell.

What is not given is not zero: an idle queue leaves its data out, and so does one that cannot be measured (S1.1).
Durations are milliseconds. `oLongestWaiting` has been seen both as a duration and as the instant since when.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from holdline.domain.duration import say
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.observation import Verdict
from holdline.gateway.topics.topic import Envelope, Finding, Message, Odd, Part, Skipped, Told, Topic
from holdline.settings.events import QUEUE_ACTIVITY, QUEUE_OBSERVATIONS

WAITING: Final = "oWaiting"
LONGEST: Final = "oLongestWaiting"
WAITED: Final = "tWait"
# As a duration this would be three years; as an instant it is 1973.
_AN_INSTANT: Final = 1e11
_MILLISECOND: Final = timedelta(milliseconds=1)
_OTHER_MEDIA: Final = Skipped("a medium that is not watched")


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


class Group(Part):
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

    group: Group
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
    watched = [each for each in activity.results if _watched(each.media_type, told)]
    if activity.results and not watched:
        return _OTHER_MEDIA
    metrics = [metric for each in watched for metric in each.data or ()]
    values = [each.calculated_metric_value for each in metrics if each.metric == LONGEST]
    counts = [each.count for each in metrics if each.metric == WAITING]
    return _judged(told.subject, Wait(_most(counts), _longest(values, told.at)), told)


def judge_observations(observations: Observations, told: Told) -> Finding | Skipped | Odd:
    """What the statistics of a queue mean."""
    queue = observations.group.queue_id or told.subject
    if queue is None:
        return Odd("detail.eventBody.group.queueId (missing)")
    if told.subject not in (None, queue):
        return Odd("detail.eventBody.group.queueId (not the queue of the topic)")
    if not _watched(observations.group.media_type, told):
        return _OTHER_MEDIA
    stats = [(each.metric, each.stats or {}) for part in observations.data or () for each in part.metrics or ()]
    counts = [each.get("count") for metric, each in stats if metric == WAITING]
    values = [each.get("calculatedMetricValue") for metric, each in stats if metric == LONGEST]
    waited = [each for metric, each in stats if metric == WAITED]
    return _judged(queue, Wait(_most(counts), _longest(values, told.at), _average(waited)), told)


def _watched(media: str | None, told: Told) -> bool:
    return media is None or media.lower() in told.rules.media


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


def _judged(queue: str, wait: Wait, told: Told) -> Finding:
    verdict, reason = _verdict(wait, told.rules.wait_of(queue))
    severity = Severity.HIGH if verdict is Verdict.BREACH else Severity.LOW
    entity = Entity(kind=EntityKind.QUEUE, id=queue)
    return Finding(IncidentKind.QUEUE_OVERFLOW, entity, verdict, severity, reason, _metrics(wait))


def _verdict(wait: Wait, limit: timedelta) -> tuple[Verdict, str]:
    """Nobody waits is healthy, whatever the average of those who did; some wait, nobody knows how long, is unknown."""
    if wait.waiting == 0:
        return Verdict.HEALTHY, "nobody waits"
    if wait.longest is not None and wait.longest >= limit:
        return Verdict.BREACH, f"somebody has waited for {_said(wait.longest)}, the limit is {say(limit)}"
    if wait.average is not None and wait.average >= limit:
        return Verdict.BREACH, f"the average wait is {_said(wait.average)}, the limit is {say(limit)}"
    if wait.longest is not None or wait.average is not None:
        return Verdict.HEALTHY, f"the wait is below {say(limit)}"
    return Verdict.UNKNOWN, "Genesys does not say how long callers wait"


def _said(wait: timedelta) -> str:
    return say(timedelta(seconds=wait // timedelta(seconds=1)))


def _metrics(wait: Wait) -> dict[str, float]:
    known = {
        "waiting": wait.waiting,
        "longest_wait_seconds": None if wait.longest is None else wait.longest.total_seconds(),
        "average_wait_seconds": None if wait.average is None else wait.average.total_seconds(),
    }
    return {name: value for name, value in known.items() if value is not None}


ACTIVITY: Final = Topic(QUEUE_ACTIVITY, Envelope[Activity], Message[Activity], judge_activity)
OBSERVATIONS: Final = Topic(QUEUE_OBSERVATIONS, Envelope[Observations], Message[Observations], judge_observations)
