"""A scene: one incident in virtual time before an outside in memory, told in the words of the trade."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker

from activities.announcing import Announcing
from activities.approval import Approvals
from activities.briefing import Briefing
from activities.credentials import Preflight
from activities.crowds import Crowds
from activities.gatekeeping import Gatehouse, open_gate
from activities.notifying import Notifying
from activities.paging import Paging
from activities.readings import Readings
from activities.remediation import Remediation
from activities.texting import Texting
from activities.ticketing import Ticketing
from holdline import intake
from holdline.domain import messages, queues, storm
from holdline.domain.approval import Voice, proof
from holdline.domain.change import ActionKind
from holdline.domain.credential import Credential
from holdline.domain.duration import parse_duration, say
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.escalation import ROOMS, EscalationPolicy, Target, Tier
from holdline.domain.gate import Limits
from holdline.domain.gate_messages import GATE
from holdline.domain.incident import READABLE, IncidentKind, Severity
from holdline.domain.keys import workflow_id
from holdline.domain.lifecycle import State
from holdline.domain.observation import Observation, Verdict
from holdline.domain.recovery import RecoveryRule
from holdline.domain.runbook import Runbook
from holdline.domain.storm import StormRule
from holdline.domain.ticket import TicketSystem
from holdline.domain.timeline import Fact
from holdline.operators import ConfiguredOperators, Operator, OperatorRole
from holdline.ports import Lever, Reader
from holdline.secrets import Secret
from tests.support.ending import gives_way, terminated
from tests.support.outside import Outside
from tests.support.temporal import unique
from workers.virtual import VirtualTime
from workflows.gate import GateWorkflow
from workflows.incident import IncidentWorkflow
from workflows.preflight import PreflightWorkflow
from workflows.ticket import TicketWorkflow


def tier(name: str, *targets: str) -> Tier:
    """A tier by its name and targets such as `sms:alice`."""
    return Tier(name=name, page=tuple(Target.model_validate(each) for each in targets))


LADDER = EscalationPolicy(
    tiers=(tier("first", "pagerduty:one"), tier("second", "pagerduty:two"), tier("third", "pagerduty:three")),
    stale=tier("managers", "pagerduty:stale"),
    repeats=2,
)
"""Three tiers and a stale one; 5 minutes each, stale after 15."""


ALONE = StormRule(at_least=0)
"""Every incident pages for itself, and at once."""


def alone(runbook: Runbook) -> Runbook:
    """The same runbook without storms."""
    return runbook.model_copy(update={"storm": ALONE})


RUNBOOK = Runbook(escalation=LADDER, recovery=RecoveryRule(reading_interval=timedelta(minutes=7)), storm=ALONE)
"""A reading never falls due together with a tier: the server's virtual clock may jump over the second of two timers
that are due within the same few milliseconds."""


TOKENS = {name: f"{name}-proves-it-with-twenty-four-bytes" for name in ("alice", "otto", "bob")}
"""Two approvers, and bob, who is none."""


def _operator(name: str) -> Operator:
    token = Secret(f"env:{name}")
    token.bind(TOKENS)
    return Operator(token, frozenset({OperatorRole.OPERATOR if name == "bob" else OperatorRole.APPROVER}))


OPERATORS = {name: _operator(name) for name in TOKENS}


GATE_LIMITS = Limits(cap=100, lease=timedelta(days=1), blast_window=timedelta(0), blast_trunks=10_000)
"""The gate's clock stands still while an incident's is moved: a lease outlasts any story, no touch counts after it."""

_PATIENCE = timedelta(seconds=10)
"""An incident's clock stands still while it asks, and skips what it waits for a signal."""

REAL_LIMITS = GATE_LIMITS.model_copy(update={"cap": 10, "lease": timedelta(seconds=20)})
"""In real time what a terminated incident held is free for the next story."""


SYSTEM = TicketSystem.SERVICENOW
"""Where the tickets of these tests are."""

About = tuple[IncidentKind, Entity]
"""Another kind of incident than a trunk's, and what it is about."""

