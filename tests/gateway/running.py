"""A gateway under test: in this process on a real socket, with its journal to look into."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionDescription
from temporalio.common import MetricMeter
from temporalio.service import RPCError

from holdline.domain.escalation import Channel, EscalationPolicy, Target, Tier
from holdline.domain.incident import IncidentKind
from holdline.domain.keys import workflow_id
from holdline.domain.messages import Answer, Observed
from holdline.domain.runbook import Runbook
from holdline.gateway.config import GatewayConfig
from holdline.gateway.listening.ear import Ear
from holdline.gateway.main import serve
from holdline.gateway.reading import Source
from holdline.ports import PageNames, Withdrawals
from holdline.settings.events import TicketEvents
from tests.gateway import events
from tests.support.scene import OPERATORS
from workers.plugin import plugins

RUNBOOK: Final = Runbook(
    escalation=EscalationPolicy(tiers=(Tier(name="first", page=(Target(channel=Channel.SMS, to="alice"),)),))
)
T = TypeVar("T")
_PATIENCE: Final = timedelta(seconds=45)


def configured(folder: Path, **over: Any) -> GatewayConfig:
    """The configuration of a gateway whose journal is in `folder`."""
    config = GatewayConfig(
        journal=folder / "journal.db",
        runbooks={IncidentKind.TRUNK_FAILURE: RUNBOOK},
        secrets={
            Source.OWN: lambda: (events.OWN,),
            Source.GENESYS: lambda: (events.GENESYS,),
            Source.PAGERDUTY: lambda: (events.PAGERDUTY,),
            Source.TWILIO: lambda: (events.TWILIO,),
            Source.TWILIO_STATUS: lambda: (events.TWILIO,),
            Source.SERVICENOW: lambda: (events.TICKETS,),
            Source.AZURE_DEVOPS: lambda: (events.TICKETS,),
            Source.JIRA: lambda: (events.JIRA,),
            Source.SLACK: lambda: (events.SLACK,),
            Source.JSM: lambda: (events.JSM,),
            Source.LINK: lambda: (events.LINK,),
        },
        operators=lambda: (events.OPERATOR,),
        phones=lambda: {"alice": events.ALICE},
        slack_responses="http://127.0.0.1:1",
        crew={name: replace(each, slack=f"U{name.upper()}") for name, each in OPERATORS.items()},
        tickets=TicketEvents(own_users=("holdline.integration", "5b10ac8d82e05b22cc7d0000")),
        public_url=events.PUBLIC,
        port=0,
    )
    return replace(config, **over)


async def nowhere() -> Client:
    """A client of a Temporal server that does not run."""
    return await Client.connect("127.0.0.1:1", lazy=True, plugins=plugins())


class Running:
    """A gateway that runs, and what its journal holds."""

    def __init__(self, url: str, config: GatewayConfig, http: httpx.AsyncClient) -> None:
        self.url = url
        self.config = config
        self.http = http

    async def event(self, value: Mapping[str, Any], **headers: str) -> httpx.Response:
        """Send one of our own events."""
        body = events.raw(value)
        return await self.http.post("/v1/events", content=body, headers=events.signed(body, headers))

    async def genesys(self, value: Mapping[str, Any]) -> httpx.Response:
        """Send an EventBridge envelope."""
        headers = {"Authorization": f"Bearer {events.GENESYS}", "Content-Type": "application/json; charset=utf-8"}
        return await self.http.post("/v1/events/genesys", content=events.raw(value), headers=headers)

    async def pagerduty(self, value: Mapping[str, Any]) -> httpx.Response:
        """Send a PagerDuty webhook."""
        body = events.raw(value)
        return await self.http.post("/webhooks/pagerduty", content=body, headers=events.paged(body))

    async def twilio(self, value: Mapping[str, str]) -> httpx.Response:
        """Send a text message."""
        return await self.http.post("/webhooks/twilio/sms", content=events.form(value), headers=events.texted(value))

    async def deed(self, value: Mapping[str, Any], secret: str = events.TICKETS) -> httpx.Response:
        """Send what was done to a ticket of ServiceNow."""
        body = events.raw(value)
        headers = events.signed(body, secrets=(secret,))
        return await self.http.post("/v1/tickets/servicenow", content=body, headers=headers)

    async def jira(self, value: Mapping[str, Any], secret: str = events.JIRA) -> httpx.Response:
        """Send a webhook of Jira."""
        body = events.raw(value)
        return await self.http.post("/v1/tickets/jira", content=body, headers=events.hooked(body, secret))

    async def slack(self, payload: Mapping[str, Any], secret: str = events.SLACK) -> httpx.Response:
        """Press a button in Slack."""
        body = events.interaction(payload)
        return await self.http.post("/v1/slack/actions", content=body, headers=events.slacked(body, secret))

    async def fate(self, event_id: str) -> dict[str, Any]:
        """What the gateway says of one event."""
        headers = {"Authorization": f"Bearer {events.OPERATOR}"}
        answer = await self.http.get(f"/v1/events/{event_id}", headers=headers)
        assert answer.status_code == 200, answer.text
        (found,) = answer.json()["events"]
        return dict(found)

    async def settles(self, event_id: str, *states: str) -> dict[str, Any]:
        """Wait until an event is in one of these states."""

        async def settled() -> dict[str, Any] | None:
            found = await self.fate(event_id)
            return found if found["state"] in states else None

        return await eventually(settled)

    async def ready(self) -> dict[str, Any]:
        """What /readyz says."""
        return dict((await self.http.get("/readyz")).json())

    async def counted(self, source: str, outcome: str, reason: str = "") -> int:
        """One of the counters."""
        rows = (await self.ready())["counters"]
        found = [row for row in rows if (row["source"], row["outcome"], row["reason"]) == (source, outcome, reason)]
        return sum(row["count"] for row in found)

    def rows(self, query: str = "SELECT source, event_id, state, reason, item FROM events ORDER BY seq") -> list[Any]:
        """Rows of the journal."""
        return rows(self.config.journal, query)


def rows(journal: Path, query: str) -> list[Any]:
    """Rows of a journal."""
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as db:
        return db.execute(query).fetchall()


@asynccontextmanager
async def running(
    config: GatewayConfig,
    client: Client,
    names: PageNames | None = None,
    ear: Ear | None = None,
    withdrawals: Withdrawals | None = None,
    meter: MetricMeter = MetricMeter.noop,
) -> AsyncIterator[Running]:
    """Run a gateway on a free port of this process, and end it as SIGTERM would."""
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    served = asyncio.create_task(serve(config, client, names, address.set_result, stop, ear, withdrawals, meter))
    await asyncio.wait((served, address), return_when=asyncio.FIRST_COMPLETED)
    if served.done():
        await served
    try:
        url = await address
        async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:
            yield Running(url, config, http)
    finally:
        stop.set()
        await served


async def eventually(look: Callable[[], Awaitable[T | None]], patience: timedelta = _PATIENCE) -> T:
    """Look until there is something, and return it."""
    async with asyncio.timeout(patience.total_seconds()):
        while True:
            found = await look()
            if found:
                return found
            await asyncio.sleep(0.02)


async def described(client: Client, entity: str) -> WorkflowExecutionDescription | None:
    """The incident of a trunk, or None."""
    try:
        return await client.get_workflow_handle(workflow_id(IncidentKind.TRUNK_FAILURE, entity)).describe()
    except RPCError:
        return None


async def history(client: Client, entity: str) -> list[Any]:
    """The events of the incident's history; none where there is no incident."""
    handle = client.get_workflow_handle(workflow_id(IncidentKind.TRUNK_FAILURE, entity))
    try:
        return [event async for event in handle.fetch_history_events()]
    except RPCError:
        return []


async def told(client: Client, entity: str) -> list[Observed]:
    """Every `observe` signal of the incident."""
    return [Observed.model_validate_json(data) for name, data in _signals(await history(client, entity), "observe")]


async def answered(client: Client, entity: str) -> list[Answer]:
    """Every `answer` signal of the incident."""
    return [Answer.model_validate_json(data) for name, data in _signals(await history(client, entity), "answer")]


def _signals(found: list[Any], name: str) -> list[tuple[str, bytes]]:
    signals = [
        event.workflow_execution_signaled_event_attributes
        for event in found
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    ]
    return [(each.signal_name, each.input.payloads[0].data) for each in signals if each.signal_name == name]


def parsed(item: str) -> Any:
    """The JSON of a row."""
    return json.loads(item)
