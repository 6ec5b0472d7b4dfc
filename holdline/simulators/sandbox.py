"""The three simulators together: inside a test's event loop, or as a process of their own."""

import asyncio
import contextlib
import json
import signal
from collections.abc import AsyncIterator
from typing import Self

from starlette.types import ASGIApp

from holdline.simulators.genesys.simulator import Genesys
from holdline.simulators.pagerduty.simulator import PagerDuty
from holdline.simulators.server import serving
from holdline.simulators.settings import EventTarget, SandboxSettings, SmsTarget, WebhookTarget
from holdline.simulators.twilio.simulator import Twilio

__all__ = ["EventTarget", "Sandbox", "SandboxSettings", "SmsTarget", "WebhookTarget", "run_sandbox"]


class Sandbox:
    """Genesys, PagerDuty and Twilio in memory; their addresses are known while `running()`."""

    def __init__(self, settings: SandboxSettings | None = None) -> None:
        self.settings = settings or SandboxSettings()
        self.genesys = Genesys(self.settings.genesys, self.settings.retries)
        self.pagerduty = PagerDuty(self.settings.pagerduty, self.settings.retries)
        self.twilio = Twilio(self.settings.twilio, self.settings.retries)
        self.genesys_url = ""
        self.pagerduty_url = ""
        self.twilio_url = ""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Serve the three on real sockets until the block ends. Raises OSError when a port is taken."""
        ports = self.settings
        async with contextlib.AsyncExitStack() as stack:
            self.genesys_url = await self._serve(stack, self.genesys.app, ports.genesys_port)
            self.pagerduty_url = await self._serve(stack, self.pagerduty.app, ports.pagerduty_port)
            self.twilio_url = await self._serve(stack, self.twilio.app, ports.twilio_port)
            for simulator in (self.genesys, self.pagerduty, self.twilio):
                stack.push_async_callback(simulator.close)
            yield self

    async def _serve(self, stack: contextlib.AsyncExitStack, app: ASGIApp, port: int) -> str:
        server = serving(app, self.settings.host, port, self.settings.tls)
        return await stack.enter_async_context(server)

    def urls(self) -> dict[str, str]:
        """The three addresses by name."""
        return {"genesys": self.genesys_url, "pagerduty": self.pagerduty_url, "twilio": self.twilio_url}

    def reset(self) -> None:
        """Put all three back to their start."""
        for simulator in (self.genesys, self.pagerduty, self.twilio):
            simulator.reset()


def run_sandbox(settings: SandboxSettings) -> None:
    """Serve a sandbox until SIGTERM or SIGINT; prints one JSON line with the addresses when ready."""
    asyncio.run(_run(settings))


async def _run(settings: SandboxSettings) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    async with Sandbox(settings).running() as sandbox:
        print(json.dumps({"ready": True, **sandbox.urls()}), flush=True)
        await ended.wait()
