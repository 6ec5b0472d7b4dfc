"""Taking one action: plan it, obtain consent, wait for the turn, change, verify; the inverse is registered first."""

from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.consent import Consent, Refused
from workflows.desk import Desk
from workflows.failure import Cause, cause
from workflows.turn import LONG, NotByItself, Turn

with workflow.unsafe.imports_passed_through():
    from activities.remediation import Changing, Planning, Remediation
    from holdline.domain.case import ChangeRecord
    from holdline.domain.change import ActionKind, Outcome, Plan, Step
    from holdline.domain.queues import queue_of
    from holdline.domain.runbook import ActionRule
    from holdline.domain.timeline import Fact
    from workflows.patience import CHANGE, READ


ADDING = frozenset({ActionKind.JOIN_AGENTS, ActionKind.SKILL_AGENTS})


class GiveUp(Exception):
    """Automation stops touching the entity, for the reason given."""


class Taking:
    """One action of the runbook in one attempt."""

    def __init__(self, desk: Desk, consent: Consent, rule: ActionRule, first: bool) -> None:
        self._desk = desk
        self._case = desk.case
        self._consent = consent
        self._rule = rule
        self._first = first
        self._planned_at = workflow.now()

    async def run(self) -> str:
        """Take it; returns the reason where there was nothing to do. Raises GiveUp, ActivityError."""
        plan = await self._plan()
        if not plan.steps:
            return "" if plan.settled else plan.reason
        try:
            await self._consent.obtain(self._rule, plan)
            what = f"{self._rule.do} for {self._case.entity.label}"
            turn = Turn(self._desk).taken(plan.resources, plan.touches, what, self._stop, plan.queues)
            async with turn as until:
                return await self._in_turn(plan, until)
        except Refused as reason:
            raise GiveUp(str(reason)) from None
        except NotByItself as reason:
            raise GiveUp(f"the gate only suggests it, {plan.words}: {reason}") from None

    async def _in_turn(self, plan: Plan, until: datetime | None) -> str:
        """Change what was planned, looked at again where that was a while ago."""
        if until is None:
            self.allowed()
            return ""
        if workflow.now() - self._planned_at >= LONG:
            again = await self._plan()
            if not again.steps:
                return "" if again.settled else again.reason
            plan = self._same(plan, again)
        try:
            await self._change_all(plan, until)
        except ActivityError as error:
            # Another incident may have made the same change just before the turn began.
            if cause(error) is not Cause.CONFLICT or not (await self._plan()).settled:
                raise
        return ""

    def _same(self, plan: Plan, again: Plan) -> Plan:
        """What is executed is what was approved; what needed no approval may be another plan by now."""
        if again.digest != plan.digest and self._case.proposal is not None:
            raise GiveUp("what was approved is no longer what would be done")
        if not set(again.resources) <= set(plan.resources):
            raise GiveUp("what would be done now needs other locks than those held")
        return again

    async def _change_all(self, plan: Plan, until: datetime) -> None:
        for step in plan.steps:
            self.allowed()
            if self._desk.over:
                return
            await self._change(step, until)
        self._case.proposal = None

    def allowed(self) -> None:
        """Raise GiveUp where an operator holds the automation."""
        if self._case.held_by is not None:
            raise GiveUp(f"{self._case.held_by} holds the automation")

    def _stop(self) -> bool:
        return self._desk.over or self._case.held_by is not None

    async def _plan(self) -> Plan:
        known, self._desk.plan = self._desk.plan, None
        if known is not None and self._first and self._is_ours():
            self._planned_at = self._case.read_at or self._planned_at
            self._look(known)
            return known
        self._planned_at = workflow.now()
        effect = self._case.key.effect(f"plan.{self._case.attempts}", self._rule.do)
        planning = Planning(
            request_id=self._desk.request(effect),
            effect=effect,
            # Where nothing was looked at before, the plan is the first look.
            first=self._case.read_at is None or self._desk.unlooked,
            rule=self._rule,
            entity=self._case.entity,
        )
        question = f"what would {self._rule.do} change?"
        plan: Plan = await self._desk.call(
            Remediation.plan, planning, queue_of(self._rule.do), question, **READ.options()
        )
        self._desk.unlooked = False
        self._look(plan)
        return plan

    def _is_ours(self) -> bool:
        """Whether the first look planned this rule: it may have become worse meanwhile, which asks for others."""
        return self._desk.planned == self._rule or not workflow.patched("plans-anew")

    def _look(self, plan: Plan) -> None:
        """Settle what was unknown where the target reads as it was wanted."""
        for record in [each for each in self._case.changes if each.outcome is Outcome.UNKNOWN]:
            if plan.found.get(record.change.target) == record.change.wanted:
                self._settle(record, Outcome.APPLIED)
                self._desk.note(Fact.CHANGED, f"{record.change.label}: found in force after an unknown outcome")

    async def _change(self, step: Step, until: datetime) -> None:
        record = self._register(step)
        change = record.change
        changing = Changing(
            request_id=self._desk.request(change.effect), effect=change.effect, until=until, change=change
        )
        self._desk.passage.touched = True
        try:
            receipt = await self._desk.call(
                Remediation.change, changing, queue_of(step.action), change.label, **CHANGE.options()
            )
        except ActivityError as error:
            self._settle(record, Outcome.UNKNOWN if cause(error) is Cause.UNKNOWN else Outcome.LEFT)
            raise
        self._settle(record, Outcome.APPLIED)
        found = " (an earlier attempt had done it)" if receipt.adopted else ""
        self._desk.note(Fact.CHANGED, f"{change.label}, read back as {receipt.proof}{found}")

    def _register(self, step: Step) -> ChangeRecord:
        change = step.change(self._case.key.effect(step.action, step.target))
        inverse = change.inverse(self._case.key.effect(f"revert.{step.action}", step.target), step.back)
        record = ChangeRecord(change=change, inverse=inverse, resources=step.resources, at=workflow.now())
        self._case.changes = [*(each for each in self._case.changes if not _replaces(record, each)), record]
        return record

    def _settle(self, record: ChangeRecord, outcome: Outcome) -> None:
        settled = record.model_copy(update={"outcome": outcome})
        self._case.changes = [settled if each is record else each for each in self._case.changes]


def _replaces(record: ChangeRecord, before: ChangeRecord) -> bool:
    """Whether a further attempt takes the place of one before it.

    What brings agents in may have had a part of its effect: then it is put back as well, besides what is done now.
    """
    if before.change.effect != record.change.effect:
        return False
    other = (before.change.expected, before.change.wanted) != (record.change.expected, record.change.wanted)
    return not (other and before.outstanding and record.change.action in ADDING)
