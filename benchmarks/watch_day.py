"""A generated day before the real detectors, in virtual time on a real server."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.worker import Worker

from activities.announcing import Announcement
from activities.polling import Polling
from benchmarks.history import counted
from benchmarks.trace import MINUTE, Outage, Trace
from holdline.domain import queues, watching
from holdline.domain.detection import ELSE, Group, Plan, Source, next_tick
from holdline.domain.entity import EntityKind
from holdline.domain.observation import Observation, Verdict
from holdline.domain.sweep import Finding, Gap, Sweep
from holdline.domain.watching import Detection
from holdline.ports import Unavailable, Wanted
from workers.virtual import VirtualTime
from workflows.detector import DetectorWorkflow

_KINDS = {Source.TRUNKS: EntityKind.TRUNK, Source.QUEUES: EntityKind.QUEUE}


ONE_RUN = ("limit.historyCount.suggestContinueAsNew=50000", "limit.historySize.suggestContinueAsNew=50000000")
"""The server's virtual clock adds what it has skipped once more when a workflow goes on as new: a day is one run."""
_ENDLESS = 1_000_000


@dataclass(frozen=True)
class Size:
    """How large a day is, and how many outages are planted in it."""

    trunks: int = 300
    queues: int = 200
    length: timedelta = timedelta(hours=24)
    trunk_outages: int = 12
    queue_outages: int = 8
    seed: int = 1


class Day:
    """The traces of both sources; it implements Sweeps, and hears what is announced."""

    def __init__(self, size: Size, begin: datetime) -> None:
        self.begin = begin
        self.traces = {
            Source.TRUNKS: Trace(EntityKind.TRUNK, size.trunks, size.length, size.seed, size.trunk_outages),
            Source.QUEUES: Trace(EntityKind.QUEUE, size.queues, size.length, size.seed, size.queue_outages),
        }
        self.length = size.length
        self.heard: list[Observation] = []
        self.looks = 0
        self.over = {source: asyncio.Event() for source in self.traces}

    async def sweep(self, wanted: Wanted) -> Sweep:
        """Look at the trace as it is at this time; the clock stands still at the end of the day."""
        trace, at = self.traces[wanted.plan.source], wanted.at - self.begin
        if at >= self.length:
            self.over[wanted.plan.source].set()
            await asyncio.Event().wait()
        self.looks += 1
        if trace.blackout(at):
            raise Unavailable("Genesys", "no connection")
        findings = [
            Finding(entity=entity, group=ELSE, verdict=seen.verdict, reason=seen.reason)
            for entity, seen in trace.looks(at)
            if wanted.group_of(entity) is not None
        ]
        gaps = [Gap(what=f"page {page + 1}", reason="Genesys: no answer in time") for page in trace.gaps(at)]
        return Sweep(findings=tuple(findings), gaps=tuple(gaps))

    @activity.defn(name="announce")
    async def announce(self, announcement: Announcement) -> None:
        """Keep what is announced."""
        self.heard += announcement.observations


@dataclass
class Account:
    """What became of a day: the incidents that were opened, by right or by noise, and what it cost."""

    found: dict[Outage, timedelta] = field(default_factory=dict)
    missed: list[Outage] = field(default_factory=list)
    noise: list[Observation] = field(default_factory=list)
    ended: int = 0
    repeated: int = 0
    looks: int = 0
    glitches: int = 0
    actions: Counter[str] = field(default_factory=Counter)

    @property
    def precision(self) -> float:
        """The share of opened incidents that were planted."""
        opened = len(self.found) + len(self.noise)
        return len(self.found) / opened if opened else 1.0

    @property
    def recall(self) -> float:
        """The share of planted incidents that were opened."""
        planted = len(self.found) + len(self.missed)
        return len(self.found) / planted if planted else 1.0


async def live(time: VirtualTime, size: Size) -> Account:
    """Let the detectors watch the day and draw up the account."""
    handles = {source: await _detector(time, source) for source in _KINDS}
    starts = [(await handle.describe()).start_time for handle in handles.values()]
    day = Day(size, next_tick(max(starts), MINUTE))
    async with _working(time, day):
        await asyncio.gather(*(over.wait() for over in day.over.values()))
        for handle in handles.values():
            await handle.terminate("the day is over")
    account = settled(day)
    account.actions = await _actions(list(handles.values()))
    account.actions["INCIDENT_SIGNALED"] = len(day.heard)
    return account


async def _detector(time: VirtualTime, source: Source) -> WorkflowHandle[Any, Any]:
    """Start a detector that never waits."""
    plan = Plan(source=source, groups=(Group(name=ELSE),))
    workflow_id = f"{watching.detector_id(source)}/noise"
    return await time.skipping.start_workflow(
        watching.DETECTOR, Detection(plan=plan, ticks=_ENDLESS), id=workflow_id, task_queue=queues.INCIDENTS
    )


@asynccontextmanager
async def _working(time: VirtualTime, day: Day) -> AsyncIterator[None]:
    poll = Worker(time.client, task_queue=queues.GENESYS, activities=[Polling(day).poll])
    watch = Worker(time.client, task_queue=queues.INCIDENTS, workflows=[DetectorWorkflow], activities=[day.announce])
    async with poll, watch:
        yield


async def _actions(handles: Sequence[WorkflowHandle[Any, Any]]) -> Counter[str]:
    """What Temporal Cloud would bill, with the runs that a day has outside of virtual time."""
    total: Counter[str] = Counter()
    for handle in handles:
        events = (await handle.fetch_history()).events
        billed = counted(events).actions
        total += billed
        total["CONTINUED_AS_NEW"] += billed["TIMER_STARTED"] // Detection.model_fields["ticks"].default
    return total


def settled(day: Day) -> Account:
    """Compare what was announced with what was planted."""
    account, planted = Account(looks=day.looks), [each for trace in day.traces.values() for each in trace.outages]
    account.glitches = sum(len(minutes) for trace in day.traces.values() for minutes in trace.glitches.values())
    open_: set[str] = set()
    for heard in sorted(day.heard, key=lambda each: each.at):
        if heard.verdict is Verdict.HEALTHY:
            account.ended += 1
            open_.discard(heard.entity.id)
        elif heard.entity.id in open_:
            account.repeated += 1
        else:
            open_.add(heard.entity.id)
            _opened(account, heard, heard.at - day.begin, planted)
    account.missed = [each for each in planted if each not in account.found]
    return account


def _opened(account: Account, heard: Observation, at: timedelta, planted: Sequence[Outage]) -> None:
    outage = next((each for each in planted if each.entity == heard.entity.id and each.covers(at)), None)
    if outage is None:
        account.noise.append(heard)
    else:
        account.found.setdefault(outage, at - outage.begin)
