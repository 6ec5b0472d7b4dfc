"""Record the detector's histories anew: `python -m tests.histories.detectors.record`."""

import asyncio
from datetime import timedelta
from pathlib import Path

from holdline.domain import watching
from holdline.domain.detection import ELSE, Group, Plan, Source
from holdline.domain.sweep import Gap
from holdline.ports import Unavailable
from tests.histories.record import keep, runs
from tests.support.polled import Trunks, post
from workers.virtual import VirtualTime, virtual_time

FOLDER = Path(__file__).parent


async def record() -> None:
    """Tell the story and keep the history of every run."""
    async with virtual_time() as time:
        await _watch(time)
        await _long(time)


async def _watch(time: VirtualTime) -> None:
    """An outage and its end, a glitch, a lost source, deaf incidents, a look on demand, another plan, the end."""
    trunks = Trunks()
    trunks.script("a", "HBBBBHH")
    trunks.script("b", "HBBH?H")
    async with post(time, trunks) as watch:
        await watch.passes(8)
        trunks.gaps = (Gap(what="page 2 of 3 of the trunks", reason="Genesys: no answer in time"),)
        trunks.trouble.extend([Unavailable("Genesys", "no connection")] * 3)
        await watch.passes(6)
        trunks.gaps = ()
        trunks.script("b", "B")
        watch.ears.deaf = True
        await watch.passes(4)
        watch.ears.deaf = False
        await watch.passes(1)
        await watch.handle.signal(watching.POLL)
        await watch.after("1s")
        every = timedelta(minutes=2)
        slow = Group(name="slow", ids=("b", "gone"), every=every)
        await watch.adopts(Plan(source=Source.TRUNKS, groups=(slow, Group(name=ELSE))), lost=True)
        await watch.passes(5)
        await watch.handle.signal(watching.RETIRE)
        await watch.handle.result()
        keep("watch", await runs(watch.handle, time), FOLDER)


async def _long(time: VirtualTime) -> None:
    """A run after the other, with an outage across the seam."""
    trunks = Trunks()
    trunks.script("a", "HHHBBBBBHHH")
    async with post(time, trunks, ticks=4) as watch:
        for _ in range(9):
            await watch.passes(1)
            await watch.answers()
        await watch.handle.signal(watching.RETIRE)
        await watch.handle.result()
        keep("long", await runs(watch.handle, time), FOLDER)


if __name__ == "__main__":
    asyncio.run(record())
