"""One process's part of a budget, in numbers that can be proved: no second and no minute holds more than its share."""

from collections import deque
from dataclasses import dataclass
from datetime import timedelta

from pydantic import Field

from holdline.domain.frozen import Rule

_SECOND = 1.0
_UNEVEN = 0.25
"""Seconds by which the ways of two requests to the vendor may differ without a second there holding more than here."""
_BURST = 0.1


class Limit(Rule):
    """What one credential may do, all processes together: in any second, and in any `window` of the vendor's length."""

    per_second: int = Field(ge=1)
    per_minute: int = Field(ge=1)
    window: timedelta = timedelta(minutes=1)


@dataclass(frozen=True)
class Part:
    """The part of one of `workers` processes.

    Whole numbers rounded down, so that the parts together never exceed the limit. A tenth of the window may go at once,
    the rest is spread: burst + window * rate = per_minute.
    """

    per_second: int
    burst: int
    interval: float

    @classmethod
    def of(cls, limit: Limit, workers: int, allowed: int | None) -> "Part":
        """Divide; a vendor that allows less than the limit is believed. Nobody has less than one request."""
        per_minute = max(1, min(limit.per_minute, allowed or limit.per_minute) // workers)
        burst = max(1, int(per_minute * _BURST))
        spread = max(1, per_minute - burst)
        return cls(max(1, limit.per_second // workers), burst, (limit.window.total_seconds() + _UNEVEN) / spread)


class Share:
    """Says when the next request may start; times in seconds of the loop's clock.

    The window is a generic cell rate algorithm: any stretch of W seconds holds at most burst + W / interval requests.
    The second is exact: the request `per_second` places back must lie a whole second behind.
    """

    def __init__(self, limit: Limit, workers: int) -> None:
        self._limit = limit
        self._asked: tuple[int, int | None] = (workers, None)
        self._part = Part.of(limit, workers, None)
        self._recent: deque[float] = deque(maxlen=self._part.per_second)
        self._owed = 0.0

    def divide(self, workers: int, allowed: int | None, now: float) -> None:
        """Take another part from now on; what was used stays used."""
        if (workers, allowed) == self._asked:
            return
        self._asked, before = (workers, allowed), self._part
        part = self._part = Part.of(self._limit, workers, allowed)
        self._recent = deque(self._recent, maxlen=part.per_second)
        self._owed = now + max(0.0, self._owed - now) * part.interval / before.interval

    @property
    def interval(self) -> float:
        """Seconds between two requests in the long run."""
        return self._part.interval

    def free(self, now: float) -> float:
        """When the next request may start."""
        paced = self._owed - (self._part.burst - 1) * self._part.interval
        full = len(self._recent) == self._part.per_second
        return max(now, paced, self._recent[0] + _SECOND + _UNEVEN if full else now)

    def take(self, now: float) -> None:
        """Count a request that starts now."""
        self._recent.append(now)
        self._owed = max(self._owed, now) + self._part.interval

    def drain(self, until: float) -> None:
        """Let nothing start before `until`, and no burst then."""
        self._owed = max(self._owed, until + (self._part.burst - 1) * self._part.interval)

    def within(self, seconds: float, now: float) -> float:
        """How many requests may start within the next seconds."""
        saved = max(0.0, self._part.burst - max(0.0, self._owed - now) / self._part.interval)
        return saved + seconds / self._part.interval
