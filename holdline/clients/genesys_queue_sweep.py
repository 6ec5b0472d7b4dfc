"""All watched queues at once: how long people wait now, and how long they waited lately.

Two requests for each hundred queues, and a third where the longest wait is not told. An idle queue has no data, which
is no wait of zero. Permissions: routing:queue:search, analytics:queueObservation:view and
analytics:conversationAggregate:view.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

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
from holdline.clients.genesys_documents import Reference
from holdline.clients.genesys_pages import Listing, Page, chunks, entity, in_turn, pages, tried
from holdline.clients.genesys_trunks import Health
from holdline.clients.wire import Wire
from holdline.domain.detection import Bounds, Group
from holdline.domain.duration import say
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.observation import Verdict
from holdline.domain.sweep import Finding, Gap, Sweep
from holdline.ports import Wanted


class Queues(Page):
    """A page of queues, in the short form."""

    entities: tuple[Reference, ...]


_LISTING = Listing("/api/v2/routing/queues/divisionviews/all", Queues, "the queues", size=500)
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


async def sweep_queues(wire: Wire, wanted: Wanted) -> Sweep:
    """List the queues, then ask about the watched ones group by group, at most a hundred at once."""
    found = await pages(wire, wanted, _LISTING)
    listed = [queue for page in found.items for queue in page.entities]
    known = [each for queue in listed if (each := entity(EntityKind.QUEUE, queue.id, queue.name)) is not None]
    parts = [(group, list(part)) for group, members in _grouped(wanted, known) for part in chunks(members)]
    told = await in_turn([partial(_part, wire, wanted, group, part) for group, part in parts])
    sweeps = [_judged(group, queues, part) for (group, queues), part in zip(parts, told, strict=True)]
    return Sweep(
        findings=tuple(finding for findings in sweeps for finding in findings),
        gaps=(*found.gaps, *(gap for part in told for gap in part.gaps)),
        missing=() if found.gaps else wanted.plan.missing(known),
    )


def _grouped(wanted: Wanted, known: Iterable[Entity]) -> list[tuple[Group, list[Entity]]]:
    members: dict[str, list[Entity]] = {}
    for queue in known:
        if (group := wanted.group_of(queue)) is not None:
            members.setdefault(group.name, []).append(queue)
    return [(group, members[group.name]) for group in wanted.plan.groups if group.name in members]


async def _part(wire: Wire, wanted: Wanted, group: Group, queues: Sequence[Entity]) -> Part:
    """Ask about a part; what one of the questions cannot learn does not spoil the others."""
    part = Part({queue.id: Waits() for queue in queues})
    chosen = every(matching("queueId", part.waits), matching("mediaType", group.bounds.media))
    over = interval(wanted.at, group.bounds.window)
    now = await tried(
        f"who waits in {len(queues)} queues", lambda: activity(wire, wanted, ("oWaiting", "oLongestWaiting"), chosen)
    )
    lately = await tried(
        f"the average wait in {len(queues)} queues",
        lambda: aggregates(wire, wanted, over, ["queueId"], ["tWait"], chosen),
    )
    part.gaps += [*now.gaps, *lately.gaps]
    part.read = bool(now.items or lately.items)
    for activities in now.items:
        _take_activity(part, activities)
    for averages in lately.items:
        _take_averages(part, averages)
    await _look_closer(wire, wanted, group, part)
    return part


def _take_activity(part: Part, found: Activity) -> None:
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


def _take_averages(part: Part, found: Aggregates) -> None:
    for each in found.results or ():
        waits, total = part.of(each.group), each.total("tWait")
        if waits is not None and total is not None and total.count:
            waits.average = timedelta(milliseconds=(total.sum or 0) / total.count)


async def _look_closer(wire: Wire, wanted: Wanted, group: Group, part: Part) -> None:
    """Where somebody waits and nobody says how long, ask for each who waits; the oldest is always in the list."""
    unsaid = [queue for queue, waits in part.waits.items() if waits.waiting and waits.longest is None]
    if not unsaid:
        return
    chosen = every(matching("queueId", unsaid), matching("mediaType", group.bounds.media))
    found = await tried(f"who waits longest in {len(unsaid)} queues", lambda: observations(wire, wanted, chosen))
    part.gaps += found.gaps
    for answer in found.items:
        _take_observations(part, answer)


def _take_observations(part: Part, found: Observations) -> None:
    for each in found.results or ():
        waits = part.of(each.group)
        dates = [one.observation_date for data in each.data or () for one in data.observations or ()]
        since = min((date for date in dates if date is not None), default=None)
        if waits is not None and since is not None:
            longest = max(datetime.now(UTC) - since, timedelta(0))
            waits.longest = max(longest, waits.longest or longest)


def _judged(group: Group, queues: Sequence[Entity], part: Part) -> list[Finding]:
    """A finding for each queue of a part; none where nothing at all could be read."""
    if not part.read:
        return []
    found = []
    for queue in queues:
        waits = part.waits[queue.id]
        seen = queue_health(waits, group.bounds, whole=not part.gaps)
        finding = Finding(
            entity=queue,
            group=group.name,
            verdict=seen.verdict,
            severity=group.severity,
            reason=seen.reason,
            metrics=waits.metrics(),
        )
        found.append(finding)
    return found


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
