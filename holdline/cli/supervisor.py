"""Child processes: started in order, restarted when they die, ended in reverse order, never left behind."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

_POLL: Final = timedelta(milliseconds=50)
_FIRST_PAUSE: Final = timedelta(seconds=1)
_LONGEST_PAUSE: Final = timedelta(seconds=30)
_STEADY: Final = timedelta(seconds=60)

Ready = Callable[[], Awaitable[bool]]
Tell = Callable[[str], None]


class ChildFailed(Exception):
    """A child ended while it started, or was not ready in time; the sentence says where its log is."""


@dataclass(frozen=True)
class Program:
    """A command that runs as a process of its own and ends when its standard input does.

    `ready` says whether it does its work; `grace` is how long it may take to end before it is killed; `pause` is the
    first wait before it is started again.
    """

    name: str
    command: tuple[str, ...]
    ready: Ready
    grace: timedelta = timedelta(seconds=10)
    patience: timedelta = timedelta(minutes=2)
    pause: timedelta = _FIRST_PAUSE


class Supervisor:
    """Runs programs. Each child holds the reading end of a pipe and ends when this process is gone."""

    def __init__(self, logs: Path, tell: Tell, environ: Mapping[str, str]) -> None:
        self._logs = logs
        self._tell = tell
        self._environ = dict(environ)
        self._children: dict[str, Child] = {}

    async def start(self, *programs: Program) -> None:
        """Start programs side by side and return when all are ready; from then on they are kept running.

        Raises ChildFailed with the first that is not.
        """
        self._logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        children = [Child(each, self._logs / f"{each.name}.log", self._tell, self._environ) for each in programs]
        self._children |= {child.name: child for child in children}
        await asyncio.gather(*(child.begin() for child in children))

    def kill(self, name: str) -> int | None:
        """Kill a program with SIGKILL and return the pid it had; it is started again. None where it is not running."""
        return self._children[name].kill()

    def pid(self, name: str) -> int | None:
        """The pid of a program, or None while it is not running."""
        return self._children[name].pid

    async def stop(self) -> None:
        """End every child, the last one first: SIGTERM, then SIGKILL after its grace."""
        for child in reversed(self._children.values()):
            await child.end()
        self._children.clear()

    def abandon(self) -> None:
        """Kill every child at once; none is started again."""
        for child in self._children.values():
            child.abandon()


class Child:
    """One program with its present process."""

    def __init__(self, program: Program, log: Path, tell: Tell, environ: Mapping[str, str]) -> None:
        self._program = program
        self._log = log
        self._tell = tell
        self._environ = environ
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """The name of the program."""
        return self._program.name

    @property
    def pid(self) -> int | None:
        """The pid while it runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    async def begin(self) -> None:
        """Start it, wait until it is ready, keep it running."""
        self._set_log_aside()
        await self._spawn()
        await self._await_ready()
        self._tell(f"{self.name} runs, pid {self.pid}")
        self._keeper = asyncio.create_task(self._keep())

    def kill(self) -> int | None:
        """Kill the process with SIGKILL and return its pid."""
        pid = self.pid
        if pid is not None and self._process is not None:
            self._process.kill()
        return pid

    def abandon(self) -> None:
        """Kill it, and do not start it again."""
        if self._keeper is not None:
            self._keeper.cancel()
        self.kill()

    async def end(self) -> None:
        """End it for good: SIGTERM, then SIGKILL after its grace."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), self._program.grace.total_seconds())
        except TimeoutError:
            self._tell(f"{self.name} did not end in time and is killed")
            process.kill()
            await process.wait()

    async def _spawn(self) -> None:
        log = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._program.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self._environ,
                start_new_session=True,
            )
        finally:
            os.close(log)

    async def _await_ready(self) -> None:
        process = self._process
        assert process is not None
        deadline = time.monotonic() + self._program.patience.total_seconds()
        while not await self._program.ready():
            if process.returncode is not None:
                raise ChildFailed(f"{self.name} {ended(process.returncode)} while it started. {self.words()}")
            if time.monotonic() > deadline:
                raise ChildFailed(f"{self.name} is not ready in time. {self.words()}")
            await asyncio.sleep(_POLL.total_seconds())

    async def _keep(self) -> None:
        pause = self._program.pause
        while True:
            started = time.monotonic()
            assert self._process is not None
            code = await self._process.wait()
            if time.monotonic() - started > _STEADY.total_seconds():
                pause = self._program.pause
            self._tell(f"{self.name} {ended(code)}; it starts again in {pause.total_seconds():g} s")
            await asyncio.sleep(pause.total_seconds())
            pause = min(2 * pause, _LONGEST_PAUSE)
            await self._again()

    async def _again(self) -> None:
        try:
            await self._spawn()
            await self._await_ready()
        except (ChildFailed, OSError) as failed:
            self._tell(str(failed))
            return
        self._tell(f"{self.name} runs again, pid {self.pid}")

    def _set_log_aside(self) -> None:
        if self._log.exists():
            self._log.replace(self._log.with_suffix(".log.1"))

    def words(self) -> str:
        """Where the log is, and its last line."""
        text = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
        said = [line for line in text.splitlines() if line.strip()]
        last = f" It last said: {said[-1][:300]}" if said else ""
        return f"Its log is {self._log}.{last}"


def ended(code: int) -> str:
    """How a process ended, in words."""
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
