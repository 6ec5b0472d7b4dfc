"""Everything at once on free ports: embedded server, gateway, worker, simulated vendors, and a sender of events."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from temporalio.client import Client

from holdline.domain import keys
from holdline.freeport import free_port
from holdline.simulators.genesys.world import Place
from holdline.simulators.sandbox import EventTarget, Sandbox, SandboxSettings, SmsTarget, WebhookTarget
from holdline.simulators.settings import AzureSettings, JiraSettings, JsmTarget, Retries
from holdline.simulators.simulator import Simulator
from tests.endtoend import canaries, configuration
from tests.endtoend.aim import Aimed, aimable, aimed
from tests.endtoend.configuration import Places, Plan
from tests.endtoend.effects import Effects, effects
from tests.endtoend.incidents import Incidents, workflow_id
from tests.endtoend.process import Process, Ready, healthy
from tests.endtoend.sender import Event, Sender
from tests.endtoend.temporal import Temporal, answering
from tests.support.relay import Relay

__all__ = ["Plan", "Rig", "rigged"]


class Rig:
    """The running parts; `site()` hands out a site that no other test of this rig has.

    `way` leads a worker that is relayed to Temporal.
    """

    def __init__(self, plan: Plan, places: Places, sandbox: Sandbox, config: Path) -> None:
        self.plan = plan
        self.places = places
        self.sandbox = sandbox
        self.folder = places.folder
        self._config = config
        tender = self._process("temporal", answering(places.temporal))
        self.temporal = Temporal(places.folder / "data", places.temporal, tender)
        self.gateway = self._process("gateway", healthy(f"{places.url}/healthz"))
        self.way = Relay(places.temporal)
        relayed = {"TEMPORAL_ADDRESS": f"127.0.0.1:{self.way.port}"} if plan.relayed else {}
        self.worker = self._process("worker", healthy(f"http://127.0.0.1:{places.worker}/readyz"), **relayed)
        self.sender = Sender(places.url)
        self._free: Iterator[Place] = iter(sandbox.genesys.world.places)
        self.client: Client
        self.incidents: Incidents

    def _process(self, role: str, ready: Ready, name: str = "", **further: str) -> Process:
        known_as = name or role
        environ = {
            "TEMPORAL_ADDRESS": f"127.0.0.1:{self.places.temporal}",
            "HOLDLINE_TRACEBACK": "1",
            "HOLDLINE_TELEMETRY__SPAN_FILE": str(self.folder / f"{known_as}-spans.jsonl"),
            **further,
        }
        arguments = ("--config", str(self._config), role)
        return Process(known_as, arguments, ready, self.folder / f"{known_as}.log", environ)

    def another_worker(self, name: str) -> Process:
        """One more worker beside the first, for whoever asks to start and to stop."""
        port = free_port()
        ready = healthy(f"http://127.0.0.1:{port}/readyz")
        return self._process("worker", ready, name, HOLDLINE_WORKER__HEALTH=f"127.0.0.1:{port}")

    async def start(self) -> None:
        """Start the three processes."""
        await self.temporal.start()
        self.client = await self.temporal.connect()
        self.incidents = Incidents(self.client)
        await self.way.open()
        await self.gateway.spawn()
        await self.worker.spawn()
        await self.gateway.ready()
        await self.worker.ready()

    async def stop(self) -> None:
        """End everything that still runs; what the processes hold back is written out."""
        await self.sender.close()
        for process in (self.worker, self.gateway):
            await process.stop()
        await self.way.cut()
        await self.temporal.stop()

    def aim(self) -> None:
        """Let the vendors send their events and webhooks to the gateway."""
        url = self.places.url
        bearer = canaries.SECRETS["genesys-events"]
        self.sandbox.genesys.target = EventTarget(url=f"{url}/v1/events/genesys", bearer=bearer)
        webhook = canaries.SECRETS["pagerduty-webhook"]
        self.sandbox.pagerduty.target = WebhookTarget(url=f"{url}/webhooks/pagerduty", secrets=(webhook,))
        header = canaries.SECRETS["jsm-webhook"]
        self.sandbox.jsm.target = JsmTarget(url=f"{url}/v1/jsm", value=header)
        self.sandbox.twilio.target = SmsTarget(url=f"{url}/webhooks/twilio/sms")

    def site(self) -> Place:
        """A site that nobody has used yet."""
        return next(self._free)

    def sites(self, count: int) -> list[Place]:
        """Several of them."""
        return list(islice(self._free, count))

    def effects(self, place: Place) -> Effects:
        """What the vendors committed about a site's first trunk."""
        return effects(self.sandbox, place)

    def degrade(self, place: Place) -> None:
        """A site's first trunk loses its carrier, which an event says where events are on."""
        self.sandbox.genesys.set_trunk(place.primary_trunk_id, connected=False, reason="no response to OPTIONS")

    def heal(self, place: Place) -> None:
        """It is back."""
        self.sandbox.genesys.set_trunk(place.primary_trunk_id, connected=True)

    async def fails(self, place: Place) -> Event:
        """A site's first trunk fails, and an event of our own says so; return that event."""
        self.degrade(place)
        return await self.sender.breach(place)

    def caller(self, event: Event, step: str, target: str) -> str:
        """The X-Request-ID of the call that makes an effect for the incident which an event opened."""
        effect = keys.Incident(workflow_id(event.place), 1).effect(step, target)
        return keys.request_id(event.id, effect)

    def faults(self, simulator: Simulator) -> Aimed:
        """The faults of a vendor, as such that can be aimed at one caller."""
        return aimed(simulator)

    def spans(self) -> list[dict[str, Any]]:
        """The spans that the first worker has written by now; the last line may not be whole yet."""
        text = (self.folder / "worker-spans.jsonl").read_text("utf-8")
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def tails(self) -> str:
        """The last lines of every log."""
        return "\n".join(part.tail() for part in (self.temporal, self.gateway, self.worker))


@asynccontextmanager
async def rigged(folder: Path, plan: Plan | None = None) -> AsyncIterator[Rig]:
    """Run a rig; where the block fails, print the tails of the logs."""
    chosen, places = plan or Plan(), configuration.choose(folder)
    settings = SandboxSettings(
        retries=Retries(first=timedelta(milliseconds=200), longest=timedelta(seconds=1)),
        genesys=canaries.genesys(chosen.sites, chosen.queues),
        pagerduty=canaries.pagerduty(),
        twilio=canaries.twilio(),
        servicenow=canaries.servicenow(),
        jsm=canaries.jsm(),
        jira=JiraSettings(token=canaries.SECRETS["tracker"]),
        azure=AzureSettings(token=canaries.SECRETS["tracker"]),
    )
    async with AsyncExitStack() as stack:
        sandbox = Sandbox(settings if chosen.limited else settings.without_limits())
        aimable(sandbox)
        await stack.enter_async_context(sandbox.running())
        rig = Rig(chosen, places, sandbox, configuration.write(chosen, places, sandbox))
        stack.push_async_callback(rig.stop)
        well = False
        try:
            await rig.start()
            yield rig
            well = True
        finally:
            if not well:
                print(rig.tails())
