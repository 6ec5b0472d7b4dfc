"""Processor time per incident, of the worker's process and of the server: ours against a bare workflow."""

from datetime import timedelta

from benchmarks.contest import contest
from benchmarks.figure import Figure, cost, run
from benchmarks.stage import stage

AT_ONCE = 10
TURN = timedelta(seconds=5)


async def cpu() -> Figure:
    """Measure in turns; whoever reports the events and plays the vendors is in the worker's process."""
    async with stage() as here:
        ours, floor = await contest(here, AT_ONCE, TURN, rounds=3, within=timedelta(seconds=25))
        print(f"median of the floor: {floor}")
        print(f"median of ours:      {ours}")
    return cost("cpu_per_incident", ours.both, floor.both, "ms")


if __name__ == "__main__":
    run(cpu())
