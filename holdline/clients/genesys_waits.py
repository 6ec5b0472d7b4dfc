"""How long people wait in queues: the three questions, what their answers say, and when a wait is too long.

An idle queue has no data, which is no wait of zero. Permissions: analytics:queueObservation:view and
analytics:conversationAggregate:view.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from holdline.clients.genesys_analytics import (
    Activity,
    Aggregates,
    Observations,
    activity,
    aggregates,
    every,
    interval,
    matching,
    observations,
)
from holdline.clients.genesys_trunks import Health
from holdline.clients.wire import Wire
from holdline.domain.detection import Bounds
from holdline.domain.duration import say
from holdline.domain.observation import Verdict
from holdline.domain.sweep import Gap
from holdline.ports import Call

_EPOCH = 10**11
"""A longest wait above this many milliseconds, which are three years, is the instant at which it began."""


@dataclass
class Waits:
    """What is known of a queue: how many wait, the longest of them, the average of those who waited lately."""

    waiting: int | None = None
    longest: timedelta | None = None
    average: timedelta | None = None

    def metrics(self) -> dict[str, float]:
        """What is known, in seconds where it is a time."""
        seconds = {"longest_wait": self.longest, "average_wait": self.average}
        known = {name: round(each.total_seconds(), 1) for name, each in seconds.items() if each is not None}
        return known if self.waiting is None else {"waiting": self.waiting, **known}


@dataclass
class Part:
    """What was learned of at most a hundred queues that are judged alike."""

    waits: dict[str, Waits]
    gaps: list[Gap] = field(default_factory=list)
    read: bool = False

    def of(self, group: Mapping[str, str]) -> Waits | None:
        """The waits of the queue that an answer's group is about."""
        return self.waits.get(group.get("queueId", "").lower())

    @property
    def unsaid(self) -> list[str]:
        """The queues where somebody waits and nobody says how long."""
        return [queue for queue, waits in self.waits.items() if waits.waiting and waits.longest is None]


@dataclass(frozen=True)
class Questions:
    """What is asked about queues that are judged by the same bounds; `at` ends the time of the average."""

    wire: Wire
    call: Call
    bounds: Bounds
    at: datetime

    async def now(self, queues: Sequence[str]) -> Activity:
        """How many wait, and how long the longest of them."""
        metrics = ("oWaiting", "oLongestWaiting")
        return await activity(self.wire, self.call, metrics, self._chosen(queues))

    async def lately(self, queues: Sequence[str]) -> Aggregates:
        """How long those waited who are out of it."""
        over = interval(self.at, self.bounds.window)
        return await aggregates(self.wire, self.call, over, ["queueId"], ["tWait"], self._chosen(queues))

    async def each(self, queues: Sequence[str]) -> Observations:
        """Everybody who waits; the oldest is always in the list."""
        return await observations(self.wire, self.call, self._chosen(queues))

    def _chosen(self, queues: Sequence[str]) -> dict[str, object]:
        return every(matching("queueId", queues), matching("mediaType", self.bounds.media))


def take_activity(part: Part, found: Activity) -> None:
    """Keep how many wait now, and the longest wait where it is told."""
    for each in found.results or ():
        waits, measures = part.of(each.group), {measure.metric: measure for measure in each.data or ()}
        if waits is None:
            continue
        if (waiting := measures.get("oWaiting")) is not None:
            waits.waiting = waiting.count
        if (longest := measures.get("oLongestWaiting")) is not None and longest.calculated_metric_value is not None:
            waits.longest = _length(longest.calculated_metric_value)


def _length(told: int) -> timedelta:
    """A longest wait: Genesys documents a value in milliseconds, which in practice is the instant of its begin."""
    if told < _EPOCH:
        return timedelta(milliseconds=max(told, 0))
    return max(datetime.now(UTC) - datetime.fromtimestamp(told / 1000, UTC), timedelta(0))


def take_averages(part: Part, found: Aggregates) -> None:
    """Keep the average wait where somebody waited."""
    for each in found.results or ():
        waits, total = part.of(each.group), each.total("tWait")
        if waits is not None and total is not None and total.count:
            waits.average = timedelta(milliseconds=(total.sum or 0) / total.count)


def take_observations(part: Part, found: Observations) -> None:
    """Keep the longest of the waits that are told one by one."""
    for each in found.results or ():
        waits = part.of(each.group)
        dates = [one.observation_date for data in each.data or () for one in data.observations or ()]
        since = min((date for date in dates if date is not None), default=None)
        if waits is not None and since is not None:
            longest = max(datetime.now(UTC) - since, timedelta(0))
            waits.longest = max(longest, waits.longest or longest)


def queue_health(waits: Waits, bounds: Bounds, *, whole: bool) -> Health:
    """Judge a queue: one wait above its bound is a breach; without data it is idle, or nobody knows.

    Where a part of it could not be read (`whole` is false) it may be in breach, but is never called healthy.
    """
    if waits.longest is not None and waits.longest > bounds.longest_wait:
        most = say(bounds.longest_wait)
        return Health(Verdict.BREACH, f"somebody has waited for {say(waits.longest)}, {most} is the most")
    if waits.average is not None and waits.average > bounds.average_wait:
        most = say(bounds.average_wait)
        return Health(Verdict.BREACH, f"the average wait is {say(waits.average)}, {most} is the most")
    if not whole:
        return Health(Verdict.UNKNOWN, "a part of its waits could not be read")
    if waits.waiting is None and waits.longest is None and waits.average is None:
        return Health(Verdict.UNKNOWN, "it is idle: Genesys has no data")
    if waits.waiting and waits.longest is None:
        return Health(Verdict.UNKNOWN, f"{waits.waiting} wait, Genesys does not say how long")
    return Health(Verdict.HEALTHY, "nobody waits too long")
