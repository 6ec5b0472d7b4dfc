"""The incident's part in its ticket: it briefs the keeper of it, and asks there who has it (S4.1, S4.7)."""

from collections.abc import Callable
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.desk import Desk
from workflows.shelter import Sheltering

with workflow.unsafe.imports_passed_through():
    from activities import ticketing
    from activities.briefing import Briefed, Briefing, Instruction
    from holdline.domain.acknowledgement import Acknowledgement, Via
    from holdline.domain.credential import Credential
    from holdline.domain.incident import IncidentKind
    from holdline.domain.queues import INCIDENTS, of_tickets
    from holdline.domain.storm import Crowd, Look
    from holdline.domain.text import person
    from holdline.domain.ticket import TicketRule
    from holdline.domain.ticket_messages import Brief, Record, Ticketed, TicketInput
    from holdline.domain.timeline import Fact
    from holdline.ports import SOMEBODY, TicketOrder, TicketState
    from workflows.failure import sentence
    from workflows.patience import BRIEF, LOOK
    from workflows.told import facts, news, since, stage

# An incident that an older release has begun hears nobody of its ticket once it was free again.
_ANEW = "heard-anew"


class Ticketing:
    """Briefs the keeper of the ticket whenever there is news; the keeper outlives the incident."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._case = desk.case
        self._shelter = Sheltering(desk)

    async def run(self) -> None:
        """Return when the incident is over; the end is told by `close`."""
        rule = self._rule
        while rule is not None and not self._desk.over and not self._case.unkept:
            if self._case.sheltered:
                await self._desk.changed(lambda: self._case.sheltered, None, "")
            elif news(self._case) == self._case.told:
                await self._desk.changed(lambda: (news(self._case), self._case.sheltered), None, "")
            elif (due := self._due(rule)) is not None:
                await self._desk.changed(lambda: (stage(self._case), self._case.sheltered), due, "news for the ticket")
            else:
                await self._brief(rule)

    async def close(self, *, last: bool = False) -> None:
        """Tell that it is over; `last` lets the keeper go. An incident without a ticket has nothing to tell."""
        if self._rule is not None and self._case.keeping and not self._case.unkept:
            await self._say(self._rule, None, lambda: self._desk.failing_again, last=last)

    @property
    def _rule(self) -> TicketRule | None:
        """A refused credential has its ticket in no system that needs it (S1.9)."""
        rule = self._desk.runbook.ticket
        own = self._case.kind is IncidentKind.CREDENTIAL_EXPIRED
        return None if rule is None or (own and self._case.entity.id == rule.system) else rule

    def _due(self, rule: TicketRule) -> datetime | None:
        """When news may be told; None for now. A new stage does not wait here: the keeper has a pace of its own."""
        before = self._case.told
        if self._case.told_at is None or before[0] != stage(self._case):
            return None
        due = self._case.told_at + rule.pace
        return due if workflow.now() < due else None

    async def _brief(self, rule: TicketRule) -> None:
        """Tell the news; the first time it is looked whether the incident is one of many, which have one ticket."""
        look = None if self._case.keeping or self._case.pages else self._shelter.glance()
        said = await self._say(rule, look, self._over)
        if said is not None and said.crowd is not None and look is not None and not said.crowd.certain:
            said = await self._say(rule, self._shelter.strictly(look), self._over)
        if said is None or said.crowd is None or self._desk.over:
            return
        if not await self._shelter.join(said.crowd) and not self._desk.over:
            await self._say(rule, None, self._over)

    def _over(self) -> bool:
        return self._desk.over

    async def _say(
        self, rule: TicketRule, look: Look | None, stop: Callable[[], bool], *, last: bool = False
    ) -> Briefed | None:
        """Brief the keeper. A number is used once: whoever is stopped or fails may have been heard all the same."""
        told, at = news(self._case), workflow.now()
        if self._case.briefs == 0:
            # Whoever briefs it first decides for good how its keeper is called: another release may go on.
            self._case.marked = self._desk.marked and workflow.patched("keeper-marked")
        said = Instruction(ticket=self._input(rule), brief=self._written(last), look=look)
        before, self._case.briefs, self._case.keeping = self._case.keeping, said.brief.number, True
        summary = f"brief the ticket: {told[0]}"
        try:
            answer: Briefed = await self._desk.call_unless(
                stop, Briefing.brief, said, INCIDENTS, summary, **BRIEF.options()
            )
        except ActivityError as error:
            if not stop():
                self._desk.note(Fact.SKIPPED, f"its ticket could not be briefed: {sentence(error)}")
            self._case.told = told
            return None
        if answer.crowd is None:
            self._case.told, self._case.told_at = told, at
        else:
            self._case.keeping = before or _begun(answer.crowd)
        if not answer.kept:
            self._case.unkept = True
            self._desk.note(Fact.SKIPPED, f"its ticket in {rule.system} is not told any more: nobody keeps it")
        return answer

    def _input(self, rule: TicketRule) -> TicketInput:
        case = self._case
        return TicketInput(
            incident=case.workflow_id,
            epoch=case.epoch,
            event_id=case.event_id,
            rule=rule,
            mark=case.mark,
            marked=case.marked,
        )

    def _written(self, last: bool) -> Brief:
        return Brief(
            number=self._case.briefs + 1,
            stage=stage(self._case),
            facts=facts(self._case),
            note=since(self._case, self._case.told_at),
            last=last,
        )

    def hear(self, said: Ticketed) -> None:
        """Write down what became of the ticket; a credential that was refused is an incident of its own."""
        rule = self._desk.runbook.ticket
        if self._of_another(said) or rule is None:
            return
        if said.record is not None:
            self._record(said.record)
        self._desk.note(Fact.UNKNOWN if said.failed else Fact.TICKET, said.text)
        if said.refused:
            self._case.refused = {**self._case.refused, Credential(rule.system.value): said.refused}

    def _of_another(self, said: Ticketed) -> bool:
        """Whether it is the word of another episode's keeper; one of the same number may have been forgotten."""
        forgotten = said.mark and self._case.mark and said.mark != self._case.mark
        return bool(forgotten) or said.epoch != self._case.epoch

    def _record(self, record: Record) -> None:
        """Whom the system itself gave it to, when it was opened or opened again, is nobody's answer."""
        before, self._case.ticket = self._case.ticket, record
        if before is None or before.taker != record.taker:
            self._case.named = record.taker

    @property
    def unlooked(self) -> bool:
        """Whether nobody knows whom the ticket named when the incident was free again."""
        known = self._case.ticket is None or self._case.heard_from is None or self._case.named is not None
        return not known and self._rule is not None and workflow.patched(_ANEW)

    async def check(self) -> bool:
        """Ask the ticket system who has it; True where somebody does (S1.6, S4.7). A slow one is not waited for."""
        rule, record = self._rule, self._case.ticket
        if rule is None or record is None:
            return False
        order = self._question(record.id)
        try:
            state: TicketState = await self._desk.call(
                ticketing.Ticketing.state, order, of_tickets(rule.system), "who has the ticket?", **LOOK.options()
            )
        except ActivityError as error:
            self._desk.note(Fact.SKIPPED, f"{rule.system} could not be asked for an answer: {sentence(error)}")
            return False
        return self._answered(state, record.taker)

    def _question(self, record: str) -> TicketOrder:
        effect = self._case.key.effect("ask", "ticket")
        key = self._case.key.ticket_key(self._case.mark)
        return TicketOrder(
            request_id=self._desk.request(effect),
            effect=effect,
            key=key,
            facts={},
            record=record,
            # What we have opened again ourselves is nobody's answer.
            reopen=self._case.opening > 1,
        )

    def _answered(self, state: TicketState, given_to: str) -> bool:
        """Whether somebody has it; whom the system itself gave it to when it was opened was not told by anybody."""
        by, at = state.acknowledged_by or state.resolved_by, state.acknowledged_at
        heard_from, taken = self._case.heard_from, self._case.acknowledgement
        if heard_from is not None and workflow.patched(_ANEW):
            by = self._newly(state, heard_from)
        elif by in (given_to, person(given_to)) or (heard_from is not None and (at is None or at < heard_from)):
            by = None
        if taken is not None and taken.holds(workflow.now()):
            return True
        if by is None:
            return False
        lease = self._desk.runbook.escalation.lease
        self._case.acknowledgement = Acknowledgement(by=by, via=Via.TICKET_CHECK, at=at or workflow.now(), lease=lease)
        self._desk.note(Fact.ACKNOWLEDGED, f"{by} has it ({Via.TICKET_CHECK})")
        return True

    def _newly(self, state: TicketState, heard_from: datetime) -> str | None:
        """Who has taken it since it was free again; where the system tells no time, whoever was not named before.

        A name at the first look may be older than that, and a status without a name too; who merely wrote last is none.
        """
        ours = self._case.opening > 1
        by = state.acknowledged_by or (None if ours else state.resolved_by)
        named = SOMEBODY if by and state.guessed else by or ""
        before, self._case.named = self._case.named, named
        if state.acknowledged_at is not None:
            return by if state.acknowledged_at >= heard_from else None
        if before is None or named == before or (named == SOMEBODY and (ours or before)):
            return None
        return by


def _begun(crowd: Crowd) -> bool:
    """Whether an attempt before this one may have begun to keep a ticket: it is closed with the incident."""
    return crowd.doubtful and workflow.patched("keeper-in-doubt")
