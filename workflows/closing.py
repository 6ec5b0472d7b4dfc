"""Close: put everything back, resolve what was opened, then linger for late events and a relapse (S1.3)."""

from datetime import datetime

from temporalio import workflow

from workflows.desk import Desk
from workflows.pages import Pages
from workflows.parent import Parent
from workflows.reading import read, read_edge
from workflows.revert import Revert
from workflows.rooms import Rooms
from workflows.shelter import Sheltering
from workflows.ticketing import Ticketing

with workflow.unsafe.imports_passed_through():
    from holdline.domain.case import Case
    from holdline.domain.change import Outcome
    from holdline.domain.duration import say
    from holdline.domain.lifecycle import Move
    from holdline.domain.observation import Observation, Verdict
    from holdline.domain.stability import Evidence
    from holdline.domain.timeline import Fact


class Closing:
    """Winds an incident down and keeps it open for the re-open window."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._case = desk.case
        self._wound_down = False

    async def run(self) -> bool:
        """Return True where the incident is closed for good, False where it was re-opened or goes on as new."""
        until = (self._case.over_at or workflow.now()) + self._desk.runbook.linger
        self._case.next_at, self._case.next_step = until, "closed for good; a failure before then re-opens it"
        while not await self._relapsed():
            await self._wind_down()
            if self._desk.moving_on:
                return False
            if workflow.now() >= until and not self._case.inbox and self._case.look_at is None:
                await Ticketing(self._desk).close(last=True)
                return not self._case.inbox
            wake_at = self._case.look_at or until
            await self._desk.until(lambda: bool(self._case.inbox) or self._desk.moving_on, wake_at, "re-open window")
            await self._look_after(until)
        return False

    async def _look_after(self, until: datetime) -> None:
        """Look at the edges that were put back; one that stays offline fails again, though no event says so."""
        due = self._case.look_at
        if due is None or workflow.now() < due or self._case.inbox or self._desk.moving_on:
            return
        seen = [await read_edge(self._desk, each) for each in self._case.edges_back]
        again = workflow.now() + self._desk.runbook.recovery.reading_interval
        self._case.look_at = again if None in seen and again < until else None
        for each in filter(None, seen):
            if each.verdict is Verdict.BREACH:
                self._case.inbox.append(self._as_ours(each))
            else:
                self._desk.note(Fact.SEEN, f"{_edge(each)} was looked at after it was put back: {each.reason}")

    def _as_ours(self, seen: Observation) -> Observation:
        """A failure of what this incident has put back is its own."""
        reason = f"{_edge(seen)} was put back into service: {seen.reason}"
        return seen.model_copy(update={"kind": self._case.kind, "entity": self._case.entity, "reason": reason})

    async def cancelled(self) -> None:
        """Keep what was promised before a workflow that was cancelled in the console ends."""
        self._desk.cancelled, self._desk.moving_on = True, False
        if not self._desk.ended:
            self._desk.move(Move.RESOLVE, "cancelled in the console")
        # A page that is under way must be known before the pages are closed.
        await workflow.wait_condition(lambda: self._desk.effects == 0)
        while not self._wound_down:
            self._desk.take()
            await self._wind_down()
        self._desk.publish()

    async def _wind_down(self) -> None:
        """Put everything back, then resolve the pages; a new failure interrupts it, a false alarm resumes it."""
        if self._wound_down:
            return
        await self._tell()
        await self._put_back()
        if not self._interrupted:
            await Pages(self._desk).close()
        if not self._interrupted:
            await Rooms(self._desk).end()
        if not self._interrupted:
            await Ticketing(self._desk).close(last=self._desk.cancelled)
        self._wound_down = not self._interrupted

    @property
    def _interrupted(self) -> bool:
        return self._desk.failing_again or self._desk.moving_on

    async def _tell(self) -> None:
        if self._case.storm is not None:
            await Parent(self._desk).dismiss()
        else:
            await Sheltering(self._desk).tell()

    async def _put_back(self) -> None:
        if self._case.held_by is not None and self._case.outstanding:
            self._desk.note(Fact.SKIPPED, f"not put back: {self._case.held_by} holds the change")
            return
        for record in self._case.outstanding:
            await Revert(self._desk).run(record, "the incident is resolved")

    async def _relapsed(self) -> bool:
        while self._case.inbox:
            observation = self._case.inbox.pop(0)
            if observation.verdict is Verdict.BREACH and await self._newer(observation):
                self._reopen(observation)
                return True
        return False

    async def _newer(self, observation: Observation) -> bool:
        """A failure after the end is a relapse; one that claims to be older is looked into, and believed in doubt."""
        news = self._case.over_at is None or observation.at > self._case.over_at
        if news or self._case.storm is not None:
            return True
        seen = await read(self._desk, "has it failed again?")
        if seen is None or seen.verdict is not Verdict.HEALTHY:
            return True
        about = self._case.entity.kind
        self._desk.note(
            Fact.SKIPPED, f"a failure from before the recovery arrived late; the {about} is not failing now"
        )
        return False

    def _reopen(self, observation: Observation) -> None:
        reset(self._case)
        self._case.opening += 1
        self._case.opened_at = workflow.now()
        self._case.inbox = [observation, *self._case.inbox]
        again = f"it failed again within {say(self._desk.runbook.linger)}: {observation.reason}"
        self._desk.move(Move.REOPEN, again)


def _edge(seen: Observation) -> str:
    return f"edge {seen.entity.label}"


def reset(case: Case) -> None:
    """Forget what belongs to the last opening; the pages, the changes and the timeline stay."""
    case.evidence, case.convalescence, case.read_at = Evidence(), None, None
    case.ladder, case.acknowledgement = None, None
    case.hear_from(workflow.now())
    case.attempts, case.repaired_at, case.over_at = 0, None, None
    case.trying, case.try_at, case.at_gate_since = False, None, None
    case.held_by, case.revert_failed, case.look_at = None, False, None
    case.looked, case.shelter, case.apart = False, None, False
    case.rooms = [each for each in case.rooms if not each.ended or each.replaceable]
    case.changes = [each for each in case.changes if each.outcome is not Outcome.REVERTED]
