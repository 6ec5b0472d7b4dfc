"""The grid: for each channel, way and moment an incident whose first page goes wrong."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Any, ClassVar, Final

from temporalio.client import WorkflowHandle
from temporalio.service import RPCError
from temporalio.worker import Worker

from activities.notifying import Notifying
from activities.paging import Paging
from activities.texting import Texting
from holdline.domain import keys, messages, queues
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.escalation import Channel, EscalationPolicy, Target, Tier
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.keys import Incident, workflow_id
from holdline.domain.observation import Observation, Verdict
from holdline.domain.runbook import RemediationRule, Runbook
from holdline.domain.timeline import Fact
from holdline.ports import Notices, Pager
from holdline.simulators.faults import Fault, When
from holdline.simulators.sandbox import Sandbox
from holdline.simulators.simulator import Simulator
from tests.contracts.rig import Clients
from tests.endtoend.aim import aimed
from tests.support.outside import Outside
from tests.support.scene import ALONE, inside, jobs
from tests.tickets.ways import WAYS, Way, lasts
from workers.virtual import VirtualTime
from workflows.incident import IncidentWorkflow

Activities = list[Callable[..., Any]]
_POLL: Final = 0.2


@dataclass(frozen=True)
class Line:
    """A channel as the grid needs it: whom it reaches, who takes over, where its pages stand in a ledger."""

    channel: Channel
    to: str
    next: str
    simulator: Callable[[Sandbox], Simulator]
    kind: str
    activities: Callable[[Clients], Activities]


def _paging(pager: Callable[[Clients], Pager]) -> Callable[[Clients], Activities]:
    def made(clients: Clients) -> Activities:
        paging = Paging(pager(clients))
        return [paging.page, paging.ask_page, paging.silence_page, paging.close_page]

    return made


def _rooms(notices: Callable[[Clients], Notices], looks: bool) -> Callable[[Clients], Activities]:
    def made(clients: Clients) -> Activities:
        rooms = Notifying(notices(clients), looks=looks)
        return [rooms.notify, rooms.renew]

    return made


TEXT, RING = "sms:alice", "pagerduty:voice"
LINES: Final = (
    Line(Channel.PAGERDUTY, "voice", TEXT, lambda s: s.pagerduty, "page.triggered", _paging(lambda c: c.pagerduty)),
    Line(Channel.JSM, "voice", TEXT, lambda s: s.jsm, "alert.created", _paging(lambda c: c.jsm)),
    Line(Channel.SMS, "alice", RING, lambda s: s.twilio, "sms.created", lambda c: [Texting(c.twilio).text]),
    Line(Channel.SLACK, "incidents", TEXT, lambda s: s.slack, "slack.posted", _rooms(lambda c: c.slack, looks=True)),
    Line(Channel.TEAMS, "incidents", TEXT, lambda s: s.teams, "teams.taken", _rooms(lambda c: c.teams, looks=False)),
)
OF: Final = {line.channel: line for line in LINES}


@dataclass(frozen=True)
class Cell:
    """One incident of the grid."""

    line: Line
    way: Way
    when: When
    number: int

    @property
    def name(self) -> str:
        """The trunk's id and name, which no other cell's begins with."""
        return f"cell-{self.number}-trunk"

    @property
    def runbook(self) -> Runbook:
        """One tier with the channel and the one behind it; nothing is repaired."""
        page = tuple(Target.model_validate(each) for each in (f"{self.line.channel}:{self.line.to}", self.line.next))
        ladder = EscalationPolicy(tiers=(Tier(name="only", page=page),), repeats=0)
        return Runbook(escalation=ladder, storm=ALONE, remediation=RemediationRule(actions=()))

    @property
    def caller(self) -> str:
        """The X-Request-ID of the page that goes wrong."""
        incident = Incident(workflow_id(IncidentKind.TRUNK_FAILURE, self.name), 1)
        effect = incident.effect("page.tier 1.1", f"{self.line.channel}:{self.line.to}")
        return keys.request_id(self.name, effect)


def cells() -> list[Cell]:
    """Every channel in every way, before the vendor commits and after."""
    found = product(LINES, WAYS, When)
    return [Cell(line, way, when, number) for number, (line, way, when) in enumerate(found)]


@asynccontextmanager
async def working(time: VirtualTime, clients: Clients, lines: tuple[Line, ...]) -> AsyncIterator[None]:
    """Workers for the incidents, before the real clients of the channels."""
    real = {queues.of_channel(line.channel): line.activities(clients) for line in lines}
    async with AsyncExitStack() as stack:
        for queue, activities in (jobs(Outside()) | real).items():
            await stack.enter_async_context(Worker(time.client, task_queue=queue, activities=activities))
        incidents = Worker(time.client, task_queue=queues.INCIDENTS, workflows=[IncidentWorkflow], activities=inside())
        await stack.enter_async_context(incidents)
        yield


class Grid:
    """Runs cells, some of them at once, and says what became of each."""

    lines: ClassVar[tuple[Line, ...]] = LINES
    at_once: ClassVar = 20

    def __init__(self, time: VirtualTime, sandbox: Sandbox, clients: Clients) -> None:
        self.sandbox = sandbox
        self._time = time
        self._clients = clients
        self._turn = asyncio.Semaphore(self.at_once)

    async def run(self, chosen: list[Cell]) -> dict[Cell, str]:
        """Run them all."""
        async with working(self._time, self._clients, (*LINES, *self.lines)):
            found = await asyncio.gather(*(self._one(each) for each in chosen))
        return dict(zip(chosen, found, strict=True))

    def unused(self) -> list[Fault]:
        """The faults that no call has met; a way that lasts longer than three attempts has some left."""
        left = [fault for line in LINES for fault in aimed(line.simulator(self.sandbox)).unused()]
        return [fault for fault in left if not lasts(fault)]

    async def _one(self, cell: Cell) -> str:
        async with self._turn:
            await self.begin(cell)
            handle = await self._opened(cell)
            story = await _asked(handle)
            await handle.terminate("the cell is over")
            await self.end(cell)
            return self._verdict(cell, story)

    async def begin(self, cell: Cell) -> None:
        """Order what is to go wrong."""
        aimed(cell.line.simulator(self.sandbox)).aim(cell.caller, *cell.way.faults(cell.when))

    async def end(self, cell: Cell) -> None:
        """Withdraw it where it would hit the next one."""

    async def _opened(self, cell: Cell) -> WorkflowHandle[Any, Any]:
        trunk = Entity(kind=EntityKind.TRUNK, id=cell.name, name=cell.name, site="Vienna")
        seen = Observation(
            event_id=cell.name,
            source="grid",
            kind=IncidentKind.TRUNK_FAILURE,
            entity=trunk,
            verdict=Verdict.BREACH,
            severity=Severity.CRITICAL,
            at=datetime.now(UTC),
        )
        return await self._time.client.start_workflow(
            messages.WORKFLOW,
            messages.Order(kind=seen.kind, entity=trunk, epoch=1, runbook=cell.runbook, reads=True, bounded=True),
            id=workflow_id(seen.kind, trunk.id),
            task_queue=queues.INCIDENTS,
            start_signal=messages.OBSERVE,
            start_signal_args=[messages.Observed(observations=(seen,), ids=(seen.event_id,))],
        )

    def _verdict(self, cell: Cell, story: messages.Snapshot) -> str:
        """`once`; `next` where the channel behind it told somebody; `both` where the timeline says why it did too."""
        first = self._count(cell.line, cell)
        behind = self._count(OF[Channel(cell.line.next.partition(":")[0])], cell)
        told = any(row.fact is Fact.PAGE_FAILED for row in story.timeline)
        match first, behind:
            case 1, 0:
                return "once"
            case 0, 1 if told:
                return "next"
            case 1, 1 if told:
                return "both"
            case 2, 0 if self._believed(cell):
                return "believed"
            case _:
                return f"{first} and {behind}"

    def _believed(self, cell: Cell) -> bool:
        """Whether nobody can look there, and the answer was one by which nothing was processed."""
        return cell.line.channel is Channel.TEAMS and cell.way.status == 429

    def _count(self, line: Line, cell: Cell) -> int:
        rows = line.simulator(self.sandbox).ledger.of(line.kind)
        return sum(cell.name in json.dumps(row) for row in rows)


async def _asked(handle: WorkflowHandle[Any, Any]) -> messages.Snapshot:
    """The story when somebody has been asked."""
    while True:
        with suppress(RPCError):
            story: messages.Snapshot = await handle.query(messages.SNAPSHOT, result_type=messages.Snapshot)
            if story.pages:
                return story
        await asyncio.sleep(_POLL)


def table(verdicts: dict[Cell, str]) -> str:
    """The grid as text: a row for each way and moment, a column for each channel."""
    found = {(cell.way.name, cell.when, cell.line.channel): said for cell, said in verdicts.items()}
    channels = list(dict.fromkeys(cell.line.channel for cell in verdicts))
    head = " ".join(channel.rjust(10) for channel in channels)
    rows = [
        f"{f'{name}, {when}':<24} " + " ".join(found[name, when, channel].rjust(10) for channel in channels)
        for name, when in dict.fromkeys((cell.way.name, cell.when) for cell in verdicts)
    ]
    return "\n".join((" " * 25 + head, *rows))
