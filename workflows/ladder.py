"""Wait, check, escalate: page the tiers of the ladder until somebody has the incident (S1.4, S1.5, S1.6)."""

import asyncio

from temporalio import workflow

from workflows.desk import Desk
from workflows.pages import Pages
from workflows.shelter import Sheltering
from workflows.ticketing import Ticketing

with workflow.unsafe.imports_passed_through():
    from holdline.domain.change import Outcome
    from holdline.domain.duration import say
    from holdline.domain.escalation import Act, Ladder, Progress, Step, Target, Tier, next_step, nobody, waking
    from holdline.domain.lifecycle import State
    from holdline.domain.timeline import Fact


class Escalation:
    """Climbs the ladder; every decision is `next_step`'s."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._case = desk.case
        self._policy = desk.runbook.escalation
        self._pages = Pages(desk)
        self._shelter = Sheltering(desk)

    async def run(self) -> None:
        """Return when the incident is over; nothing is paged before the severity's path says so."""
        while not self._desk.over:
            if self._case.sheltered:
                await self._shelter.rest()
            elif self._case.ladder is None:
                await self._sleep()
            else:
                await self._step(self._case.ladder)

    async def _sleep(self) -> None:
        # A storm, and a runbook that repairs nothing leaves it to people from the start.
        nothing = self._case.storm is not None or not self._desk.runbook.remediation.due(
            self._case.kind, self._case.severity
        )
        # So does one that waits for somebody's approval.
        handed_over = nothing or self._case.state is State.HANDED_OVER or self._case.waits_for is not None
        patience = self._desk.runbook.page_high_after
        wake = waking(self._case.severity, self._progress(handed_over), patience, workflow.now())
        if wake.awake:
            self._case.ladder = Ladder(opened_at=workflow.now(), due=workflow.now())
            return
        self._case.next_at, self._case.next_step = wake.until, wake.reason
        case = self._case
        await self._desk.changed(
            lambda: (case.severity, case.state, case.repaired_at, case.ladder, case.waits_for is None),
            wake.until,
            "time for the remediation",
        )

    def _progress(self, handed_over: bool) -> Progress:
        bounded, case = self._desk.bounded, self._case
        return Progress(
            handed_over=handed_over,
            since=case.opened_at if bounded else None,
            repaired_at=case.repaired_at,
            needs=self._needs() if bounded else "",
        )

    def _needs(self) -> str:
        """What automation wants of a person, whatever the severity."""
        if self._case.waits_for is not None:
            return "somebody must say whether it may be repaired"
        unsure = any(each.outcome is Outcome.UNKNOWN for each in self._case.changes)
        handed_over = self._case.state is State.HANDED_OVER
        return "automation has ended, and the outcome of a change is unknown" if handed_over and unsure else ""

    async def _step(self, ladder: Ladder) -> None:
        if ladder.missed is not None and self._case.acknowledgement is None:
            await self._pass_on(ladder, ladder.missed)
            return
        step = next_step(self._policy, ladder, self._case.acknowledgement, workflow.now())
        match step.act:
            case Act.WAIT | Act.REST:
                await self._rest(step)
            case Act.ASK:
                await self._climb(ladder, step)
            case Act.EXHAUST:
                await self._exhaust(step)

    async def _rest(self, step: Step) -> None:
        if self._case.acknowledgement is not None and await self._pages.silence():
            # That took time, in which anything may have been said: decide anew.
            return
        self._case.next_at, self._case.next_step = step.until, self._next(step)
        await self._desk.changed(lambda: (self._case.ladder, self._case.acknowledgement), step.until, step.reason)

    def _next(self, step: Step) -> str:
        if step.act is Act.REST:
            return f"{step.reason}; waiting for recovery" + (" (the acknowledgement lapses)" if step.until else "")
        return f"{step.reason}, then the next tier is paged"

    async def _climb(self, ladder: Ladder, step: Step) -> None:
        looked = False
        if self._case.acknowledgement is not None:
            self._lapse()
        elif ladder.tier:
            if await self._answered():
                return
            looked = True
        if self._desk.over:
            return
        tier = self._policy.tier(step.tier)
        if not tier.page:
            self._desk.note(Fact.SKIPPED, nobody(tier))
        pressed = ladder.pressed
        self._change(pressed=False)
        alone, known = self._case.shelter is None, len(self._case.pages)
        reached = await self._ask(tier, step, pressed, looked=looked)
        if alone and self._case.shelter is not None:
            # It is one of many: nobody was asked.
            return
        due = workflow.now() + self._policy.patience(step.tier, reached)
        self._case.ladder = self._ladder.climbed(step.tier, due, reached)
        self._pages.overtaken(known)

    async def _ask(self, tier: Tier, step: Step, pressed: bool, *, looked: bool) -> bool:
        """Page a tier; beside it the ticket is looked at, where nobody knows whom it named before this page."""
        ticket, asked = Ticketing(self._desk), self._pages.ask(tier, step, pressed=pressed)
        if looked or not ticket.unlooked:
            return await asked
        reached, _ = await asyncio.gather(asked, ticket.check())
        return reached

    async def _pass_on(self, ladder: Ladder, missed: Target) -> None:
        """A page did not arrive: the next channel of its tier is tried, and where there is none the next tier."""
        tier = self._policy.tier(ladder.tier)
        step = Step(act=Act.ASK, tier=ladder.tier, reason=f"the page to {missed} did not arrive")
        known = len(self._case.pages)
        reached = await self._pages.ask(tier, step, after=missed)
        patience = self._policy.patience(ladder.tier, reached)
        self._case.ladder = self._ladder.passed_on(workflow.now() + patience, reached)
        self._pages.overtaken(known)

    async def _answered(self) -> bool:
        """Whether somebody has it by the word of any vendor; none waits for another."""
        if self._case.ticket is None:
            return await self._pages.check()
        return any(await asyncio.gather(self._pages.check(), Ticketing(self._desk).check()))

    @property
    def _ladder(self) -> Ladder:
        """The ladder as it stands now: an operator may have pressed since the step was decided."""
        assert self._case.ladder is not None
        return self._case.ladder

    def _change(self, **fields: bool | int) -> None:
        self._case.ladder = self._ladder.model_copy(update=fields)

    def _lapse(self) -> None:
        lapsed = self._case.acknowledgement
        self._case.acknowledgement = None
        # An answer to an older page no longer counts: the vendor still shows the acknowledgement that lapsed.
        self._case.hear_from(workflow.now())
        self._change(round=0, exhausted=False)
        if lapsed is not None:
            lease = f" after {say(lapsed.lease)}" if lapsed.lease else ""
            self._desk.note(Fact.LAPSED, f"the acknowledgement of {lapsed.by} lapsed{lease}")

    async def _exhaust(self, step: Step) -> None:
        if await self._answered():
            return
        self._case.ladder = self._ladder.exhaust(workflow.now() + self._policy.wait)
        self._desk.note(Fact.TERMINAL, f"NOBODY ACKNOWLEDGED: {step.reason}")
        workflow.logger.error("escalation exhausted: nobody acknowledged %s", self._case.workflow_id)
        await self._pages.last_resort(self._policy.last_resort)
