"""The embedded Temporal server under a test's hand, on one file and one port however often it is killed."""

import os
import signal
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

from temporalio.client import Client
from temporalio.service import RetryConfig, RPCError

from tests.endtoend.process import Process, Ready, tail
from workers.datadir import DataDir
from workers.plugin import plugins
from workers.runtime import runtime
from workers.server import kill, running

_ONCE: Final = RetryConfig(max_retries=1, max_elapsed_time_millis=500)


def answering(port: int) -> Ready:
    """Ready means that the server answers there."""

    async def ready() -> bool:
        try:
            client = await Client.connect(f"127.0.0.1:{port}", retry_config=_ONCE)
            return await client.service_client.check_health(timeout=timedelta(seconds=1))
        except (RuntimeError, RPCError):
            return False

    return ready


class Temporal:
    """The server and its address. A process of ours tends it, and ends it when the tests are gone."""

    def __init__(self, data_dir: Path, port: int, tender: Process) -> None:
        self._data_dir = data_dir
        self._tender = tender
        self.name = "temporal"
        self.kills = 0
        self.address = f"127.0.0.1:{port}"

    async def start(self) -> None:
        """Start it and return when it answers."""
        await self._tender.start()

    async def connect(self) -> Client:
        """A client as the product has it."""
        return await Client.connect(self.address, plugins=plugins(), runtime=runtime(None))

    async def kill(self) -> None:
        """End it with SIGKILL; what it has written stays in its file."""
        server = running(self._data_dir)
        await self._tender.kill()
        if server is not None:
            self.kills += 1
            await kill(server)

    def freeze(self) -> None:
        """Stop it with SIGSTOP: it accepts connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        server = running(self._data_dir)
        if server is not None:
            with suppress(ProcessLookupError):
                os.kill(server.pid, number)

    async def stop(self) -> None:
        """End it."""
        self.thaw()
        await self._tender.stop()

    def tail(self) -> str:
        """The last lines of its log and of its tender's."""
        return "\n".join((tail(self.name, DataDir(self._data_dir).log), self._tender.tail()))
