"""How fast one lane goes: the first event at once, a change at once, repeats ever more seldom."""

import math
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from holdline.domain.incident import Severity, worst
from holdline.domain.observation import Verdict

NEVER: Final = math.inf
_CHANGES: Final = 10
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0

News = tuple[Verdict, Severity]
"""What an event says, as far as its urgency goes."""


@dataclass(frozen=True)
class Rhythm:
    """The window after a signal in which repeats gather: `first`, then twice as long each time, up to `calmest`."""

    first: timedelta
    calmest: timedelta


@dataclass(slots=True)
class Pace:
    """When a lane is due. Instants are seconds on the event loop's clock; `due` is NEVER while nothing waits.

    A changed verdict or a worse severity does not wait for the window, unless the entity flaps: the eleventh change
    within the calmest window waits like a repeat.
    """

    rhythm: Rhythm
    due: float = NEVER
    busy: bool = False
    _said: News | None = None
    _sent_at: float = -math.inf
    _window: float = 0.0
    _failures: int = 0
    _changes: deque[float] = field(default_factory=lambda: deque(maxlen=_CHANGES))
    _heard: set[News | None] = field(default_factory=set)

    def hear(self, news: News | None, now: float) -> None:
        """An event waits; what arrives before a delivery has succeeded is thought about after it. None is urgent."""
        if self.busy or self._failures:
            self._heard.add(news)
            return
        at_once = news is None or self._rested(now) or self._hurries(news, now)
        self.due = min(self.due, now if at_once else self._sent_at + self._window)

    def sent(self, news: News | None, now: float) -> None:
        """A delivery ended well; None where it said nothing that could repeat itself."""
        changed = news is not None and self._changed(news)
        if changed:
            self._changes.append(now)
        fresh = changed or self._silent(now)
        first = self.rhythm.first.total_seconds()
        self._window = first if fresh else min(2 * self._window, self.rhythm.calmest.total_seconds())
        self._said, self._sent_at, self._failures = self._says(news), now, 0
        self._resume(now)

    def idle(self, now: float) -> None:
        """There was nothing to deliver."""
        self._failures = 0
        self._resume(now)

    def failed(self, now: float) -> None:
        """A delivery failed and is to be repeated after a pause, 0.2 s and longer each time up to 5 s."""
        pause = min(_FIRST_PAUSE * 2 ** min(self._failures, 10), _LONGEST_PAUSE)
        self._failures += 1
        self._resume(now)
        self.due = now + pause

    def forgettable(self, now: float) -> bool:
        """Whether nothing waits and the lane was silent for so long that it starts anew anyway."""
        return not self.busy and self.due == NEVER and self._silent(now)

    def _says(self, news: News | None) -> News | None:
        """What the incident has been told by now."""
        if news is None or self._said is None:
            return news or self._said
        verdict, severity = news
        said, before = self._said
        if verdict is Verdict.UNKNOWN:
            return self._said
        return verdict, worst(severity, before) if verdict is said else severity

    def _resume(self, now: float) -> None:
        self.busy, self.due = False, NEVER
        heard, self._heard = self._heard, set()
        for news in heard:
            self.hear(news, now)

    def _rested(self, now: float) -> bool:
        return now >= self._sent_at + self._window

    def _silent(self, now: float) -> bool:
        return now - self._sent_at >= 2 * self.rhythm.calmest.total_seconds()

    def _hurries(self, news: News, now: float) -> bool:
        calm = len(self._changes) < _CHANGES or now - self._changes[0] > self.rhythm.calmest.total_seconds()
        return calm and self._changed(news)

    def _changed(self, news: News) -> bool:
        """UNKNOWN says nothing new; HEALTHY has no severity to be worse in."""
        verdict, severity = news
        if self._said is None or verdict is Verdict.UNKNOWN:
            return self._said is None
        said, before = self._said
        return verdict is not said or (verdict is Verdict.BREACH and severity.rank > before.rank)
