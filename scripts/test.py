"""Every check, then every test; arguments go to pytest."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from scripts import check

ROOT = Path(__file__).parents[1]
_FAILED = 1  # pytest's status for tests that failed; others mean that it could not run them


def main(arguments: list[str]) -> int:
    """Check and test; pytest's closing line is the last one. A person sees one failure after the other."""
    if os.environ.get("CI"):
        return _both(arguments)
    return check.main() or _in_order(arguments)


def _both(arguments: list[str]) -> int:
    """In CI the checks run beside the tests, which show their failures all the same: neither waits for the other."""
    checking = subprocess.Popen([sys.executable, "-m", "scripts.check"], cwd=ROOT)
    tested = _in_order(arguments)
    return checking.wait() or tested


def _in_order(arguments: list[str]) -> int:
    """Run every test in the order of a seed."""
    # CI keeps to one order, so that what fails there fails again; at home each run shuffles anew.
    seed = 1 if os.environ.get("CI") else secrets.randbelow(2**32)
    chosen = [] if any("randomly" in each for each in arguments) else [f"--randomly-seed={seed}"]
    print(f"tests, in the order of {' '.join(chosen) or 'the seed given'}", flush=True)
    # Most tests wait for a clock or a server: two processes for each processor, which take tests from each other.
    processes = f"--numprocesses={2 * (os.cpu_count() or 1)}"
    return _tested([*chosen, processes, "--dist=worksteal", *arguments])


def _tested(arguments: list[str]) -> int:
    """Run pytest; in CI what failed runs once more, alone: real processes on a busy machine can be too slow once.

    A test that fails both times fails the run; one that does not is named, so that somebody mends it. Only the second
    time assertions are explained: to prepare every file for that costs each process a quarter of a minute.
    """
    if not os.environ.get("CI"):
        return _pytest(arguments)
    status = _pytest([*arguments, "--assert=plain"])
    if status != _FAILED:
        return status
    print("what failed runs once more, alone; what passes now depends on how busy the machine is", flush=True)
    return _pytest([*arguments, "--numprocesses=0", "--last-failed", "-rA"])


def _pytest(arguments: list[str]) -> int:
    command = [sys.executable, "-m", "pytest", *arguments]
    # A dozen servers run beside the tests: with room for garbage they need an eighth less of the processors.
    environ = {"GOGC": "400", **os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    return subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode  # noqa: S603 - pytest, without a shell


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
