"""A gateway that listens to the Genesys simulator's notification channels, over real sockets."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from holdline.clients.genesys import Genesys
from holdline.gateway.listening.ear import Ear
from holdline.gateway.listening.patience import Patience
from holdline.simulators.genesys.notifications.channels import Channel
from holdline.simulators.genesys.notifications.control import Controls
from holdline.simulators.sandbox import Sandbox, SandboxSettings
from holdline.simulators.settings import EventTarget, GenesysSettings, OAuthClient, Retries
from tests.gateway import events
from tests.gateway.running import Running, configured, eventually, nowhere, parsed, running

EDGE: Final = "5f3c0e6a-0000-4000-8000-00000000000a"
TOPIC: Final = f"v2.telephony.providers.edges.{EDGE}"
QUEUE: Final = "v2.analytics.queues.5f3c0e6a-0000-4000-8000-00000000000b.activity"
TRUNKS: Final = "v2.telephony.providers.edges.trunks.{id}"
HASTY: Final = Patience(
    shortest=timedelta(milliseconds=10), longest=timedelta(milliseconds=50), farewell=timedelta(seconds=20)
)
CLIENT: Final = OAuthClient(id="3f1f5c0a-9f0b-4f7e-8a55-0c6d3b1e0009", secret="sandbox-listen-secret", name="Listen")


@dataclass
class Rig:
    """The simulator, and the gateway that listens to it."""

    sandbox: Sandbox
    gateway: Running

    @property
    def controls(self) -> Controls:
        """What the simulator can be told to do."""
        return self.sandbox.genesys.notifications

    def channels(self) -> list[Channel]:
        """The channels that are heard."""
        return [channel for channel in self.sandbox.genesys.channels.all() if channel.line and channel.topics]

    async def standing(self) -> dict[str, Any]:
        """What /readyz says of the channel."""
        return dict((await self.gateway.ready())["notifications"])

    async def up(self, gaps: int = 0) -> dict[str, Any]:
        """Wait until the channel is up after so many gaps."""

        async def look() -> dict[str, Any] | None:
            found = await self.standing()
            return found if found["status"] == "up" and found["gaps"] >= gaps else None

        return await eventually(look)

    def edge(self, status: str, **more: Any) -> dict[str, Any]:
        """The body of the edge's topic."""
        return {"id": EDGE, "onlineStatus": status, **more}

    async def heard(self, wanted: int) -> list[dict[str, Any]]:
        """Wait until so many events are in the journal that are neither dropped nor put aside; returns them."""

        async def look() -> list[dict[str, Any]] | None:
            query = "SELECT source, item FROM events WHERE state IN ('accepted', 'batched') ORDER BY seq"
            found = [{"by": source, **parsed(item)} for source, item in self.gateway.rows(query)]
            return found if len(found) >= wanted else None

        return await eventually(look)

    def asked(self, path: str, method: str) -> list[int]:
        """The statuses of the requests to a path."""
        found = [each for each in self.sandbox.genesys.requests if each["path"].endswith(path)]
        return [each["status"] for each in found if each["method"] == method]

    def deliver(self) -> None:
        """Let EventBridge deliver to the gateway as well."""
        url = f"{self.gateway.url}/v1/events/genesys"
        self.sandbox.genesys.target = EventTarget(url=url, bearer=events.GENESYS)


@asynccontextmanager
async def sandboxed(**genesys: Any) -> AsyncIterator[Sandbox]:
    """A Genesys simulator with settings of its own."""
    settings = GenesysSettings(**{"clients": (CLIENT,), "requests_per_minute": None, **genesys})
    retries = Retries(first=timedelta(milliseconds=5), longest=timedelta(milliseconds=20))
    async with Sandbox(SandboxSettings(genesys=settings, retries=retries)).running() as sandbox:
        yield sandbox


def client_of(sandbox: Sandbox) -> Genesys:
    """The client that logs in there."""
    url = sandbox.genesys_url
    return Genesys(login_url=url, api_url=url, client_id=CLIENT.id, client_secret=lambda: CLIENT.secret)


@asynccontextmanager
async def hearing(
    sandbox: Sandbox,
    folder: Path,
    topics: tuple[str, ...] = (TRUNKS, TOPIC),
    patience: Patience = HASTY,
    temporal: Client | None = None,
) -> AsyncIterator[Rig]:
    """Listen to these topics, once the channel is up."""
    async with aclosing(client_of(sandbox)) as genesys:
        ear = Ear(genesys.notifications, topics, patience)
        async with running(configured(folder), temporal or await nowhere(), ear=ear) as gateway:
            yield Rig(sandbox, gateway)


async def polls(client: Client, detector: str) -> int:
    """How often a detector was asked to look."""
    found = [event async for event in client.get_workflow_handle(detector).fetch_history_events()]
    signals = [
        event.workflow_execution_signaled_event_attributes.signal_name
        for event in found
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    ]
    return signals.count("poll")
