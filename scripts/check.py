"""Every check that is no test, all of them even when one fails; exit status 1 when any does."""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


def steps() -> dict[str, list[str]]:
    """Return the checks by name, each a command line."""
    found = {
        "format": [str(BIN / "ruff"), "format", "--check", "--quiet", "."],
        "lint": [str(BIN / "ruff"), "check", "--quiet", "."],
        "budgets": [sys.executable, "-m", "scripts.budgets"],
        "import contracts": [str(BIN / "lint-imports"), "--no-logo"],
        "types": [str(BIN / "mypy")],
    }
    if (ROOT / "scripts" / "docs.py").exists():
        found["generated docs"] = [sys.executable, "-m", "scripts.docs", "--check"]
    return found


def main() -> int:
    """Run the checks and print what failed."""
    failed = [name for name, command in steps().items() if not _passes(name, command)]
    if failed:
        print(f"check failed: {', '.join(failed)}")
    return 1 if failed else 0


def _passes(name: str, command: list[str]) -> bool:
    began = time.monotonic()
    done = subprocess.run(  # noqa: S603 - the commands above
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    passed = done.returncode == 0
    print(f"{'ok  ' if passed else 'FAIL'} {name} ({time.monotonic() - began:.1f}s)", flush=True)
    if not passed:
        print(done.stdout.decode(errors="replace").rstrip(), flush=True)
    return passed


if __name__ == "__main__":
    sys.exit(main())
