"""Every check, then every test; arguments go to pytest."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from scripts import check

ROOT = Path(__file__).parents[1]


def main(arguments: list[str]) -> int:
    """Check, then test; pytest's closing line is the last one. CI shows both, a person one failure after the other."""
    failed = check.main()
    if failed and not os.environ.get("CI"):
        return failed
    # CI keeps to one order, so that what fails there fails again; at home each run shuffles anew.
    seed = 1 if os.environ.get("CI") else secrets.randbelow(2**32)
    chosen = [] if any("randomly" in each for each in arguments) else [f"--randomly-seed={seed}"]
    print(f"tests, in the order of {' '.join(chosen) or 'the seed given'}", flush=True)
    command = [sys.executable, "-m", "pytest", *chosen, *arguments]
    done = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603 - pytest, without a shell
    return done.returncode or failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
