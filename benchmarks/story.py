"""The standard incident: CRITICAL, route changed, one escalation, acknowledged, recovered, put back, closed."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import Client, WorkflowHandle

from benchmarks.arrivals import Arrivals
from holdline import intake
from holdline.domain.acknowledgement import Via
from holdline.domain.change import ActionKind
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.escalation import EscalationPolicy, Target, Tier
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.keys import Incident, request_id, workflow_id
from holdline.domain.lifecycle import State
from holdline.domain.messages import Answer, AnswerKind, Observed, Snapshot
from holdline.domain.observation import Observation, Verdict
from holdline.domain.runbook import Runbook
from holdline.domain.storm import StormRule

KIND = IncidentKind.TRUNK_FAILURE
FIRST, SECOND = "pagerduty:one", "pagerduty:two"
# Between what people and trunks do.
BREATH = timedelta(milliseconds=300)
PATIENCE = timedelta(seconds=30)


TIERS = tuple(Tier(name=to, page=(Target.model_validate(to),)) for to in (FIRST, SECOND))
# The wait for an acknowledgement is as short as a runbook allows, and many incidents at once are not one storm.
SHORT = Runbook(
    escalation=EscalationPolicy(tiers=TIERS, wait=timedelta(seconds=1)),
    linger=timedelta(seconds=3),
    storm=StormRule(at_least=0),
)


@dataclass(frozen=True)
class Trunk:
    """A trunk that will fail for the `epoch`th time, and the route that uses it, as `<site>/<route>`."""

    id: str
    route: str
    epoch: int = 1


@dataclass(frozen=True)
class Lived:
    """When the incident was reported, when a vendor first heard of it, when somebody was paged, when all was closed."""

    opened: float
    called: float
    paged: float
    closed: float


class Story:
    """One incident from its first event to its end, told through the same door as the gateway's events."""

    def __init__(self, client: Client, arrivals: Arrivals, trunk: Trunk, unhurried: bool = False) -> None:
        """`unhurried` waits for rest before each signal, which so has a workflow task of its own."""
        self._client = client
        self._arrivals = arrivals
        self._trunk = trunk
        self._unhurried = unhurried
        self._incident = Incident(workflow_id(KIND, trunk.id), trunk.epoch)

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        """The incident's workflow."""
        return self._client.get_workflow_handle(self._incident.workflow_id, result_type=Snapshot)

    async def live(self, places: asyncio.Semaphore) -> Lived:
        """Live to the end, on a place that is taken; it is given back while a timer or a person is due.

        Raises TimeoutError on a machine that is too busy to measure anything.
        """
        async with asyncio.timeout(PATIENCE.total_seconds()):
            return await self._live(places)

    async def _live(self, places: asyncio.Semaphore) -> Lived:
        page, change = self._request("page.tier 1.1", FIRST), self._request(ActionKind.REORDER_ROUTE, self._trunk.route)
        try:
            opened = time.perf_counter()
            await self._sees(Verdict.BREACH)
            await self._arrivals.of(page, change)
        finally:
            places.release()
        await self._arrivals.of(self._request("ask", f"{FIRST}:{self._incident.page_key(1)}"))
        async with places:
            await self._arrivals.of(self._request("page.tier 2.1", SECOND))
        await self._rest()
        await self._acknowledges()
        closed = await self._recover(places)
        await self._end()
        return Lived(opened, await self._arrivals.of(self._trunk.id), await self._arrivals.of(page), closed)

    async def _recover(self, places: asyncio.Semaphore) -> float:
        await self._rest()
        await self._sees(Verdict.HEALTHY, 1)
        await self._rest()
        async with places:
            await self._sees(Verdict.HEALTHY, 2)
            return await self._arrivals.of(self._closed(FIRST), self._closed(SECOND))

    async def _rest(self) -> None:
        await asyncio.sleep(BREATH.total_seconds())
        if self._unhurried and await self._busy():
            await self._rest()

    async def _busy(self) -> bool:
        found = (await self.handle.describe()).raw_description
        return found.HasField("pending_workflow_task") or bool(found.pending_activities)

    async def _end(self) -> None:
        told = await self.handle.result()
        assert State.RESOLVED is told.state, told

    async def _sees(self, verdict: Verdict, number: int = 0) -> None:
        """Somebody reports what the trunk does."""
        event_id = self._event(f"{verdict}-{number}")
        seen = Observation(
            event_id=event_id,
            source="benchmark",
            kind=KIND,
            entity=Entity(kind=EntityKind.TRUNK, id=self._trunk.id, name="Carrier A", site="Vienna"),
            verdict=verdict,
            severity=Severity.CRITICAL,
            at=datetime.now(UTC),
            reason="no OPTIONS answer" if verdict is Verdict.BREACH else "OPTIONS are answered",
        )
        said = Observed(observations=(seen,), ids=(event_id,))
        await intake.observe(self._client, said, SHORT, event_id, PATIENCE)

    async def _acknowledges(self) -> None:
        """Somebody takes the page at the vendor, whose webhook says so."""
        event_id = self._event("acknowledged")
        said = Answer(
            event_id=event_id,
            kind=AnswerKind.ACKNOWLEDGED,
            by="Maria Huber",
            via=Via.PAGERDUTY,
            at=datetime.now(UTC),
            epoch=self._trunk.epoch,
        )
        await intake.answer(self._client, self._incident.workflow_id, said, event_id, PATIENCE)

    def _event(self, what: str) -> str:
        return f"{self._trunk.id}:{self._trunk.epoch}:{what}"

    def _request(self, step: str, target: str) -> str:
        return request_id(self._event(f"{Verdict.BREACH}-0"), self._incident.effect(step, target))

    def _closed(self, target: str) -> str:
        return self._request("close", f"{target}:{self._incident.page_key(1)}")
