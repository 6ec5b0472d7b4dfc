"""The simulators together: inside a test's event loop, or as a process of their own."""

import asyncio
import contextlib
import json
import signal
from collections.abc import AsyncIterator
from typing import Self

from holdline.simulators.azure.simulator import Azure
from holdline.simulators.genesys.simulator import Genesys
from holdline.simulators.jira.simulator import Jira
from holdline.simulators.jsm.simulator import Jsm
from holdline.simulators.mail.simulator import Mail
from holdline.simulators.middleware import Middleware
from holdline.simulators.pagerduty.simulator import PagerDuty
from holdline.simulators.salesforce.simulator import Salesforce
from holdline.simulators.server import Serving, serve
from holdline.simulators.servicenow.simulator import ServiceNow
from holdline.simulators.settings import EventTarget, SandboxSettings, SmsTarget, WebhookTarget
from holdline.simulators.simulator import Simulator
from holdline.simulators.slack.simulator import Slack
from holdline.simulators.teams.simulator import Teams
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
        self.jsm = Jsm(self.settings.jsm, self.settings.retries)
        self.jira = Jira(self.settings.jira, self.settings.retries)
        self.azure = Azure(self.settings.azure, self.settings.retries)
        self.servicenow = ServiceNow(self.settings.servicenow, self.settings.retries)
        self.teams = Teams(self.settings.teams, self.settings.retries)
        self.mail = Mail(self.settings.mail, self.settings.retries)
        self.salesforce = Salesforce(self.settings.salesforce, self.settings.retries)
        self.genesys_url = ""
        self.pagerduty_url = ""
        self.twilio_url = ""
        self.middleware_url = ""
        self.slack_url = ""
        self.jsm_url = ""
        self.jira_url = ""
        self.azure_url = ""
        self.servicenow_url = ""
        self.teams_url = ""
        self.mail_url = ""
        self.smtp_url = ""
        self.salesforce_url = ""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        """Serve them on real sockets until the block ends. Raises OSError when a port is taken."""
        servers: list[Serving] = []
        try:
            for name, simulator in self._named().items():
                port = getattr(self.settings, f"{name}_port")
                servers.append(await serve(simulator.app, self.settings.host, port, self.settings.tls))
                setattr(self, f"{name}_url", servers[-1].url)
            self.smtp_url = await self.mail.listen(self.settings.host, self.settings.smtp_port, self.settings.tls)
            yield self
        finally:
            await asyncio.gather(*(simulator.close() for simulator in self.simulators()))
            await asyncio.gather(*(server.stop() for server in servers))

    def _named(self) -> dict[str, Simulator]:
        """All that are held, by the name that their port, their address and their settings have."""
        return {name: each for name, each in vars(self).items() if isinstance(each, Simulator)}

    def simulators(self) -> tuple[Simulator, ...]:
        """All of them."""
        return tuple(self._named().values())

    def urls(self) -> dict[str, str]:
        """Their addresses by name; of the mail server also that of its SMTP, where letters go."""
        return {**{name: str(getattr(self, f"{name}_url")) for name in self._named()}, "smtp": self.smtp_url}

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
