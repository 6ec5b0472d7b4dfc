"""Runs the real command: into pipes, or on a terminal of its own."""

import asyncio
import fcntl
import os
import pty
import re
import struct
import sys
import termios
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 90.0
_OURS = ("HOLDLINE_", "TEMPORAL_", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class Done:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines of standard output."""
        return self.out.splitlines()


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """The environment of this process without what configures Holdline or colours, and with `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return kept | {"PYTHONUTF8": "1"} | dict(more)


@asynccontextmanager
async def started(*arguments: str, environ: Mapping[str, str], cwd: Path | None = None) -> AsyncIterator[Process]:
    """A command under way, in a session of its own; whatever still runs at the end is killed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "holdline", *arguments),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env=environment(environ),
        cwd=cwd,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def holdline(
    *arguments: str, environ: Mapping[str, str], given: bytes = b"", cwd: Path | None = None, patience: float = PATIENCE
) -> Done:
    """Run a command to its end."""
    async with started(*arguments, environ=environ, cwd=cwd) as process:
        async with asyncio.timeout(patience):
            out, err = await process.communicate(given)
        assert process.returncode is not None
        return Done(process.returncode, out.decode(), err.decode())


async def eventually(true: Callable[[], Awaitable[bool]], patience: float = PATIENCE) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(patience):
        while True:
            if await true():
                return
            await asyncio.sleep(0.05)


class Terminal:
    """A command on a terminal of a given width; `seen` is what it has printed, without colours and moves."""

    def __init__(self, process: Process, descriptor: int) -> None:
        self.process = process
        self._descriptor = descriptor
        self._raw = bytearray()

    @property
    def raw(self) -> str:
        """Everything as it was sent to the terminal."""
        return self._raw.decode(errors="replace")

    @property
    def seen(self) -> str:
        """The text of it."""
        return _ESCAPES.sub("", self.raw)

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self._descriptor, keys.encode())

    async def shows(self, text: str, patience: float = PATIENCE) -> None:
        """Wait until it has printed a text."""

        async def told() -> bool:
            return text in self.seen

        await eventually(told, patience)

    async def ends(self, patience: float = PATIENCE) -> int:
        """Wait for its end and return the exit code."""
        async with asyncio.timeout(patience):
            code = await self.process.wait()
        self.read()
        return code

    def read(self) -> None:
        """Take what has been printed."""
        with suppress(BlockingIOError, OSError):
            while chunk := os.read(self._descriptor, 65536):
                self._raw += chunk


@asynccontextmanager
async def terminal(
    *arguments: str, environ: Mapping[str, str], columns: int = 100, rows: int = 40
) -> AsyncIterator[Terminal]:
    """A command on a terminal; whatever still runs at the end is killed."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.set_blocking(ours, False)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "holdline", *arguments),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment({"TERM": "xterm-256color", **environ}),
        start_new_session=True,
        preexec_fn=_own_terminal,
    )
    os.close(theirs)
    shown = Terminal(process, ours)
    loop = asyncio.get_running_loop()
    loop.add_reader(ours, shown.read)
    try:
        yield shown
    finally:
        loop.remove_reader(ours)
        if process.returncode is None:
            process.kill()
        await process.wait()
        os.close(ours)


def _own_terminal() -> None:
    """Make standard input the terminal of the new session, so that Ctrl-C is a signal."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
