"""Incidents per second with fifty at work: ours against a bare workflow with as many activities."""

from datetime import timedelta

from benchmarks.contest import before_simulators, contest
from benchmarks.figure import Figure, rate, run
from benchmarks.stage import stage

AT_ONCE = 50
TURN = timedelta(seconds=5)


async def throughput() -> Figure:
    """Measure in turns; the figure before simulators is for information."""
    async with stage() as here:
        ours, floor = await contest(here, AT_ONCE, TURN, rounds=3, within=timedelta(seconds=20))
        print(f"median of the floor:               {floor}")
        print(f"median of ours:                    {ours}")
        print(f"ours before simulators on sockets: {await before_simulators(here, AT_ONCE, sites=80)}")
    return rate("incidents_per_second_at_50", ours.rate, floor.rate, "incidents/s")


if __name__ == "__main__":
    run(throughput())
