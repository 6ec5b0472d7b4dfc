"""Children for a supervisor: small programs that leave marks in a folder."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from holdline.cli.supervisor import Program, Supervisor
from tests.cli.console import environment

CHILD = """
import os, pathlib, signal, sys, time
from holdline.cli import lifeline
folder, name, *wishes = sys.argv[1:]
if "failing" in wishes:
    print("no such thing")
    sys.exit(3)
lifeline.hold()
def end(*_):
    with open(f"{folder}/ended", "a") as log:
        log.write(name + " ")
    os._exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if "stubborn" in wishes else end)
pathlib.Path(f"{folder}/{name}.{os.getpid()}").touch()
while True:
    time.sleep(60)
"""


class Yard:
    """A folder where children leave their marks, and what the supervisor told about them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: list[str] = []
        self.supervisor = Supervisor(folder / "logs", self.told.append, environment({}))

    def child(self, name: str, *wishes: str, **limits: object) -> Program:
        """A child that is ready when it has left its mark."""

        async def ready() -> bool:
            return self.supervisor.pid(name) in self.pids(name)

        command = (sys.executable, "-c", CHILD, str(self.folder), name, *wishes)
        return Program(name, command, ready, **limits)  # type: ignore[arg-type]

    def pids(self, name: str) -> list[int]:
        """The pids that a child of this name has had."""
        return [int(mark.suffix[1:]) for mark in self.folder.glob(f"{name}.*")]

    @property
    def ended(self) -> list[str]:
        """The children that ended by themselves when they were asked to, in order."""
        log = self.folder / "ended"
        return log.read_text(encoding="utf-8").split() if log.exists() else []


def alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for yet does not."""
    with suppress(FileNotFoundError, ProcessLookupError):
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        return state not in ("Z", "X")
    return _signalled(pid) if not os.path.isdir("/proc/self") else False


def _signalled(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
