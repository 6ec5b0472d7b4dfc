"""How many requests a key may make in a window, counted in fixed windows as the vendors do."""

import math
import time
from dataclasses import dataclass, replace
from datetime import timedelta

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Count:
    """A key's standing after one more request: used and allowed in this window, seconds until the next."""

    used: int
    allowed: int
    ends: float

    @property
    def over(self) -> bool:
        """Whether the request is one too many."""
        return self.used > self.allowed

    @property
    def reset(self) -> int:
        """Whole seconds until the window starts anew, at least 1."""
        return max(1, math.ceil(self.ends - time.monotonic()))


class Window:
    """A limit per key and window, which is a minute at all vendors; None allows everything."""

    def __init__(self, allowed: int | None, length: timedelta = MINUTE) -> None:
        self._allowed = allowed or 1_000_000_000
        self._length = length.total_seconds()
        self._counts: dict[str, Count] = {}

    def admit(self, key: str) -> Count:
        """Count one request of a key."""
        count = self._counts.get(key)
        if count is None or time.monotonic() >= count.ends:
            count = Count(0, self._allowed, time.monotonic() + self._length)
        count = self._counts[key] = replace(count, used=count.used + 1)
        return count

    def clear(self) -> None:
        """Start every key's window anew."""
        self._counts.clear()
