"""The word about what was not understood: a warning at most once a minute for each source and reason (S4.6)."""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from holdline.domain.text import clean
from holdline.gateway import scrub

_PAUSE: Final = timedelta(minutes=1)
_REASONS: Final = 32
_OTHERS: Final = "several reasons"
_log = logging.getLogger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


class Quarantine:
    """Tells the log that authentic events open and feed nothing, and why; never what they say."""

    def __init__(self, clock: Callable[[], datetime] = _now) -> None:
        self._clock = clock
        self._told: dict[tuple[str, str], datetime] = {}
        self._since: Counter[tuple[str, str]] = Counter()

    def take(self, source: str, reason: str) -> None:
        """Count an event that has just been put aside, and say so unless that was said within the minute."""
        now = self._clock()
        about = self._about(source, reason, now)
        self._since[about] += 1
        told = self._told.get(about)
        # A clock that is put back must not silence this.
        if told is not None and timedelta(0) <= now - told < _PAUSE:
            return
        self._told[about] = now
        _log.warning(
            "Not understood and put in quarantine: %d more from %s (%s). They open nothing; "
            "`holdline deadletter list` shows them.",
            self._since.pop(about),
            source,
            about[1],
        )

    def _about(self, source: str, reason: str, now: datetime) -> tuple[str, str]:
        """A source and a reason, one for all others while a sender has too many of them."""
        about = (source, clean(scrub.text(reason), 300))
        if about not in self._told and len(self._told) >= _REASONS:
            self._forget(now)
            if len(self._told) >= _REASONS:
                return (source, _OTHERS)
        return about

    def _forget(self, now: datetime) -> None:
        for about in [each for each, told in self._told.items() if now - told >= _PAUSE]:
            del self._told[about]
            self._since[about[0], _OTHERS] += self._since.pop(about, 0)
