"""`python -m tests.fifty`: a storm, its table, one line of JSON, and 1 where a promise was broken."""

import argparse
import asyncio
import logging
import os
import sys
import tempfile
from pathlib import Path
from random import SystemRandom

from tests.fifty.run import Storm
from tests.fifty.storm import storm


def main() -> int:
    """Run once with the seed given, or with a new one that is printed."""
    parser = argparse.ArgumentParser(prog="make fifty", description=__doc__)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1_000_000))
    parser.add_argument("--trunks", type=int, default=50)
    parser.add_argument("--queues", type=int, default=10)
    parser.add_argument("--cap", type=int, default=10, help="what is promised")
    parser.add_argument("--let", type=int, help="what the gate is told, to see that the promise is watched")
    parser.add_argument("--kill-every", type=float, help="kill a worker every so many seconds")
    parser.add_argument("--kills", type=int, default=1000, help="and stop after so many")
    parser.add_argument("--slow", type=float, default=0.7, help="seconds that each write takes at the vendor")
    parser.add_argument("--limited", action="store_true", help="keep the usual budget and the vendors' own limits")
    chosen = Storm(**vars(parser.parse_args()))
    for name in ("temporalio", "uvicorn"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    print(f"{chosen.trunks} trunks and {chosen.queues} queues fail at once, seed {chosen.seed} …", flush=True)
    with tempfile.TemporaryDirectory(prefix="holdline-fifty-") as folder:
        verdict = asyncio.run(storm(Path(folder), chosen))
    print(verdict.table())
    return 1 if verdict.broken or verdict.late else 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # The Temporal client may abort the interpreter at its exit, long after everything has been told.
    os._exit(code)
