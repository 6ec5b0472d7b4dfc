"""`python -m tests.tickets`: the whole grid as a table, and 1 where an incident has not exactly one ticket."""

import asyncio
import logging
import os
import sys

from tests.contracts.rig import rigged
from tests.endtoend.aim import aimable
from tests.support.distant import distant
from tests.tickets import unreached
from tests.tickets.grid import CALLS, Grid, cells, table
from tests.tickets.unreached import Unreached
from workers.virtual import virtual_time

GOOD = ("once", "reconciled")


async def main() -> int:
    """Run every cell."""
    async with rigged(prepare=aimable) as rig, virtual_time() as time:
        grid = Grid(time, rig)
        verdicts = await grid.run(cells(CALLS))
        async with distant(rig) as away:
            lost = await Unreached(time, rig, away).run(unreached.cells())
        unused, doubled = len(grid.unused()), len(grid.doubled())
    print(table(verdicts))
    print(table(lost))
    verdicts |= lost
    wrong = sum(said not in GOOD for said in verdicts.values())
    print(f"{len(verdicts)} incidents, {wrong} without exactly one ticket that is closed")
    print(f"{unused} faults that no call has met, {doubled} comments that stand there twice")
    return 1 if wrong or unused or doubled else 0


if __name__ == "__main__":
    logging.getLogger("temporalio").setLevel(logging.CRITICAL)
    code = asyncio.run(main())
    sys.stdout.flush()
    # The Temporal client may abort the interpreter at its exit, long after everything has been told.
    os._exit(code)