Levers = Mapping[ActionKind, Lever]


class Scene:
    """One incident and the world around it."""

    def __init__(self, time: VirtualTime, outside: Outside, runbook: Runbook, about: About | None = None) -> None:
        self.time = self._time = time
        self._events = count(1)
        self.outside = outside
        self.runbook = runbook
        site = "Vienna" if runbook.storm == ALONE else unique("Vienna")
        trunk = Entity(kind=EntityKind.TRUNK, id=unique("trunk"), name="Carrier A", site=site)
        self.kind, self.trunk = about or (IncidentKind.TRUNK_FAILURE, trunk)
        self._now = datetime.now(UTC)
        self._handle: WorkflowHandle[Any, Any] | None = None

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        """The incident's workflow."""
        assert self._handle is not None
        return self._handle

    @property
    def client(self) -> Client:
        """A client of the server that the scene is on."""
        return self._time.client

    def handle_of(self, id_: str) -> WorkflowHandle[Any, Any]:
        """Another incident's workflow."""
        return self._time.client.get_workflow_handle(id_)

    def seen(self, verdict: Verdict, severity: Severity = Severity.CRITICAL, **fields: Any) -> messages.Observed:
        """What a gateway would signal about the trunk."""
        event_id = fields.pop("event_id", f"event-{next(self._events)}")
        observation = Observation(
            event_id=event_id,
            source="test",
            kind=self.kind,
            entity=self.trunk,
            verdict=verdict,
            severity=severity,
            at=fields.pop("at", None) or self._now,
            reason="no OPTIONS answer",
            by_bounds=fields.pop("by_bounds", True),
            **fields,
        )
        return messages.Observed(observations=(observation,), ids=(event_id,))

    async def fails(
        self,
        severity: Severity = Severity.CRITICAL,
        skipping: bool = False,
        reads: bool = True,
        bounded: bool = True,
        **fields: Any,
    ) -> None:
        """The trunk fails; with `skipping` the incident never waits.

        An older release `reads` trunks alone, and its waits are not `bounded`.
        """
        client = self._time.skipping if skipping else self._time.client
        order = messages.Order(
            kind=self.kind, entity=self.trunk, epoch=1, runbook=self.runbook, reads=reads, bounded=bounded
        )
        self._handle = await client.start_workflow(
            messages.WORKFLOW,
            order,
            id=workflow_id(self.kind, self.trunk.id),
            task_queue=queues.INCIDENTS,
            start_signal=messages.OBSERVE,
            start_signal_args=[self.seen(Verdict.BREACH, severity, **fields)],
            result_type=messages.Snapshot,
        )

    async def gathers(self, *members: str, severity: Severity = Severity.CRITICAL) -> None:
        """The parent of this site is opened by incidents that do not exist; from now on the scene is about it."""
        parent = storm.about(self.trunk.site)
        for member in members:
            await intake.join(self._time.client, self.joins(member, severity), parent, self.kind, self.runbook)
        opened = self._time.client.get_workflow_handle(workflow_id(self.kind, parent.id))
        self._handle = self._time.client.get_workflow_handle(
            opened.id,
            first_execution_run_id=(await opened.describe()).raw_description.workflow_execution_info.first_run_id,
            result_type=messages.Snapshot,
        )

    def joins(self, member: str, severity: Severity = Severity.CRITICAL, over: bool = False) -> messages.Membership:
        """What an incident says to its parent."""
        return messages.Membership(
            event_id=f"{member}-{'over' if over else 'join'}",
            workflow_id=workflow_id(self.kind, member),
            label=member,
            epoch=1,
            opening=1,
            severity=severity,
            over=over,
            reason="no OPTIONS answer",
        )

    async def observes(self, verdict: Verdict, ago: timedelta = timedelta(0), **fields: Any) -> None:
        """Another observation arrives, made now by the incident's clock or some time ago."""
        self._now = await self._time.now(self.handle)
        fields["at"] = self._now - ago
        await self.handle.signal(messages.OBSERVE, self.seen(verdict, **fields))

    async def now(self) -> datetime:
        """What the incident's clock shows."""
        return await self._time.now(self.handle)

    async def at(self, moment: str) -> None:
        """Move the incident's clock to a moment after its start, such as `4m59s`."""
        assert await self._time.move(self.handle, parse_duration(moment)), f"it ended before {moment}"

    async def at_next(self, offset: timedelta) -> None:
        """Move the incident's clock to its next step, or some time before or after it."""
        now, due = await self._time.now(self.handle), (await self.snapshot()).next_at
        assert due is not None, "no step is due"
        elapsed = await self._time.elapsed(self.handle)
        assert await self._time.move(self.handle, elapsed + (due - now) + offset), "it ended before"

    async def asks(self, update: str, by: str = "alice") -> messages.Reply:
        """An operator does something by update."""
        reply = await self.handle.execute_update(update, messages.Request(by=by), result_type=messages.Reply)
        assert isinstance(reply, messages.Reply)
        return reply

    async def decides(self, voice: Voice, by: str = "alice", **forged: str) -> messages.Reply:
        """A person answers the question that stands, with the proof of their token."""
        proposal = (await self.snapshot()).proposal
        assert proposal is not None, "nothing is asked"
        said = {"by": by, "proposal": proposal.id, "digest": proposal.digest} | forged
        about = (self.handle.id, said["proposal"], said["digest"], by)
        said.setdefault("proof", proof(TOKENS.get(by, "none"), voice, *about))
        reply = await self.handle.execute_update(
            voice.value, messages.Decision.model_validate(said), result_type=messages.Reply
        )
        assert isinstance(reply, messages.Reply)
        return reply

    async def snapshot(self) -> messages.Snapshot:
        """What the incident says of itself; a run that goes on as new answers once its first task is scheduled."""
        while True:
            try:
                answer = await self.handle.query(messages.SNAPSHOT, result_type=messages.Snapshot)
            except RPCError as error:
                if error.status is not RPCStatusCode.FAILED_PRECONDITION:
                    raise
                await asyncio.sleep(0.05)
            else:
                assert isinstance(answer, messages.Snapshot)
                return answer

    async def reaches(self, state: State) -> None:
        """Wait until what was said has been weighed and the incident stands there."""
        while (await self.snapshot()).state is not state:  # noqa: ASYNC110 - a server tells nobody
            await asyncio.sleep(0.02)

    async def ends(self) -> messages.Snapshot:
        """Let the incident's clock skip to its end and return the story."""
        await self._time.finish(self.handle)
        story = await self.handle.result()
        assert isinstance(story, messages.Snapshot)
        return story

    async def recovers(self) -> None:
        """The trunk is healthy: two observations in a row say so."""
        self.outside.verdict = Verdict.HEALTHY
        await self.observes(Verdict.HEALTHY)
        await self.observes(Verdict.HEALTHY)


