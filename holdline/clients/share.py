"""One process's part of a budget, in numbers that can be proved: no second and no minute holds more than its share."""

from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from math import inf

from pydantic import Field

from holdline.domain.frozen import Rule

_SECOND = 1.0
_BURST = 0.25


class Limit(Rule):
    """What one credential may do, all processes together: in any second, and in any `window` of the vendor's length."""

    per_second: int = Field(ge=1)
    per_minute: int = Field(ge=1)
    window: timedelta = timedelta(minutes=1)


@dataclass(frozen=True)
class Part:
    """The part of one of `workers` processes.

    Whole numbers rounded down, so that the parts together never exceed the limit. A quarter of the window may go at
    once, because incidents come in storms; the rest is spread: burst + window / interval = per_minute.
    """

    per_second: int
    per_minute: int
    burst: int
    interval: float

    @classmethod
    def of(cls, limit: Limit, workers: int, allowed: int | None) -> "Part":
        """Divide; a vendor that allows less than the limit is believed. Nobody has less than one request."""
        per_minute = max(1, min(limit.per_minute, allowed or limit.per_minute) // workers)
        burst = max(1, int(per_minute * _BURST))
        interval = limit.window.total_seconds() / max(1, per_minute - burst)
        return cls(max(1, limit.per_second // workers), per_minute, burst, interval)


class Places:
    """So many places in any stretch of `seconds`; a request keeps its place until so long after it was answered.

    The vendor sees a request between its start and its answer, at nobody knows which instant. Of more requests than
    places the last one starts when one of the others was answered `seconds` ago, so no stretch there holds them all,
    however long each was on its way.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._under_way = 0
        self._answered: deque[float] = deque()

    def free(self, places: int, now: float) -> float:
        """When a place is free: now, later, or inf while nothing but an answer frees one."""
        while self._answered and self._answered[0] + self._seconds <= now:
            self._answered.popleft()
        missing = self._under_way + len(self._answered) - places
        if missing < 0:
            return now
        return self._answered[missing] + self._seconds if missing < len(self._answered) else inf

    def take(self) -> None:
        """A request starts."""
        self._under_way += 1

    def give(self, now: float) -> None:
        """A request was answered, or has failed."""
        self._under_way -= 1
        self._answered.append(now)


class Share:
    """Says when the next request may start; times in seconds of the loop's clock.

    The pace is a generic cell rate algorithm: any W seconds begin at most burst + W / interval requests. The places
    bound what arrives in any second and any window, even where requests overtake each other.
    """

    def __init__(self, limit: Limit, workers: int) -> None:
        self._limit = limit
        self._asked: tuple[int, int | None] = (workers, None)
        self._part = Part.of(limit, workers, None)
        self._second = Places(_SECOND)
        self._window = Places(limit.window.total_seconds())
        self._owed = 0.0
        self._drained = 0.0

    def divide(self, workers: int, allowed: int | None, now: float) -> None:
        """Take another part from now on; what was used stays used."""
        if (workers, allowed) == self._asked:
            return
        self._asked, before = (workers, allowed), self._part
        part = self._part = Part.of(self._limit, workers, allowed)
        self._owed = now + max(0.0, self._owed - now) * part.interval / before.interval

    @property
    def interval(self) -> float:
        """Seconds between two requests in the long run."""
        return self._part.interval

    def free(self, now: float, *, first: bool = True) -> float:
        """When the next request may start; inf while that depends on an answer alone.

        Half of what may go at once is kept for the `first` looks of incidents that are still to come.
        """
        part = self._part
        kept = 0 if first or now < self._drained else part.burst // 2
        burst = part.burst - kept
        paced = self._owed - (burst - 1) * part.interval
        return max(now, paced, self._second.free(part.per_second, now), self._window.free(part.per_minute, now))

    def take(self, now: float) -> None:
        """Count a request that starts now."""
        self._second.take()
        self._window.take()
        self._owed = max(self._owed, now) + self._part.interval

    def give(self, now: float) -> None:
        """Count its answer, or its failure."""
        self._second.give(now)
        self._window.give(now)

    def drain(self, until: float) -> None:
        """Let nothing start before `until`, and no burst then; nothing is kept until there could be one again."""
        self._owed = max(self._owed, until + (self._part.burst - 1) * self._part.interval)
        self._drained = max(self._drained, until + self._part.burst * self._part.interval)

    def within(self, seconds: float, now: float) -> float:
        """How many requests may start within the next seconds by the pace alone."""
        saved = max(0.0, self._part.burst - max(0.0, self._owed - now) / self._part.interval)
        return saved + seconds / self._part.interval
