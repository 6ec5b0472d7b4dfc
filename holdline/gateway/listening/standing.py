"""Whether the channel is up, since when, and what it may tell: for /readyz, the metric and the log."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from temporalio.common import MetricMeter

from holdline.domain.duration import say
from holdline.domain.text import clean
from holdline.ports import Subscription

_METRIC = "holdline_gateway_notifications"
_log = logging.getLogger(__name__)


class Standing:
    """What is known about the channel; the words for the log are made here."""

    def __init__(self, clock: Callable[[], datetime], meter: MetricMeter = MetricMeter.noop) -> None:
        self._clock = clock
        self._up = False
        self._since = clock()
        self._reason = "not opened yet"
        self._gaps = 0
        self._failing = False
        self._permitted = 0
        self._rejected = 0
        self._said: set[str] = set()
        self._metric = meter.create_gauge(_METRIC, "1 while the notification channel is up")
        self._metric.set(0)

    def report(self) -> dict[str, Any]:
        """What /readyz says."""
        return {
            "status": "up" if self._up else "down",
            "since": self._since.isoformat(),
            "reason": self._reason,
            "gaps": self._gaps,
            "topics": self._permitted,
            "rejected": self._rejected,
        }

    def up(self) -> bool:
        """A socket is open and subscribed; returns whether there was a gap before it, which is logged here."""
        self._failing = False
        if self._up:
            return False
        now = self._clock()
        if self._gaps:
            gone = say(now - self._since)
            _log.warning("Genesys notifications were lost for %s (%s); the detectors look now.", gone, self._reason)
        else:
            _log.info("Genesys notifications are heard, on %d topics.", self._permitted)
        self._up, self._since, self._reason = True, now, ""
        self._metric.set(1)
        return True

    def lost(self, reason: str) -> None:
        """What is told now is not heard."""
        self._up, self._since, self._reason = False, self._clock(), clean(reason)
        self._metric.set(0)
        self._gaps += 1

    def fails(self, reason: str) -> None:
        """A channel cannot be opened; said once until one is."""
        if not self._failing:
            _log.warning("No Genesys notifications: %s; it is tried again.", reason)
        self._failing = True
        if not self._up:
            self._reason = clean(reason)

    def subscribed(self, answers: Iterable[Subscription]) -> None:
        """Count the topics; what is rejected is said once."""
        rejected = [each for each in answers if not each.permitted]
        self._permitted = sum(1 for each in answers if each.permitted)
        self._rejected = len(rejected)
        grouped: dict[str, list[str]] = {}
        for each in rejected:
            grouped.setdefault(_why(each), []).append(each.topic)
        for why, topics in grouped.items():
            if why not in self._said:
                self._said.add(why)
                more = f" and {len(topics) - 1} more" if len(topics) > 1 else ""
                _log.warning("Genesys does not send the topic %s%s: %s.", clean(topics[0]), more, why)


def _why(answer: Subscription) -> str:
    if answer.missing:
        return f"the OAuth client lacks the permission {', '.join(map(clean, answer.missing))}"
    return answer.reason or "no reason was given"
