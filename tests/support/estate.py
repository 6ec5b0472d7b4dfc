"""An estate: many trunks of several sites in real time, each with a route of its own, before an outside in memory."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError

from holdline import intake
from holdline.domain.change import Change, Plan
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.keys import workflow_id
from holdline.domain.lifecycle import OVER
from holdline.domain.messages import SNAPSHOT, Observed, Reply, Request, Snapshot
from holdline.domain.observation import Observation, Verdict
from holdline.domain.recovery import RecoveryRule
from holdline.domain.route import Carrier, Route, Situation, plan
from holdline.domain.runbook import ActionRule, Runbook
from holdline.domain.storm import StormRule, about
from holdline.ports import Call, ChangeReceipt
from tests.support.outside import Outside
from tests.support.scene import LADDER, REAL_LIMITS, crew
from tests.support.temporal import unique

KIND = IncidentKind.TRUNK_FAILURE
BEFORE = ("carrier-a", "carrier-b")
STORMY = Runbook(
    escalation=LADDER,
    recovery=RecoveryRule(reading_interval=timedelta(minutes=7)),
    storm=StormRule(gather=timedelta(seconds=2)),
    linger=timedelta(seconds=2),
)
"""Five of one site within a minute are one storm; what is over is closed after two seconds."""

Working = Callable[[Client, Outside], AbstractAsyncContextManager[None]]


def real_crew(client: Client, outside: Outside) -> AbstractAsyncContextManager[None]:
    """The workers of a story in real time."""
    return crew(client, outside, limits=REAL_LIMITS)


class Many(Outside):
    """An outside in which every trunk is healthy or not by itself and has its own route."""

    def __init__(self) -> None:
        super().__init__()
        self.failing: set[str] = set()
        self.orders: dict[str, tuple[str, ...]] = {}
        self.sites: dict[str, str] = {}

    async def read(self, trunk: Entity, call: Call) -> Observation:
        """Observe one of the trunks; where its site is known here and not to the event, that is told."""
        self.verdict = Verdict.BREACH if trunk.id in self.failing else Verdict.HEALTHY
        told = trunk.model_copy(update={"site": trunk.site or self.sites.get(trunk.id, "")})
        return await super().read(told, call)

    async def plan(self, _rule: ActionRule, entity: Entity, call: Call) -> Plan:
        """Plan for the trunk's own route."""
        order = self.orders.setdefault(entity.id, BEFORE)
        carriers = tuple(Carrier(id=each, healthy=each == "carrier-b") for each in order)
        route = Route(site_id="site", id=entity.id, name=entity.label, version=1, carriers=carriers)
        return plan(entity, Situation(carrier="carrier-a", routes=(route,)))

    async def change(self, change: Change, call: Call) -> ChangeReceipt:
        """Set the order of one route."""
        trunk = change.target.partition("/")[2]
        self.order = self.orders[trunk]
        receipt = await super().change(change, call)
        self.orders[trunk] = self.order
        return receipt


