"""How long each change took at the vendor: from its first request to its last, or to what the ledger committed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations, pairwise
from typing import Any, Final

from holdline.simulators.simulator import Simulator
from tests.fifty.subject import Subject

PAUSE: Final = timedelta(seconds=5)
"""What is silent for longer has ended: a worker was killed, and the next attempt has a turn of its own."""


@dataclass(frozen=True)
class Span:
    """One attempt to change something, or to put it back."""

    subject: Subject
    back: bool
    since: datetime
    until: datetime

    def meets(self, other: "Span") -> bool:
        """Whether there is an instant at which both are under way."""
        return self.since < other.until and other.since < self.until


def spans(vendor: Simulator, subjects: Iterable[Subject]) -> list[Span]:
    """Every attempt that the vendor has seen, by the request ids of the changes."""
    times: dict[str, list[datetime]] = {}
    for row in (*vendor.requests, *vendor.ledger):
        times.setdefault(row["request_id"] or "", []).append(moment(row))
    wanted = ((each, back, times.get(each.request_id(back), [])) for each in subjects for back in (False, True))
    return [Span(subject, back, since, until) for subject, back, seen in wanted for since, until in _parts(seen)]


def moment(row: dict[str, Any]) -> datetime:
    """When a row of a ledger or of a request log was written."""
    return datetime.fromisoformat(row["at"])


def most(found: Iterable[tuple[datetime, datetime]]) -> int:
    """At how many things, at most, were going on at one instant; what ends as another begins does not meet it."""
    edges = sorted(edge for since, until in found for edge in ((since, 1), (until, -1)))
    now = highest = 0
    for _, step in edges:
        now += step
        highest = max(highest, now)
    return highest


def collisions(found: list[Span]) -> list[str]:
    """Changes that were under way together although they need the same lock."""
    return [
        f"{one.subject.name} and {other.subject.name} were changed together at {max(one.since, other.since):%H:%M:%S}"
        for one, other in combinations(found, 2)
        if one.meets(other) and one.subject.locks & other.subject.locks
    ]


def _parts(seen: list[datetime]) -> list[tuple[datetime, datetime]]:
    """The first and the last instant of each group without a long pause."""
    times = sorted(seen)
    breaks = [number for number, (before, after) in enumerate(pairwise(times), start=1) if after - before > PAUSE]
    cuts = [0, *breaks, len(times)]
    return [(times[first], times[last - 1]) for first, last in pairwise(cuts) if last > first]