def when(story: messages.Snapshot, *facts: Fact) -> list[str]:
    """The rows of some kinds as `5m paged tier 2 …`, minutes and seconds after the opening."""
    rows = [entry for entry in story.timeline if entry.fact in facts]
    return [f"{say(_whole(entry.at - story.opened_at))} {entry.text}" for entry in rows]


def pages(story: messages.Snapshot) -> list[str]:
    """The pages as `5m second pagerduty:two`."""
    return [f"{say(_whole(page.at - story.opened_at))} {page.tier} {page.target}" for page in story.pages]


def _whole(duration: timedelta) -> timedelta:
    """Round to five seconds: what a busy machine takes for an activity is part of the virtual time."""
    return timedelta(seconds=5 * round(duration.total_seconds() / 5))


def jobs(outside: Outside, levers: Levers | None = None) -> dict[str, list[Callable[..., Any]]]:
    """The activities of each vendor's task queue, before this outside, or with levers of their own."""
    remediation, paging = Remediation(levers or dict.fromkeys(ActionKind, outside), outside), Paging(outside)
    preflight = Preflight(Credential.GENESYS, outside)
    readers: dict[IncidentKind, Reader] = {
        **dict.fromkeys(READABLE, outside),
        IncidentKind.CREDENTIAL_EXPIRED: preflight,
    }
    readings = Readings(readers, remediation)
    tickets = Ticketing(outside.tickets, "https://temporal.example")
    rooms = Notifying(outside.room)
    return {
        **{queues.of_channel(each): [rooms.notify, rooms.renew] for each in ROOMS},
        queues.of_tickets(SYSTEM): [tickets.open, tickets.update, tickets.close, tickets.reconcile, tickets.state],
        queues.GENESYS: [readings.read, readings.survey, remediation.plan, remediation.change, preflight.check],
        queues.PAGERDUTY: [paging.page, paging.ask_page, paging.silence_page, paging.close_page],
        queues.TWILIO: [Texting(outside).text],
        queues.WEBHOOKS: [remediation.plan, remediation.change],
    }


