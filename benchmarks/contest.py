"""Ours and the floor in turns on one server, because the machine is never equally busy twice."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count, islice

from benchmarks import bare
from benchmarks.arrivals import Arrivals
from benchmarks.calls import Calls
from benchmarks.load import Cost, Life, drive, middle
from benchmarks.stage import Stage, in_memory, wired, working
from benchmarks.stage import floor as floor_workers
from benchmarks.story import Story, Trunk
from benchmarks.vendors import vendors

_NUMBERS = count(1)
_WARM = 8


@dataclass
class Contest:
    """The rounds of both so far."""

    ours: list[Cost] = field(default_factory=list)
    floor: list[Cost] = field(default_factory=list)


async def contest(stage: Stage, at_once: int, turn: timedelta, rounds: int, within: timedelta) -> tuple[Cost, Cost]:
    """Let the floor and ours (before vendors in memory) take turns; returns the medians of ours and of the floor.

    On a machine too busy for all rounds, no new one begins after `within`.
    """
    arrivals, found = Arrivals(), Contest()
    ours, floor = stories(stage, arrivals, fresh()), bares(stage)
    async with working(stage.client, [*in_memory(arrivals), *floor_workers(Calls(arrivals))]):
        await _warm(stage, ours, floor)
        until = time.perf_counter() + within.total_seconds()
        while len(found.ours) < rounds and (not found.ours or time.perf_counter() < until):
            found.floor.append(await drive(stage, floor, at_once, turn))
            print(f"floor   {found.floor[-1]}", flush=True)
            found.ours.append(await drive(stage, ours, at_once, turn))
            print(f"ours    {found.ours[-1]}", flush=True)
    return middle(found.ours), middle(found.floor)


async def _warm(stage: Stage, *sides: Iterator[Life]) -> None:
    """Who comes first pays for imports and connections."""
    for side in sides:
        await drive(stage, islice(side, _WARM), _WARM, timedelta(seconds=1))


async def before_simulators(stage: Stage, at_once: int, sites: int) -> Cost:
    """Ours with the product's own clients before the vendors' simulators on real sockets, once for each site."""
    arrivals = Arrivals()
    async with vendors(arrivals, sites) as there, working(stage.client, wired(there)):
        return await drive(stage, stories(stage, arrivals, there.trunks), at_once, timedelta(seconds=10))


def fresh() -> Iterator[Trunk]:
    """Trunks that have not failed yet."""
    return (Trunk(f"trunk-{number}", f"trunk-{number}/route-trunk-{number}") for number in _NUMBERS)


def stories(stage: Stage, arrivals: Arrivals, failing: Iterable[Trunk]) -> Iterator[Life]:
    """One incident for each trunk."""
    return (_ours(Story(stage.client, arrivals, trunk)) for trunk in failing)


def bares(stage: Stage) -> Iterator[Life]:
    """Bare workflows."""
    return (_floor(stage, f"bare-{number}") for number in _NUMBERS)


def _ours(story: Story) -> Life:
    async def live(places: asyncio.Semaphore) -> float:
        return (await story.live(places)).closed

    return live


def _floor(stage: Stage, name: str) -> Life:
    async def live(places: asyncio.Semaphore) -> float:
        try:
            await stage.client.execute_workflow(bare.WORKFLOW, name, id=name, task_queue=bare.INCIDENTS)
            return time.perf_counter()
        finally:
            places.release()

    return live
