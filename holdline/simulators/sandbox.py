"""The simulators together: inside a test's event loop, or as a process of their own."""

import asyncio
import contextlib
import json
import signal
from collections.abc import AsyncIterator
from typing import Self

from holdline.simulators.genesys.simulator import Genesys
from holdline.simulators.middleware import Middleware
from holdline.simulators.pagerduty.simulator import PagerDuty
from holdline.simulators.server import Serving, serve
from holdline.simulators.settings import EventTarget, SandboxSettings, SmsTarget, WebhookTarget
from holdline.simulators.simulator import Simulator
from holdline.simulators.slack.simulator import Slack
from holdline.simulators.twilio.simulator import Twilio

__all__ = ["EventTarget", "Sandbox", "SandboxSettings", "SmsTarget", "WebhookTarget", "run_sandbox"]


class Sandbox:
    """The vendors and a middleware in memory; their addresses are known while `running()`."""

    def __init__(self, settings: SandboxSettings | None = None) -> None:
        self.settings = settings or SandboxSettings()
        self.genesys = Genesys(self.settings.genesys, self.settings.retries)
        self.pagerduty = PagerDuty(self.settings.pagerduty, self.settings.retries)
        self.twilio = Twilio(self.settings.twilio, self.settings.retries)
        self.middleware = Middleware(self.settings.middleware, self.settings.retries)
        self.slack = Slack(self.settings.slack, self.settings.retries)
        self.genesys_url = ""
        self.pagerduty_url = ""
        self.twilio_url = ""
        self.middleware_url = ""
        self.slack_url = ""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Serve them on real sockets until the block ends. Raises OSError when a port is taken."""
        servers: list[Serving] = []
        try:
            self.genesys_url = await self._serve(servers, self.genesys, self.settings.genesys_port)
            self.pagerduty_url = await self._serve(servers, self.pagerduty, self.settings.pagerduty_port)
            self.twilio_url = await self._serve(servers, self.twilio, self.settings.twilio_port)
            self.middleware_url = await self._serve(servers, self.middleware, self.settings.middleware_port)
            self.slack_url = await self._serve(servers, self.slack, self.settings.slack_port)
            yield self
        finally:
            await asyncio.gather(*(simulator.close() for simulator in self.simulators()))
            await asyncio.gather(*(server.stop() for server in servers))

    async def _serve(self, servers: list[Serving], simulator: Simulator, port: int) -> str:
        servers.append(await serve(simulator.app, self.settings.host, port, self.settings.tls))
        return servers[-1].url

    def simulators(self) -> tuple[Simulator, ...]:
        """All of them."""
        return (self.genesys, self.pagerduty, self.twilio, self.middleware, self.slack)

    def urls(self) -> dict[str, str]:
        """Their addresses by name."""
        vendors = {"genesys": self.genesys_url, "pagerduty": self.pagerduty_url, "twilio": self.twilio_url}
        return {**vendors, "middleware": self.middleware_url, "slack": self.slack_url}

    def reset(self) -> None:
        """Put all of them back to their start."""
        for simulator in self.simulators():
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
