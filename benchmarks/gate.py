"""Passages through the gate per second, enter and leave: ours against the same signals with a workflow that echoes."""

import asyncio
import time
from datetime import timedelta
from itertools import count
from statistics import median
from typing import Any

from temporalio.client import Client

from activities.gatekeeping import Gatehouse, open_gate
from benchmarks.figure import Figure, rate, run
from benchmarks.passers import ECHO, BarePasser, Echo, Passer
from benchmarks.stage import stage, working
from holdline.domain import queues
from holdline.domain.gate import Limits
from workers.spec import WorkerSpec
from workflows.gate import GateWorkflow

AT_ONCE = 10
TIMES = 12
ROUNDS = 5
WITHIN = timedelta(seconds=40)
_NUMBERS = count(1)


async def gate() -> Figure:
    """Measure in turns, ten workflows at a time; fifty before a cap of ten are for information."""
    limits = Limits()
    spec = WorkerSpec(
        queues.INCIDENTS, (GateWorkflow, Passer, BarePasser, Echo), activities=(Gatehouse(limits).claim_at_gate,)
    )
    async with stage() as here, working(here.client, [spec]):
        await open_gate(here.client, limits)
        await here.client.start_workflow(Echo.run, id=ECHO, task_queue=queues.INCIDENTS)
        ours, floor = await _turns(here.client)
        print(f"fifty at once before a cap of ten: {await _passages(here.client, Passer.run, 50, 5):.1f} passages/s")
    return rate("gate_passages_per_second", ours, floor, "passages/s")


async def _turns(client: Client) -> tuple[float, float]:
    """The medians of ours and of the floor; no new round begins when the time is over."""
    ours: list[float] = []
    floor: list[float] = []
    for workflow in (BarePasser.run, Passer.run):
        await _passages(client, workflow, 4, 2)
    until = time.perf_counter() + WITHIN.total_seconds()
    while len(ours) < ROUNDS and (not ours or time.perf_counter() < until):
        floor.append(await _passages(client, BarePasser.run, AT_ONCE, TIMES))
        ours.append(await _passages(client, Passer.run, AT_ONCE, TIMES))
        print(f"floor {floor[-1]:6.1f}   ours {ours[-1]:6.1f} passages/s", flush=True)
    return median(ours), median(floor)


async def _passages(client: Client, workflow: Any, at_once: int, times: int) -> float:
    """How many passages a second so many workflows make together."""
    began = time.perf_counter()
    walks = [
        client.execute_workflow(workflow, times, id=f"passer-{next(_NUMBERS)}", task_queue=queues.INCIDENTS)
        for _ in range(at_once)
    ]
    counted = sum(await asyncio.gather(*walks))
    assert at_once * times == counted, counted
    return float(counted / (time.perf_counter() - began))


if __name__ == "__main__":
    run(gate())
