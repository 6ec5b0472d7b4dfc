"""A gateway as a process of its own, to be killed, frozen and watched: `python -m tests.gateway.process …`."""

import asyncio
import logging
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import uvloop
from temporalio.client import Client

from holdline.gateway.main import serve
from tests.gateway.running import configured
from workers.plugin import plugins

_ROOT: Final = Path(__file__).parents[2]


async def main(port: int, temporal: str, folder: Path) -> None:
    """Run until SIGTERM; the first line of the output is the address."""
    logging.basicConfig(level=logging.INFO)
    client = await Client.connect(temporal, lazy=True, plugins=plugins())
    config = replace(configured(folder), port=port, coalesce=timedelta(milliseconds=100))
    await serve(config, client, None, lambda address: print(address, flush=True))


class Process:
    """A gateway process under a test's hand."""

    def __init__(self, port: int, temporal: str, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._arguments = (str(port), temporal, str(folder))
        self._log = folder / "gateway.log"
        self._running: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """The process, which must have been started."""
        assert self._running is not None
        return self._running.pid

    async def start(self) -> None:
        """Start it and return when it listens."""
        with self._log.open("ab") as log:
            self._running = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.gateway.process", *self._arguments),
                cwd=_ROOT,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert self._running.stdout is not None
        line = await asyncio.wait_for(self._running.stdout.readline(), 60)
        assert line, self._log.read_text()

    async def kill(self) -> None:
        """End it as a crash would."""
        if self._running is not None and self._running.returncode is None:
            self._running.kill()
            await self._running.wait()

    async def stop(self) -> int:
        """End it with SIGTERM and return its exit status."""
        assert self._running is not None
        self._running.terminate()
        return await asyncio.wait_for(self._running.wait(), 30)

    def log(self) -> str:
        """What it has logged."""
        return self._log.read_text()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
