"""One process of ours under a test's hand: started, killed, frozen, ended, and never left behind."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx

Ready = Callable[[], Awaitable[bool]]

_ROOT: Final = Path(__file__).parents[2]
_POLL: Final = 0.05
_LINES: Final = 25


class Process:
    """A command of ours, `python -m holdline …`, and the question whether it is ready."""

    def __init__(
        self, name: str, arguments: tuple[str, ...], ready: Ready, log: Path, environ: Mapping[str, str]
    ) -> None:
        self.name = name
        self.log = log
        self.kills = 0
        self._arguments = arguments
        self._is_ready = ready
        # The sandbox imports the workflows anew for every run: without cached bytecode it compiles them each time.
        self._environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", **environ}
        self._running: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and return when it is ready."""
        await self.spawn()
        await self.ready()

    async def spawn(self) -> None:
        """Start it and return at once. It ends when the process of the tests is gone: that holds its stdin."""
        with self.log.open("ab") as log:
            self._running = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "holdline", *self._arguments, "--lifeline"),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=_ROOT,
                env=self._environ,
                start_new_session=True,
            )

    async def ready(self, patience: timedelta = timedelta(seconds=90)) -> None:
        """Wait until it is ready to work."""
        deadline = time.monotonic() + patience.total_seconds()
        while not await self._is_ready():
            running = self._running
            assert running is not None
            assert running.returncode is None, f"{self.name} ended\n{self.tail()}"
            assert time.monotonic() < deadline, f"{self.name} is not ready\n{self.tail()}"
            await asyncio.sleep(_POLL)

    async def kill(self) -> None:
        """End it with SIGKILL, as a crash would, and return when it is gone."""
        running = self._running
        if running is not None and running.returncode is None:
            self.kills += 1
            running.kill()
            await running.wait()

    def freeze(self) -> None:
        """Stop it with SIGSTOP: it keeps its connections and does nothing."""
        assert self._running is not None
        self._running.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._running is not None
        self._running.send_signal(signal.SIGCONT)

    async def stop(self, patience: timedelta = timedelta(seconds=15)) -> None:
        """End it with SIGTERM, then SIGKILL."""
        running = self._running
        if running is None or running.returncode is not None:
            return
        running.terminate()
        running.send_signal(signal.SIGCONT)
        try:
            await asyncio.wait_for(running.wait(), patience.total_seconds())
        except TimeoutError:
            running.kill()
            await running.wait()

    def tail(self) -> str:
        """The last lines of its log."""
        return tail(self.name, self.log)


def healthy(url: str) -> Ready:
    """Ready means that this address answers 200."""

    async def ready() -> bool:
        async with httpx.AsyncClient(timeout=2, trust_env=False) as http:
            try:
                return (await http.get(url)).is_success
            except httpx.HTTPError:
                return False

    return ready


def tail(name: str, log: Path) -> str:
    """The last lines of a log under a heading."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return "\n".join((f"--- {name}: {log}", *text.splitlines()[-_LINES:]))
