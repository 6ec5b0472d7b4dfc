"""Queues with people waiting in them, the calls over an edge, and the capacity for calls."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from holdline.simulators.genesys.named import Named, fixed_id

NAMES = ("Billing", "Sales", "Technical support", "Complaints")

Told = Literal["instant", "duration", "not"]


@dataclass(frozen=True)
class Queue(Named):
    """A queue: since when each caller has waited (None: idle, no data at all), and the waits of the last minutes.

    `told` is how the longest wait is written: the instant of its begin, its length, or not at all.
    """

    since: tuple[datetime, ...] | None = None
    waits: tuple[timedelta, ...] = ()
    told: Told = "instant"


@dataclass(frozen=True)
class Capacity:
    """Calls and call sessions of the organisation, and how many there may be."""

    calls: int = 120
    most_calls: int = 1000
    sessions: int = 240
    most_sessions: int = 2000


def queue_name(number: int) -> str:
    """Four names, then plain numbers."""
    return NAMES[number] if number < len(NAMES) else f"Queue {number + 1}"


def queues(count: int) -> dict[str, Queue]:
    """So many idle queues by id."""
    found = [Queue(fixed_id("queue", queue_name(number)), queue_name(number)) for number in range(count)]
    return {queue.id: queue for queue in found}
