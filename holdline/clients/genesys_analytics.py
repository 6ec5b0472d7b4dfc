"""Genesys Cloud analytics: aggregates of a closed interval, current activity and single observations.

Absent data means that nothing happened, or that nothing is known: neither is zero. Durations are milliseconds.
https://developer.genesys.cloud/analyticsdatamanagement/analytics/ (permissions analytics:conversationAggregate:view,
analytics:queueObservation:view).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, StrictBool

from holdline.clients.exchange import Ask
from holdline.clients.genesys_documents import Document
from holdline.clients.wire import Wire
from holdline.ports import Call

AGGREGATES = "/api/v2/analytics/conversations/aggregates/query"
ACTIVITY = "/api/v2/analytics/conversations/activity/query"
OBSERVATIONS = "/api/v2/analytics/queues/observations/query"


class Stats(Document):
    """A figure; which of its fields there are depends on the metric."""

    count: float | None = None
    sum: float | None = None


class Metric(Document):
    """One metric of an aggregate."""

    metric: str
    stats: Stats = Stats()


class Stretch(Document):
    """The metrics of one part of the interval."""

    metrics: tuple[Metric, ...] = ()


class Aggregate(Document):
    """One group's aggregates; an idle group has no `data`."""

    group: dict[str, str]
    data: tuple[Stretch, ...] | None = None

    def total(self, metric: str) -> Stats | None:
        """A metric over the whole interval; None where it has no data."""
        found = [each.stats for part in self.data or () for each in part.metrics if each.metric == metric]
        if not found:
            return None
        counts, sums = [each.count or 0 for each in found], [each.sum or 0 for each in found]
        return Stats(count=sum(counts), sum=sum(sums))


class Aggregates(Document):
    """An answer of the aggregate query; `results` is absent where nothing happened at all."""

    results: tuple[Aggregate, ...] | None = None


class Measure(Document):
    """A current metric: how many, or for a longest wait its begin in epoch milliseconds or its length."""

    metric: str
    count: int | None = None
    calculated_metric_value: int | None = None


class Active(Document):
    """One group's current activity."""

    group: dict[str, str]
    data: tuple[Measure, ...] | None = None


class Activity(Document):
    """An answer of the activity query."""

    results: tuple[Active, ...] | None = None


class Waiting(Document):
    """One conversation that waits, since when."""

    observation_date: AwareDatetime | None = None


class Observed(Document):
    """A metric with its single observations; a truncated list keeps the oldest and the newest."""

    metric: str
    truncated: StrictBool | None = None
    stats: Stats = Stats()
    observations: tuple[Waiting, ...] | None = None


class ObservedGroup(Document):
    """One group's observations; an idle group has no `data`."""

    group: dict[str, str]
    data: tuple[Observed, ...] | None = None


class Observations(Document):
    """An answer of the queue observation query."""

    results: tuple[ObservedGroup, ...] | None = None


def matching(dimension: str, values: Iterable[str]) -> dict[str, Any]:
    """A clause: the dimension has one of these values."""
    found = [{"type": "dimension", "dimension": dimension, "operator": "matches", "value": each} for each in values]
    return {"type": "or", "predicates": found}


def every(*clauses: dict[str, Any]) -> dict[str, Any]:
    """A filter: all of these clauses hold."""
    return {"type": "and", "clauses": list(clauses)}


def interval(until: datetime, length: timedelta) -> str:
    """The closed interval that ends with an instant, as analytics wants it."""
    return f"{_instant(until - length)}/{_instant(until)}"


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"


async def aggregates(
    wire: Wire, call: Call, over: str, group_by: Sequence[str], metrics: Sequence[str], filter_: dict[str, Any]
) -> Aggregates:
    """Ask what happened in an interval."""
    body = {"interval": over, "groupBy": list(group_by), "metrics": list(metrics), "filter": filter_}
    return await wire.attempt(call).read(Ask(method="POST", route=AGGREGATES, json=body), Aggregates)


async def activity(wire: Wire, call: Call, metrics: Sequence[str], filter_: dict[str, Any]) -> Activity:
    """Ask what is going on now, by queue."""
    wanted = [{"metric": each, "details": False} for each in metrics]
    body = {"metrics": wanted, "groupBy": ["queueId"], "filter": filter_}
    return await wire.attempt(call).read(Ask(method="POST", route=ACTIVITY, json=body), Activity)


async def observations(wire: Wire, call: Call, filter_: dict[str, Any]) -> Observations:
    """Ask which conversations wait now, by queue."""
    body = {"metrics": ["oWaiting"], "detailMetrics": ["oWaiting"], "filter": filter_}
    return await wire.attempt(call).read(Ask(method="POST", route=OBSERVATIONS, json=body), Observations)
