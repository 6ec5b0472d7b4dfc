"""What a vendor says is left in its own window, and how slowly to go so that everybody's requests fit into it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Self

_RESERVED = 0.02
"""The part of a window that is never used up."""
_LEAST = 0.1
"""The part of what is left that we take although others seem to need all of it."""
_FRESH = 1.5
"""Seconds by which the end of a window must move to be that of another one: vendors round to whole seconds."""
_SHORTEST = 0.5
"""Seconds of watching without which nothing is said about others."""


@dataclass(frozen=True)
class Standing:
    """One answer's words: what the window allows, what has been used of it, and seconds until the next one."""

    allowed: int
    used: int
    reset: float

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> Self | None:
        """Read `inin-ratelimit-count`, `-allowed`, `-reset` of Genesys or `ratelimit-limit`, `-remaining`, `-reset`.

        None where one is missing or no number. https://developer.genesys.cloud/platform/api/rate-limits and
        https://developer.pagerduty.com/docs/rest-api-rate-limits.
        """
        allowed = _number(headers, "inin-ratelimit-allowed", "ratelimit-limit")
        used, left = _number(headers, "inin-ratelimit-count"), _number(headers, "ratelimit-remaining")
        reset = _number(headers, "inin-ratelimit-reset", "ratelimit-reset")
        if used is None and allowed is not None and left is not None:
            used = allowed - left
        if allowed is None or used is None or reset is None or allowed < 1:
            return None
        return cls(allowed, max(used, 0), min(reset, 3600.0))


def _number(headers: Mapping[str, str], *names: str) -> int | None:
    said = next((headers[name] for name in names if name in headers), "").strip()
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None


class Window:
    """The vendor's current window as the last answer told it; times in seconds of the loop's clock.

    `sent` is how many requests this process has made so far, `workers` how many processes like it there are: what the
    vendor counted beyond theirs belongs to others who use the same credential.
    """

    def __init__(self) -> None:
        self.allowed: int | None = None
        self.ends = 0.0
        self._used = 0
        self._sent = 0
        self._others = 0.0
        self._began = (0.0, 0, 0)

    def learn(self, standing: Standing, now: float, sent: int, workers: int) -> None:
        """Take in an answer. Answers may overtake each other: within a window the highest count is the latest."""
        ends = now + standing.reset
        self.allowed = standing.allowed
        if now >= self.ends or ends > self.ends + _FRESH:
            self.ends, self._used, self._sent = ends, standing.used, sent
            self._began = (now, standing.used, sent)
        elif standing.used > self._used:
            self._used, self._sent = standing.used, sent
            self._watch(now, workers)

    def _watch(self, now: float, workers: int) -> None:
        """Estimate how many requests a second come from others."""
        began, used, sent = self._began
        if now - began >= _SHORTEST:
            self._others = max(0.0, (self._used - used - (self._sent - sent) * workers) / (now - began))

    def pause(self, now: float, sent: int, workers: int, wanted: Callable[[float], float]) -> float:
        """Seconds between two requests of this process so that the window lasts: 0 while there is enough, inf for none.

        `wanted` says how many requests this process may make by its own budget within so many seconds.
        """
        remaining = self.ends - now
        if self.allowed is None or remaining <= 0:
            return 0.0
        left = self.allowed - self._used - (sent - self._sent) * workers - max(1.0, _RESERVED * self.allowed)
        if left <= 0:
            return inf
        free = max(left - self._others * remaining, _LEAST * left)
        return 0.0 if free >= wanted(remaining) * workers else remaining * workers / free
