"""The processes of one machine as programs: Temporal, the sandbox, the worker, the gateway, and when each is ready."""

import contextlib
import sys
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx
from temporalio.client import Client
from temporalio.service import RetryConfig, RPCError

from holdline.cli.supervisor import Program
from holdline.secrets import SecretUnreadable
from holdline.settings import Settings
from workers.datadir import Server
from workers.server import running

TEMPORAL: Final = "temporal"
_ASK: Final = timedelta(seconds=2)
_ONCE: Final = RetryConfig(max_retries=1, max_elapsed_time_millis=500)


def temporal(config: Path | None, settings: Settings) -> Program:
    """The embedded Temporal server; it is given time to write out what it holds."""

    async def ready() -> bool:
        server = running(settings.data_dir)
        return server is not None and await answers(server)

    return Program(TEMPORAL, _command(config, TEMPORAL), ready, grace=timedelta(seconds=20))


def sandbox(config: Path | None, settings: Settings) -> Program:
    """The simulated vendors; the mail server has no such path, and comes up with the others."""
    addresses = [address for address in vendors(settings).values() if urlsplit(address).scheme != "smtp"]

    async def ready() -> bool:
        return all([await _ok(urljoin(address, "/_sim/ledger")) for address in addresses])

    return Program("sandbox", _command(config, "sandbox"), ready)


def worker(config: Path | None, settings: Settings) -> Program:
    """A worker; it may finish the calls that are under way before it ends."""

    async def ready() -> bool:
        return await _ok(f"http://{settings.worker.health}/readyz")

    grace = settings.worker.graceful_shutdown + timedelta(seconds=5)
    return Program("worker", _command(config, "worker"), ready, grace=grace)


def gateway(config: Path | None, settings: Settings) -> Program:
    """The gateway."""
    section = settings.gateway

    async def ready() -> bool:
        return await _ok(f"http://{section.host}:{section.port}/readyz")

    return Program("gateway", _command(config, "gateway"), ready, grace=timedelta(seconds=15))


def vendors(settings: Settings) -> dict[str, str]:
    """The addresses of the vendors that are configured."""
    found = {
        "genesys": settings.genesys.api_url if settings.genesys else None,
        "pagerduty": settings.pagerduty.events_url if settings.pagerduty else None,
        "twilio": settings.twilio.api_url if settings.twilio else None,
        "slack": settings.slack.api_url if settings.slack else None,
        "email": f"smtp://{settings.email.host}:{settings.email.port}" if settings.email else None,
        "azure_devops": settings.azure_devops.url if settings.azure_devops else None,
        "jira": settings.jira.url if settings.jira else None,
        "servicenow": settings.servicenow.url if settings.servicenow else None,
        "salesforce": settings.salesforce.url if settings.salesforce else None,
        "jsm": settings.jsm.url if settings.jsm else None,
    }
    return {name: address for name, address in found.items() if address is not None} | _workflows(settings)


def _workflows(settings: Settings) -> dict[str, str]:
    """Where the workflows of Teams are, as far as their addresses can be read: only their hosts are no secret."""
    found = {}
    for name, secret in (settings.teams.rooms if settings.teams else {}).items():
        with contextlib.suppress(SecretUnreadable):
            parts = urlsplit(secret.read())
            found[f"teams.rooms.{name}"] = f"{parts.scheme}://{parts.netloc}"
    return found


async def answers(server: Server) -> bool:
    """Whether the server's frontend answers."""
    try:
        client = await Client.connect(server.address, retry_config=_ONCE)
        return await client.service_client.check_health(timeout=_ASK)
    except (RuntimeError, RPCError):
        return False


def _command(config: Path | None, name: str) -> tuple[str, ...]:
    named = ("--config", str(config)) if config else ()
    return (sys.executable, "-m", "holdline", *named, name, "--lifeline")


async def _ok(url: str) -> bool:
    try:
        async with httpx.AsyncClient(timeout=_ASK.total_seconds(), trust_env=False) as client:
            return (await client.get(url)).is_success
    except httpx.TransportError:
        return False