class Estate:
    """The trunks of one site and the incidents about them."""

    def __init__(self, client: Client, outside: Many, runbook: Runbook, site: str) -> None:
        self.client = client
        self.outside = outside
        self.runbook = runbook
        self.site = site
        self.trunks: list[str] = []

    @property
    def parent(self) -> str:
        """The id of the parent."""
        return workflow_id(KIND, about(self.site).id)

    def handle(self, name: str) -> WorkflowHandle[object, object]:
        """The workflow of a trunk, or of the parent."""
        return self.client.get_workflow_handle(name if name == self.parent else workflow_id(KIND, name))

    async def fails(self, number: int, severity: Severity = Severity.CRITICAL, site_known: bool = True) -> list[str]:
        """So many further trunks fail within a second; the event knows the site or does not."""
        trunks = [unique("trunk") for _ in range(number)]
        self.trunks += trunks
        self.outside.failing |= set(trunks)
        self.outside.sites |= dict.fromkeys(trunks, self.site)
        site = self.site if site_known else ""
        await asyncio.gather(*(self.observes(each, Verdict.BREACH, severity, site) for each in trunks))
        return trunks

    async def recovers(self, trunks: Iterable[str]) -> None:
        """Each of these is seen healthy twice."""
        for trunk in trunks:
            self.outside.failing.discard(trunk)
            for _ in range(2):
                await self.observes(trunk, Verdict.HEALTHY)

    async def observes(
        self, trunk: str, verdict: Verdict, severity: Severity = Severity.CRITICAL, site: str = ""
    ) -> None:
        """An event about a trunk arrives."""
        seen = Observation(
            event_id=unique("event"),
            source="test",
            kind=KIND,
            entity=Entity(kind=EntityKind.TRUNK, id=trunk, site=site),
            verdict=verdict,
            severity=severity,
            at=datetime.now(UTC),
            reason="no OPTIONS answer",
        )
        observed = Observed(observations=(seen,), ids=(seen.event_id,))
        await intake.observe(self.client, observed, self.runbook, seen.event_id, timedelta(seconds=20))

    async def story(self, name: str) -> Snapshot:
        """What an incident says of itself."""
        answer = await self.handle(name).query(SNAPSHOT, result_type=Snapshot)
        assert isinstance(answer, Snapshot)
        return answer

    async def ends(self, name: str) -> Snapshot:
        """Wait for the end of an incident."""
        handle = self.client.get_workflow_handle(self.handle(name).id, result_type=Snapshot)
        story = await handle.result()
        assert isinstance(story, Snapshot)
        return story

    async def asks(self, name: str, update: str, by: str = "alice") -> Reply:
        """An operator does something by update."""
        reply = await self.handle(name).execute_update(update, Request(by=by), result_type=Reply)
        assert isinstance(reply, Reply)
        return reply

    async def sheltered(self, trunks: Iterable[str]) -> None:
        """Wait until the parent pages for each of these, and has them."""

        async def joined() -> bool:
            return all([(await self.story(each)).parent == self.parent for each in trunks])

        await eventually(joined)

    async def paged(self, *names: str) -> None:
        """Wait until each of these has paged."""

        async def paged() -> bool:
            return all([(await self.story(each)).pages for each in names])

        await eventually(paged)

    async def repaired(self, number: int) -> None:
        """Wait until the other carrier is first on so many routes."""

        async def repaired() -> bool:
            return number == self.outside.ledger.count(("route", "carrier-b"))

        await eventually(repaired)

    def pages(self, name: str) -> int:
        """How often the vendor has heard of an incident as a new page."""
        key = self.handle(name).id.removeprefix("incident/")
        return sum(row[0] == "page" and f"/{key}/" in row[2] for row in self.outside.ledger)

    async def clear(self) -> None:
        """Terminate what is left."""
        for name in (*self.trunks, self.parent):
            try:
                if (await self.handle(name).describe()).status is WorkflowExecutionStatus.RUNNING:
                    await self.handle(name).terminate("the test is over")
            except RPCError:
                continue


async def eventually(true: Callable[[], Awaitable[bool]], patience: float = 40) -> None:
    """Wait until it is true; a query may come before the first task, and the list lags behind."""
    async with asyncio.timeout(patience):
        while not await _answered(true):  # noqa: ASYNC110 - a server tells nobody
            await asyncio.sleep(0.1)


async def _answered(true: Callable[[], Awaitable[bool]]) -> bool:
    try:
        return await true()
    except RPCError:
        return False


def over(story: Snapshot) -> bool:
    """Whether the response has ended."""
    return story.state in OVER


@asynccontextmanager
async def estate(
    client: Client, runbook: Runbook = STORMY, working: Working = real_crew, outside: Many | None = None
) -> AsyncIterator[Estate]:
    """Open an estate with its workers; what still runs at its end is terminated."""
    site = Estate(client, outside or Many(), runbook, unique("Vienna"))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(working(client, site.outside))
        stack.push_async_callback(site.clear)
        yield site
