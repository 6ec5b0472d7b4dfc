"""EventBridge deliveries: each change becomes an envelope, repeated until it is accepted."""

import asyncio
import json
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

from holdline.simulators.clock import millis, now, seconds
from holdline.simulators.courier import Courier, Delivery
from holdline.simulators.genesys.entities import trunk_status
from holdline.simulators.genesys.world import Trunk
from holdline.simulators.settings import EventTarget, GenesysSettings

TRUNK_TOPIC = "v2.telephony.providers.edges.trunks.{id}"
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


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
        label = "trunk up" if trunk.connected else "trunk down"
        self.deliver(trunk_topic(trunk), trunk_event(trunk), label)

    def deliver(self, topic: str, body: Any, label: str = "event") -> None:
        """Send an event on a topic, as often as the settings say."""
        if self.target is None:
            return
        event = envelope(self._settings, topic, body)
        headers = {"content-type": "application/json", **self.target.headers()}
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


def trunk_topic(trunk: Trunk) -> str:
    """The topic of a trunk."""
    return TRUNK_TOPIC.replace("{id}", trunk.id)


def trunk_event(trunk: Trunk) -> dict[str, Any]:
    """What the topic of a trunk says."""
    return {"id": trunk.id, **trunk_status(trunk)}


def envelope(settings: GenesysSettings, topic: str, body: Any) -> dict[str, Any]:
    """An EventBridge envelope around a topic's body, with an id of its own."""
    at = now()
    detail = {
        "topicName": topic,
        "version": "2",
        "timestamp": millis(at),
        "eventBody": body,
        "metadata": {"CorrelationId": str(uuid4())},
    }
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": template(topic),
        "source": f"aws.partner/genesys.com/cloud/{settings.organization_id}/{settings.source_suffix}",
        "account": settings.aws_account,
        "time": seconds(at),
        "region": settings.aws_region,
        "resources": [],
        "detail": detail,
    }


def template(topic: str) -> str:
    """The topic without its ids."""
    return ID.sub("{id}", topic)
