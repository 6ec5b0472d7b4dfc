"""`python -m tests.halts`: every system and channel while a worker halts, as a table; 1 where something is doubled."""

import asyncio
import logging
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.endtoend.rig import rigged
from tests.halts.rounds import GOOD, Cell, every_halt, table
from tests.halts.vendors import PAIRS, plan


async def main() -> int:
    """Run every round, each channel in a rig of its own."""
    found: dict[Cell, str] = {}
    for channel, desk in PAIRS:
        with TemporaryDirectory(prefix="holdline-halts-") as folder:
            async with rigged(Path(folder), plan(channel, desk)) as rig:
                found |= await every_halt(rig, channel, desk)
    print(table(found))
    wrong = sum(said not in GOOD for said in found.values())
    print(f"{len(found)} requests, {wrong} done twice, or neither done nor told")
    return 1 if wrong else 0


if __name__ == "__main__":
    logging.getLogger("temporalio").setLevel(logging.CRITICAL)
    code = asyncio.run(main())
    sys.stdout.flush()
    # The Temporal client may abort the interpreter at its exit, long after everything has been told.
    os._exit(code)
