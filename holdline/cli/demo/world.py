"""The world outside in the sandbox: the carrier's trunk, the people at PagerDuty, and what each vendor committed."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin

import httpx

from holdline.cli.demo.ledger import Ledgers
from holdline.domain.keys import Incident
from holdline.domain.messages import Snapshot

PERSON: Final = "Maria Huber"
_TIMEOUT: Final = 10.0


@dataclass(frozen=True)
class Trunk:
    """The trunk that fails: its id, its name and its site, as the simulated Genesys has them."""

    id: str
    name: str
    site: str


class World:
    """Moves the simulated world by the simulators' own controls."""

    def __init__(self, genesys: str, pagerduty: str, twilio: str, servicenow: str, slack: str) -> None:
        self._genesys, self._pagerduty, self._twilio = genesys, pagerduty, twilio
        self._servicenow, self._slack = servicenow, urljoin(slack, "/").rstrip("/")
        self._client = httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False)

    async def trunk(self) -> Trunk:
        """The trunk that carries the calls of the first site."""
        site = (await self._get(self._genesys, "world"))["sites"][0]
        first = site["route"]["order"][0]["id"]
        found = next(each for each in site["trunks"] if each["trunk_base"] == first)
        return Trunk(found["id"], found["name"], site["name"])

    async def fail(self, trunk: Trunk) -> None:
        """The carrier loses its trunk; Genesys notices and tells whoever listens to its events."""
        change = {"connected": False, "reason": "the carrier's session border controller does not answer"}
        await self._post(self._genesys, f"world/trunks/{trunk.id}", change)

    async def repair(self, trunk: Trunk) -> None:
        """The carrier repairs it."""
        await self._post(self._genesys, f"world/trunks/{trunk.id}", {"connected": True})

    async def acknowledge(self, story: Snapshot) -> None:
        """A person takes the page in PagerDuty's own app."""
        key = Incident(story.workflow_id, story.epoch, story.opening).page_key(1)
        await self._post(self._pagerduty, "ack", {"dedup_key": key, "by": PERSON})

    async def ledgers(self) -> Ledgers:
        """Every effect that the vendors have committed."""
        vendors = (self._genesys, self._pagerduty, self._twilio, self._servicenow, self._slack)
        return Ledgers(*[await self._get(each, "ledger") for each in vendors])

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _get(self, address: str, path: str) -> Any:
        response = await self._client.get(f"{address}/_sim/{path}")
        return response.raise_for_status().json()

    async def _post(self, address: str, path: str, body: dict[str, Any]) -> None:
        (await self._client.post(f"{address}/_sim/{path}", json=body)).raise_for_status()
