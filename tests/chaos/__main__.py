"""`python -m tests.chaos`: a run of chaos, its table, and 1 where a promise was broken."""

import argparse
import asyncio
import logging
import os
import sys
import tempfile
from pathlib import Path
from random import SystemRandom

from tests.chaos.run import chaos


def main() -> int:
    """Run once with the seed given, or with a new one that is printed."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1_000_000))
    parser.add_argument("--incidents", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    chosen = parser.parse_args()
    # A server that is gone, and a caller that is gone, are no news here.
    for name in ("temporalio", "uvicorn"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    print(f"Chaos for {chosen.seconds:g}s over {chosen.incidents} incidents, seed {chosen.seed} …", flush=True)
    with tempfile.TemporaryDirectory(prefix="holdline-chaos-") as folder:
        verdict = asyncio.run(chaos(Path(folder), chosen.seed, chosen.incidents, chosen.seconds))
    print(verdict.table())
    return 1 if verdict.broken else 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # The Temporal client may abort the interpreter at its exit, long after everything has been told.
    os._exit(code)