def inside(crowds: Crowds | None = None, limits: Limits = GATE_LIMITS) -> list[Callable[..., Any]]:
    """The activities of the incidents' own task queue."""
    crowds = crowds or Crowds()
    bonds: list[Callable[..., Any]] = [crowds.join, crowds.parent_pages, crowds.call_roll, Briefing().brief]
    announcing = Announcing(dict.fromkeys(IncidentKind, RUNBOOK))
    checks = (Approvals(ConfiguredOperators(OPERATORS)).check, Gatehouse(limits, patience=_PATIENCE).claim_at_gate)
    return [*checks, announcing.announce, *bonds]


@asynccontextmanager
async def crew(
    client: Client,
    outside: Outside,
    levers: Levers | None = None,
    crowds: Crowds | None = None,
    limits: Limits = GATE_LIMITS,
) -> AsyncIterator[None]:
    """Run workers for all task queues before this outside."""
    async with AsyncExitStack() as stack:
        for queue, each in jobs(outside, levers).items():
            await stack.enter_async_context(Worker(client, task_queue=queue, activities=each))
        await stack.enter_async_context(
            Worker(
                client,
                task_queue=queues.INCIDENTS,
                workflows=[IncidentWorkflow, TicketWorkflow, GateWorkflow, PreflightWorkflow],
                activities=inside(crowds, limits),
                workflow_failure_exception_types=[Exception],
                # The worker of the scene before is gone; nobody waits for it.
                sticky_queue_schedule_to_start_timeout=timedelta(milliseconds=500),
            )
        )
        # Another test may have left limits of its own.
        await open_gate(client, limits)
        try:
            yield
        finally:
            await gate_rests(client)


async def gate_rests(client: Client) -> None:
    """Leave the gate with nothing to do: what it is given while its worker ends would wait ten seconds."""
    gate = client.get_workflow_handle(GATE)
    with suppress(RPCError, TimeoutError):
        async with asyncio.timeout(5):
            while (await gate.describe()).raw_description.HasField("pending_workflow_task"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


@asynccontextmanager
async def scene(
    time: VirtualTime,
    runbook: Runbook | None = None,
    staffed: bool = True,
    about: About | None = None,
    levers: Levers | None = None,
    limits: Limits = GATE_LIMITS,
) -> AsyncIterator[Scene]:
    """Open a scene; the incident that is still open at its end is terminated.

    It is about one incident, which pages for itself, unless the runbook has a word about storms.
    """
    rules = runbook or RUNBOOK
    stage = Scene(time, Outside(), rules if "storm" in rules.model_fields_set else alone(rules), about)
    async with AsyncExitStack() as stack:
        if staffed:
            await stack.enter_async_context(crew(time.client, stage.outside, levers, limits=limits))
        yield stage
        for credential in Credential:
            await terminated(stage.handle_of(workflow_id(IncidentKind.CREDENTIAL_EXPIRED, credential)))
        if stage._handle is not None:
            await terminated(stage.handle)
            if staffed:
                await gives_way(stage.handle)
