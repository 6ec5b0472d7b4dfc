"""PagerDuty: pages by Events API v2, the truth about them by REST.

https://developer.pagerduty.com/docs/events-api-v2-overview and https://developer.pagerduty.com/api-reference
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel

from holdline.clients.exchange import Ask
from holdline.clients.network import USUAL, Network
from holdline.clients.secret import Reader
from holdline.clients.wire import Endpoint, Wire
from holdline.domain.incident import Severity
from holdline.domain.observation import Instant
from holdline.domain.text import clean
from holdline.ports import (
    Call,
    CredentialsRefused,
    OutcomeUnknown,
    Page,
    PageClosing,
    PageQuestion,
    PageState,
    Receipt,
    Rejected,
)

VENDOR = "PagerDuty"

SEVERITIES: Final = {
    Severity.LOW: "info",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "critical",
}
Shape = TypeVar("Shape", bound=BaseModel)

_SUMMARY = 1024
_DETAIL = 1000
_INCIDENTS = 100


class Confirmed(BaseModel):
    """The receipt of an event."""

    status: Literal["success"]
    dedup_key: str


class Acknowledger(BaseModel):
    """A person, or the integration that acknowledged."""

    type: str | None = None
    summary: str | None = None
    name: str | None = None

    @property
    def person(self) -> bool:
        """Whether a person did it, and not an integration such as ours."""
        return self.type is None or self.type.startswith("user")


class Acknowledgement(BaseModel):
    """Who acknowledged, and when."""

    at: Instant
    acknowledger: Acknowledger


class Incident(BaseModel):
    """An incident of an alert of ours; `acknowledgements` is empty unless it is acknowledged now."""

    status: Literal["triggered", "acknowledged", "resolved"]
    acknowledgements: tuple[Acknowledgement, ...] = ()


class Incidents(BaseModel):
    """The incidents with a key."""

    incidents: tuple[Incident, ...]


class Alert(BaseModel):
    """An alert; `alert_key` is the dedup key of its events."""

    alert_key: str | None = None
    created_at: Instant


class Alerts(BaseModel):
    """The alerts of an incident."""

    alerts: tuple[Alert, ...]


class Abilities(BaseModel):
    """What the account may use."""

    abilities: tuple[str, ...]


class PagerDuty:
    """The ports Pager and PageNames. `services` gives each service name its integration key (32 characters)."""

    def __init__(
        self,
        *,
        events_url: str,
        rest_url: str,
        services: Mapping[str, Reader],
        token: Reader | None,
        network: Network = USUAL,
    ) -> None:
        events = Endpoint(vendor=VENDOR, credential="integration key", url=events_url, network=network)
        rest = Endpoint(vendor=VENDOR, credential="REST token", url=rest_url, network=network)
        self._events = Wire(events)
        self._rest = Wire(rest)
        self._services = services
        self._token = token

    async def page(self, page: Page) -> Receipt:
        """Trigger; the same key while the incident is open joins it."""
        event = {"event_action": "trigger", "client": "Holdline", "payload": _payload(page)}
        return await self._enqueue(page, page.service, page.key, event)

    async def silence(self, closing: PageClosing) -> Receipt:
        """Acknowledge; PagerDuty stops notifying, and shows the integration as the one who did it."""
        return await self._enqueue(closing, closing.service, closing.key, {"event_action": "acknowledge"})

    async def close(self, closing: PageClosing) -> Receipt:
        """Resolve; an unknown or resolved key is confirmed all the same."""
        return await self._enqueue(closing, closing.service, closing.key, {"event_action": "resolve"})

    async def _enqueue(self, call: Call, service: str, key: str, event: Mapping[str, Any]) -> Receipt:
        attempt = self._events.attempt(call)
        routing_key = await attempt.reveal(f"integration key of service {service}", self._reader(service))
        ask = Ask(
            method="POST",
            route="/v2/enqueue",
            expect=202,
            json={"routing_key": routing_key, "dedup_key": key, **event},
            hide=(routing_key,),
        )
        confirmed = await attempt.write(ask, Confirmed)
        if confirmed.dedup_key != key:
            raise OutcomeUnknown(VENDOR, "confirmed another key than ours; the request may have been processed")
        return Receipt(id=confirmed.dedup_key)

    def _reader(self, service: str) -> Reader:
        if service not in self._services:
            known = ", ".join(sorted(self._services)) or "none"
            raise Rejected(VENDOR, f"no service is called {clean(service)!r}; those configured are: {known}")
        return self._services[service]

    async def state(self, question: PageQuestion) -> PageState:
        """Read the incidents with the key, on whatever service; acknowledged is what anybody has now.

        One key may have an incident on each service it was sent to. They are one page to us: the latest
        acknowledgement by a person counts, and it is resolved when all of them are.
        """
        query = (
            ("incident_key", question.key),
            ("date_range", "all"),
            ("include[]", "acknowledgers"),
            ("limit", str(_INCIDENTS)),
        )
        found = (await self._ask(question, "/incidents", Incidents, query=query)).incidents
        acks = (ack for each in found for ack in each.acknowledgements if ack.acknowledger.person)
        latest = max(acks, key=_acknowledged_at, default=None)
        return PageState(
            acknowledged_by=None if latest is None else _name(latest.acknowledger),
            acknowledged_at=None if latest is None else latest.at,
            resolved=bool(found) and all(each.status == "resolved" for each in found),
        )

    async def key_of(self, incident_id: str, call: Call) -> str | None:
        """Read the dedup key of the incident's first alert."""
        parts = {"incidentId": incident_id}
        found = (await self._ask(call, "/incidents/{incidentId}/alerts", Alerts, parts=parts)).alerts
        return min(found, key=_created_at).alert_key if found else None

    async def _ask(
        self,
        call: Call,
        route: str,
        shape: type[Shape],
        *,
        parts: Mapping[str, str] | None = None,
        query: tuple[tuple[str, str], ...] = (),
    ) -> Shape:
        if self._token is None:
            raise CredentialsRefused(
                VENDOR, "no REST token is configured; without one nobody can be asked about a page"
            )
        attempt = self._rest.attempt(call)
        token = await attempt.reveal("REST token", self._token)
        headers = {"Authorization": f"Token token={token}", "Accept": "application/vnd.pagerduty+json;version=2"}
        ask = Ask(method="GET", route=route, parts=parts or {}, query=query, headers=headers, hide=(token,))
        return await attempt.read(ask, shape)

    async def prove(self, permissions: tuple[str, ...], call: Call) -> None:  # noqa: ARG002 - a key has no permissions
        """Prove the REST key, if there is one. A service's routing key can be proved by an event alone, which pages."""
        if self._token is not None:
            await self._ask(call, "/abilities", Abilities)

    async def aclose(self) -> None:
        """Close the connections to both hosts."""
        await self._events.aclose()
        await self._rest.aclose()


def _payload(page: Page) -> dict[str, Any]:
    """The payload of a trigger; what a person reads is cleaned, what is empty is left out."""
    payload = {
        "summary": clean(page.summary, _SUMMARY),
        "source": page.entity.label,
        "severity": SEVERITIES[page.severity],
        "timestamp": page.at.isoformat(),
        "component": page.entity.id,
        "group": page.entity.site,
        "class": page.entity.kind,
        "custom_details": {name: clean(text, _DETAIL) for name, text in page.details.items()},
    }
    return {name: value for name, value in payload.items() if value}


def _acknowledged_at(ack: Acknowledgement) -> datetime:
    return ack.at


def _created_at(alert: Alert) -> datetime:
    return alert.created_at


def _name(acknowledger: Acknowledger) -> str:
    return clean(acknowledger.name or acknowledger.summary or "somebody")
