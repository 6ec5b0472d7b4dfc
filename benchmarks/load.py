"""Many lives side by side: how many end in a second, and what each costs in processor time."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from benchmarks.stage import Stage

Life = Callable[[asyncio.Semaphore], Awaitable[float]]
"""Lives once, on a place that is taken already and given back; returns when it was over, by `time.perf_counter`.

Raises TimeoutError where the machine is so busy that Temporal lost a task, which is found again after its timeout.
"""


@dataclass(frozen=True)
class Cost:
    """`rate` in lives per second; processor time per life in milliseconds, of this process and of the server."""

    rate: float
    worker: float
    server: float

    @property
    def both(self) -> float:
        """Milliseconds of processor time per life, wherever they were spent."""
        return self.worker + self.server

    def __str__(self) -> str:
        spent = f"{self.worker:5.1f} ms worker + {self.server:5.1f} ms server"
        return f"{self.rate:6.1f} incidents/s, {spent} = {self.both:5.1f} ms CPU each"


async def drive(stage: Stage, lives: Iterator[Life], at_once: int, duration: timedelta) -> Cost:
    """Begin lives for a while, at most `at_once` at work at a time, and see them all through."""
    worker, server = time.process_time(), stage.server_cpu()
    ends = await _crowd(lives, asyncio.Semaphore(at_once), time.perf_counter() + duration.total_seconds())
    spent = (time.process_time() - worker, (stage.server_cpu() - server).total_seconds())
    return Cost(_steady([end for end in ends if end]), *(1000 * seconds / len(ends) for seconds in spent))


async def _crowd(lives: Iterator[Life], places: asyncio.Semaphore, until: float) -> list[float | None]:
    """New ones wait for a place one after the other, so that those under way are not crowded out."""
    begun: list[asyncio.Task[float | None]] = []
    async with asyncio.TaskGroup() as group:
        for live in lives:
            await places.acquire()
            if time.perf_counter() > until and begun:
                break
            begun.append(group.create_task(_end(live, places)))
    return [task.result() for task in begun]


async def _end(live: Life, places: asyncio.Semaphore) -> float | None:
    try:
        return await live(places)
    except TimeoutError:
        print("one took too long and is left out of the rate", flush=True)
        return None


def _steady(ends: Sequence[float]) -> float:
    """Ends per second in the middle of the run, without the time it takes to fill and to empty."""
    ordered = sorted(ends)
    if not ordered:
        sys.exit("not one incident ended in time: the machine is too busy to measure anything")
    fifth = len(ordered) // 5
    first, last = ordered[fifth], ordered[-fifth - 1]
    return (len(ordered) - 2 * fifth - 1) / (last - first) if last > first else 0.0


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each column."""
    columns = ([each.rate for each in costs], [each.worker for each in costs], [each.server for each in costs])
    return Cost(*(median(column) for column in columns))
