"""How long and how often each thing is tried; call sites carry no numbers."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType

_AT_ONCE: Final = ActivityCancellationType.TRY_CANCEL


@dataclass(frozen=True)
class Patience:
    """One attempt's limit, the whole effort's limit, and the pauses between attempts.

    When the effort is given up, an attempt that is `awaited` has ended before anything else is done. Where there is a
    limit of `silence`, a worker that is not heard of for so long is given up before its attempt has ended.
    """

    attempt: timedelta
    effort: timedelta | None
    retry: RetryPolicy
    awaited: bool = False
    silence: timedelta | None = None

    def options(self) -> dict[str, Any]:
        """All of it as keyword arguments of an activity call."""
        kind = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED if self.awaited else _AT_ONCE
        return {
            "start_to_close_timeout": self.attempt,
            "schedule_to_close_timeout": self.effort,
            "heartbeat_timeout": self.silence,
            "retry_policy": self.retry,
            "cancellation_type": kind,
        }


def _retry(attempts: int, first: float, most: float = 60) -> RetryPolicy:
    return RetryPolicy(
        initial_interval=timedelta(seconds=first),
        backoff_coefficient=2,
        maximum_interval=timedelta(seconds=most),
        maximum_attempts=attempts,
    )


_SILENCE: Final = timedelta(seconds=10)
"""A worker that is killed keeps its place at the gate for so long; one that is merely slow is not given up."""

LOOK: Final = Patience(timedelta(seconds=5), timedelta(seconds=5), _retry(1, 1))
"""The look before anything is done: people are not kept waiting for it."""

READ: Final = Patience(timedelta(seconds=20), timedelta(seconds=60), _retry(3, 1))
"""A reading: when it fails the next one will come."""

CHECK: Final = Patience(timedelta(seconds=12), timedelta(seconds=40), _retry(3, 1))
"""Who is it? A person waits for the answer."""

CHANGE: Final = Patience(timedelta(seconds=30), timedelta(minutes=2), _retry(1, 1), True, _SILENCE)
"""One attempt to change something: the incident itself counts the attempts (S1.7)."""

REVERT: Final = Patience(timedelta(seconds=30), timedelta(minutes=10), _retry(0, 2), True, _SILENCE)
"""Putting something back: without limit, in rounds after which a person is told."""

JOIN: Final = Patience(timedelta(seconds=12), timedelta(seconds=40), _retry(3, 1))
"""Becoming one of many: where that fails, the incident pages for itself."""

PAGE: Final = Patience(timedelta(seconds=24), timedelta(seconds=120), _retry(3, 1), awaited=True)
"""Waking somebody: three attempts, then the next channel (S1.5).

One attempt looks for others of the same cause, and looks for a text and sends it.
"""

SILENCE: Final = Patience(timedelta(seconds=12), timedelta(seconds=60), _retry(3, 1))
"""Stopping a page from ringing: an operator who says something else meanwhile is not kept waiting for it."""

CLOSE: Final = Patience(timedelta(seconds=12), timedelta(hours=1), _retry(0, 2), awaited=True)
"""Resolving a page: late is better than never."""

RENEW: Final = Patience(timedelta(seconds=12), timedelta(seconds=60), _retry(3, 1))
"""Replacing a message by what is true now; the next change replaces it again."""

TICKET: Final = Patience(timedelta(seconds=24), timedelta(seconds=120), _retry(4, 1, 4), awaited=True)
"""Writing a ticket: three repeats after 1, 2 and 4 seconds, then it is a dead letter (S4.3)."""

BRIEF: Final = Patience(timedelta(seconds=24), timedelta(minutes=10), _retry(0, 1, 30))
"""Briefing the keeper of a ticket, which is Temporal's own work; a first brief waits for others of its cause."""

AT_THE_GATE: Final = Patience(timedelta(seconds=12), timedelta(hours=1), _retry(0, 0.5, 15))
"""Speaking to the gate: whoever wants to change something waits for it."""

POLL: Final = Patience(timedelta(seconds=45), timedelta(seconds=55), _retry(1, 1))
"""A look at everything of a source: when it fails the next tick will come."""

ANNOUNCE: Final = Patience(timedelta(seconds=30), timedelta(minutes=2), _retry(0, 1))
"""Telling incidents what was seen; what was not told is kept and told after the next tick."""
