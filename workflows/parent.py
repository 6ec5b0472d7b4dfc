"""The parent of many: it pages once for all of them, repairs and reads nothing, and is over when all of them are."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.desk import Desk

with workflow.unsafe.imports_passed_through():
    from activities.crowds import Crowds, RollCall
    from holdline.domain import keys
    from holdline.domain.lifecycle import Move, State
    from holdline.domain.messages import WORD, Membership, Word, WordKind
    from holdline.domain.observation import Observation, Verdict
    from holdline.domain.queues import INCIDENTS
    from holdline.domain.storm import Member, Standing, Storm, words, worth_a_row
    from holdline.domain.timeline import Fact
    from workflows.patience import CHECK

# The list of Temporal is a little behind: who has just joined is not missed.
_SETTLED = timedelta(seconds=10)


class Parent:
    """The parent's side of a storm."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._case = desk.case

    @property
    def _storm(self) -> Storm:
        assert self._case.storm is not None
        return self._case.storm

    async def run(self) -> None:
        """Return when every member is over, or a person says that it is."""
        await self._begin()
        while not self._desk.over:
            await self._pass_hold()
            if not self._storm.open:
                self._desk.move(Move.RECOVER, f"all of them are over: {self._words}")
                return
            await self._wait()

    async def _begin(self) -> None:
        self._desk.take()
        await self._desk.until(lambda: bool(self._storm.members) or self._desk.over, None, "")
        if self._case.state is State.DETECTED and not self._desk.over:
            self._desk.move(Move.CONFIRM, self._words)
        if self._case.state is State.STABILIZED:
            self._desk.move(Move.WATCH, "its members are repaired one by one")

    @property
    def _words(self) -> str:
        return words(self._case.kind, self._storm, self._case.entity)

    async def _wait(self) -> None:
        check_at = workflow.now() + self._desk.runbook.escalation.stale_after

        def ready() -> bool:
            return self._desk.over or not self._storm.open or bool(self._unaware)

        await self._desk.until(ready, check_at, "are the members still there?")
        if not ready():
            await self._call_roll()

    async def _call_roll(self) -> None:
        """A member that was terminated tells nobody: what Temporal does not list any more is over."""
        roll = RollCall(prefix=keys.prefix(self._case.kind))
        settled = workflow.now() - _SETTLED
        try:
            present: frozenset[str] = await self._desk.call(
                Crowds.call_roll, roll, INCIDENTS, "which members are still open?", **CHECK.options()
            )
        except ActivityError:
            return
        for member in self._storm.open:
            if member.workflow_id not in present and member.joined_at < settled:
                self._case.storm = self._storm.left(member.workflow_id, member.place)
                self._desk.note(Fact.SEEN, f"{member.label} is not open any more")

    @property
    def _unaware(self) -> list[Member]:
        held = self._case.held_by is not None
        return [each for each in self._storm.open if not each.held] if held else []

    async def _pass_hold(self) -> None:
        unaware = self._unaware
        await self._say(unaware, WordKind.HOLD, "")
        for member in unaware:
            self._case.storm = self._storm.told(member.workflow_id)

    async def dismiss(self) -> None:
        """It is over while members are open: they page for themselves from now on."""
        members = self._storm.open
        if not members:
            return
        await self._say(list(members), WordKind.DISMISS, f"{self._case.workflow_id} is {self._case.state}")
        for member in members:
            self._case.storm = self._storm.left(member.workflow_id, member.place, Standing.APART)
        self._desk.note(Fact.SEEN, f"{len(members)} of them are open and page for themselves from now on")

    async def _say(self, members: list[Member], kind: WordKind, reason: str) -> None:
        word = Word(parent=self._case.workflow_id, kind=kind, by=self._case.held_by or "", reason=reason)
        await asyncio.gather(*(self._desk.tell(each.workflow_id, WORD, word) for each in members))

    def hear(self, said: Membership) -> None:
        """A member joins, or is over; one that joins when it was over already re-opens the storm."""
        if not self._case.admit((said.event_id,)):
            return
        self._case.events += 1
        if said.over:
            self._over(said)
        else:
            self._joins(said)

    def _over(self, said: Membership) -> None:
        self._case.storm = self._storm.left(said.workflow_id, (said.epoch, said.opening))
        if worth_a_row(self._storm.recovered):
            self._desk.note(Fact.SEEN, f"{said.label} is over, {len(self._storm.open)} are open")

    def _joins(self, said: Membership) -> None:
        member = Member(
            workflow_id=said.workflow_id,
            label=said.label,
            epoch=said.epoch,
            opening=said.opening,
            joined_at=workflow.now(),
        )
        if self._desk.ended and not self._case.inbox:
            self._case.storm = self._storm.anew()
        self._case.storm = self._storm.joined(member, 0 if self._desk.ended else said.counted)
        self._desk.worsen(said.severity, said.reason)
        if not self._case.event_id:
            self._case.event_id, self._case.reason = said.event_id, said.reason
        if worth_a_row(len(self._storm.members)):
            self._desk.note(Fact.SEEN, f"{said.label} is one of them: {said.reason or 'a failure'}")
        if self._desk.ended:
            self._reopen(said)

    def _reopen(self, said: Membership) -> None:
        again = Observation(
            event_id=said.event_id,
            source="a member",
            kind=self._case.kind,
            entity=self._case.entity,
            verdict=Verdict.BREACH,
            severity=said.severity,
            at=workflow.now(),
            reason=said.label,
        )
        self._case.inbox = [*self._case.inbox, again][-1:]
