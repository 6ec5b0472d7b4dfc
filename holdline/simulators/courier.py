"""Outgoing webhooks, delivered at least once: repeated with the same body until somebody answers 2xx."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httpx

from holdline.simulators.clock import millis, now
from holdline.simulators.settings import Retries


@dataclass(frozen=True)
class Delivery:
    """One webhook request: `label` and `id` are for the log of deliveries only. `once` is never repeated."""

    url: str
    content: bytes
    headers: dict[str, str] = field(repr=False)
    label: str
    id: str
    once: bool = False


class Courier:
    """Carries deliveries side by side, in no promised order, as the vendors do."""

    def __init__(self, retries: Retries) -> None:
        self._retries = retries
        self._client: httpx.AsyncClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.log: list[dict[str, Any]] = []

    def send(self, delivery: Delivery) -> None:
        """Set a delivery on its way; needs a running event loop."""
        entry: dict[str, Any] = {"at": millis(now()), "id": delivery.id, "label": delivery.label}
        entry |= {"url": delivery.url, "attempts": 0, "outcome": "under way", "status": None}
        self.log.append(entry)
        task = asyncio.create_task(self._carry(delivery, entry))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, delivery: Delivery, entry: dict[str, Any]) -> None:
        pause = self._retries.first.total_seconds()
        for attempt in range(1, (1 if delivery.once else self._retries.attempts) + 1):
            entry["attempts"] = attempt
            if await self._attempt(delivery, entry):
                entry["outcome"] = "delivered"
                return
            await asyncio.sleep(pause)
            pause = min(2 * pause, self._retries.longest.total_seconds())
        entry["outcome"] = "given up"

    async def _attempt(self, delivery: Delivery, entry: dict[str, Any]) -> bool:
        client = self._connected()
        try:
            response = await client.post(delivery.url, content=delivery.content, headers=delivery.headers)
        except httpx.HTTPError as error:
            entry["status"] = type(error).__name__
            return False
        entry["status"] = response.status_code
        return response.is_success

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            timeout = self._retries.answer_within.total_seconds()
            self._client = httpx.AsyncClient(timeout=timeout, trust_env=False)
        return self._client

    async def settled(self) -> None:
        """Wait until every delivery was made or given up."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def drop(self) -> None:
        """Give up what is under way and forget the log."""
        for task in self._tasks:
            task.cancel()
        self.log.clear()

    async def close(self) -> None:
        """Give up what is under way and close the connections."""
        pending = set(self._tasks)
        self.drop()
        await asyncio.gather(*pending, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None
