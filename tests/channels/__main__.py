"""`python -m tests.channels`: the grid as a table, and 1 where one channel told twice, or nobody was told."""

import asyncio
import logging
import os
import sys

from tests.channels import mail, unreached
from tests.channels.grid import Grid, cells, table
from tests.channels.mail import Mailing
from tests.channels.unreached import Unreached
from tests.contracts.rig import rigged
from tests.endtoend.aim import aimable
from tests.support.distant import distant
from workers.virtual import virtual_time

GOOD = ("once", "next", "both", "believed")


async def main() -> int:
    """Run every cell."""
    async with rigged(prepare=aimable) as rig, virtual_time() as time:
        grid = Grid(time, rig.sandbox, rig.hasty)
        verdicts = await grid.run(cells())
        async with distant(rig) as away:
            verdicts |= await Unreached(time, rig.sandbox, away).run(unreached.cells())
        unused = grid.unused()
        letters = await Mailing(time, rig.sandbox, rig.hasty).run(mail.cells())
    print(table(verdicts))
    print(table(letters))
    verdicts |= letters
    wrong = sum(said not in GOOD for said in verdicts.values())
    print(f"{len(verdicts)} incidents, {wrong} told twice by one channel, or not at all; {len(unused)} faults not met")
    return 1 if wrong or unused else 0


if __name__ == "__main__":
    logging.getLogger("temporalio").setLevel(logging.CRITICAL)
    code = asyncio.run(main())
    sys.stdout.flush()
    # The Temporal client may abort the interpreter at its exit, long after everything has been told.
    os._exit(code)
