"""From an event to the first request at a vendor's socket, at ten incidents a second."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import count, islice
from statistics import median, quantiles

import httpx

from benchmarks import bare
from benchmarks.arrivals import Arrivals
from benchmarks.calls import Calls
from benchmarks.figure import Figure, cost, run
from benchmarks.stage import Stage, floor, stage, wired, working
from benchmarks.story import Story, Trunk
from benchmarks.vendors import vendors

PER_SECOND = 10
TURN = timedelta(seconds=3)
ROUNDS = 4
# On a machine too busy for all rounds, no new one begins after this.
WITHIN = timedelta(seconds=30)
SIZE = round(PER_SECOND * TURN.total_seconds())

Life = Callable[[], Awaitable["Delay"]]


@dataclass(frozen=True)
class Delay:
    """Seconds from the event to its first request, and to the first page (ours) or to the activity (the floor)."""

    call: float
    other: float


async def first_call() -> Figure:
    """Measure in turns, before the simulators on real sockets; both have their connections open already."""
    arrivals = Arrivals()
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(stage())
        there = await stack.enter_async_context(vendors(arrivals, SIZE + 1))
        vendor = await stack.enter_async_context(httpx.AsyncClient(base_url=there.genesys))
        await stack.enter_async_context(working(here.client, [*wired(there), *floor(Calls(arrivals, vendor))]))
        ours, least = await _rounds(here, arrivals, there.trunks)
    print(f"floor, event to activity:            {_told([each.other for each in least])}")
    print(f"floor, event to request at a socket: {_told([each.call for each in least])}")
    print(f"ours, event to request at a socket:  {_told([each.call for each in ours])}")
    print(f"ours, event to page at a socket:     {_told([each.other for each in ours])}")
    p50 = [1000 * median(each.call for each in side) for side in (ours, least)]
    return cost("event_to_first_call_p50", p50[0], p50[1], "ms")


async def _rounds(here: Stage, arrivals: Arrivals, failing: Sequence[Trunk]) -> tuple[list[Delay], list[Delay]]:
    """Ours and the floor's, in turns; the first of each only warms up."""
    ours: list[Delay] = []
    least: list[Delay] = []
    names = (f"bare-{number}" for number in count())
    await asyncio.gather(_ours(here, arrivals, failing[0]), _floor(here, arrivals, next(names)))
    until = time.perf_counter() + WITHIN.total_seconds()
    for epoch in range(1, ROUNDS + 1):
        if ours and time.perf_counter() > until:
            break
        arrivals.forget()
        least += await _paced([partial(_floor, here, arrivals, name) for name in islice(names, SIZE)])
        ours += await _paced([partial(_ours, here, arrivals, replace(trunk, epoch=epoch)) for trunk in failing[1:]])
    return ours, least


async def _paced(lives: Sequence[Life]) -> list[Delay]:
    """Begin one after the other at an even pace, whatever becomes of those before; see all of them through."""
    begun = []
    start = time.perf_counter()
    for number, live in enumerate(lives):
        await asyncio.sleep(max(0.0, start + number / PER_SECOND - time.perf_counter()))
        begun.append(asyncio.ensure_future(live()))
    found = await asyncio.gather(*begun, return_exceptions=True)
    if errors := [each for each in found if isinstance(each, BaseException) and not isinstance(each, TimeoutError)]:
        raise errors[0]
    return [each for each in found if not isinstance(each, BaseException)]


async def _ours(here: Stage, arrivals: Arrivals, trunk: Trunk) -> Delay:
    lived = await Story(here.client, arrivals, trunk).live(asyncio.Semaphore(0))
    return Delay(lived.called - lived.opened, lived.paged - lived.opened)


async def _floor(here: Stage, arrivals: Arrivals, name: str) -> Delay:
    opened = time.perf_counter()
    await here.client.execute_workflow(bare.WORKFLOW, name, id=name, task_queue=bare.INCIDENTS)
    return Delay(await arrivals.of(name) - opened, await arrivals.of(f"{name}:activity") - opened)


def _told(delays: Sequence[float]) -> str:
    cuts = quantiles([1000 * each for each in delays], n=100)
    return f"p50 {cuts[49]:6.1f} ms, p90 {cuts[89]:6.1f} ms, p99 {cuts[98]:6.1f} ms"


if __name__ == "__main__":
    run(first_call())
