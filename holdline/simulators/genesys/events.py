"""EventBridge deliveries: each change of a trunk becomes an envelope, repeated until it is accepted."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

from holdline.simulators.clock import millis, now, seconds
from holdline.simulators.courier import Courier, Delivery
from holdline.simulators.genesys.entities import trunk_status
from holdline.simulators.genesys.world import Trunk
from holdline.simulators.settings import EventTarget, GenesysSettings

TRUNK_TOPIC = "v2.telephony.providers.edges.trunks.{id}"


class Events:
    """The event stream of the organisation. `target` may be changed at run time; None sends nothing."""

    def __init__(self, settings: GenesysSettings, courier: Courier) -> None:
        self._settings = settings
        self._courier = courier
        self._reminders: dict[str, asyncio.Task[None]] = {}
        self.target: EventTarget | None = settings.events

    def announce(self, trunk: Trunk) -> None:
        """Send a trunk's state, and again every so often while it is degraded, where that is configured."""
        self._send(trunk)
        self._forget(trunk)
        every = self._settings.repeat_while_degraded
        if every is not None and not trunk.connected:
            self._reminders[trunk.id] = asyncio.create_task(self._repeat(trunk, every))

    def _send(self, trunk: Trunk) -> None:
        if self.target is None:
            return
        event = envelope(self._settings, trunk)
        headers = {"content-type": "application/json", **self.target.headers()}
        label = "trunk up" if trunk.connected else "trunk down"
        delivery = Delivery(self.target.url, json.dumps(event).encode(), headers, label, event["id"])
        for _ in range(1 + self._settings.duplicates):
            self._courier.send(delivery)

    async def _repeat(self, trunk: Trunk, every: timedelta) -> None:
        while True:
            await asyncio.sleep(every.total_seconds())
            self._send(trunk)

    def _forget(self, trunk: Trunk) -> None:
        reminder = self._reminders.pop(trunk.id, None)
        if reminder is not None:
            reminder.cancel()

    def stop(self) -> None:
        """End every repetition."""
        for reminder in self._reminders.values():
            reminder.cancel()
        self._reminders.clear()


def envelope(settings: GenesysSettings, trunk: Trunk) -> dict[str, Any]:
    """An EventBridge envelope around a trunk's topic body, with an id of its own."""
    at, topic = now(), TRUNK_TOPIC.replace("{id}", trunk.id)
    detail = {
        "topicName": topic,
        "version": "2",
        "timestamp": millis(at),
        "eventBody": {"id": trunk.id, **trunk_status(trunk)},
        "metadata": {"CorrelationId": str(uuid4())},
    }
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": TRUNK_TOPIC,
        "source": f"aws.partner/genesys.com/cloud/{settings.organization_id}/{settings.source_suffix}",
        "account": settings.aws_account,
        "time": seconds(at),
        "region": settings.aws_region,
        "resources": [],
        "detail": detail,
    }
