"""Repair: at most three attempts, the inverse registered before each change, then hands off (S1.7)."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.consent import Consent, Refused
from workflows.desk import Desk
from workflows.failure import Cause, cause, sentence, throttling

with workflow.unsafe.imports_passed_through():
    from activities.remediation import Changing, Planning, Remediation
    from holdline.domain.case import ChangeRecord
    from holdline.domain.change import Change, Outcome, Plan, Step
    from holdline.domain.lifecycle import Move, State
    from holdline.domain.queues import queue_of
    from holdline.domain.runbook import ActionRule
    from holdline.domain.timeline import Fact
    from workflows.patience import CHANGE, READ

_HELD_BACK = 20
"""How often an incident comes back to a vendor that holds it back, before that counts as an attempt."""


class GiveUp(Exception):
    """Automation stops touching the entity, for the reason given."""


class Repair:
    """Takes the actions of the runbook, one after the other."""

    def __init__(self, desk: Desk, consent: Consent) -> None:
        self._desk = desk
        self._consent = consent
        self._case = desk.case
        self._rule = desk.runbook.remediation
        self._held_back = 0

    async def run(self) -> None:
        """Leave STABILIZED and REMEDIATING for MONITORING, or for HANDED_OVER; begin again when it gets worse."""
        while not self._desk.over:
            if self._case.state is State.STABILIZED:
                self._begin()
            while self._case.state is State.REMEDIATING and not self._desk.over:
                try:
                    await self._attempt()
                except GiveUp as reason:
                    self._hand_over(str(reason))
            await self._desk.changed(self._due, None, "")
            if self._case.state is State.MONITORING and not self._desk.over:
                self._desk.move(Move.REMEDIATE, f"it is {self._case.severity} now, which asks for other actions")

    def _due(self) -> tuple[ActionRule, ...]:
        return self._rule.due(self._case.kind, self._case.severity)

    def _begin(self) -> None:
        due = self._due()
        if not due:
            self._desk.move(Move.WATCH, "the runbook repairs nothing")
        else:
            actions = ", then ".join(rule.do.value.replace("_", " ") for rule in due)
            self._desk.move(Move.REMEDIATE, f"the runbook says: {actions}")

    async def _attempt(self) -> None:
        if self._case.attempts >= self._rule.attempts:
            raise GiveUp(f"{self._case.attempts} of {self._rule.attempts} attempts have failed")
        self._allowed()
        # A question that stood when the incident went on as new belongs to the attempt that asked it.
        self._case.attempts += self._case.waits_for is None
        self._case.last_attempt_at = workflow.now()
        try:
            await self._act()
        except ActivityError as error:
            await self._failed(error)

    async def _act(self) -> None:
        reasons = [await self._take(rule) for rule in self._due()]
        if self._desk.over:
            return
        if all(reasons) and not any(each.outcome is Outcome.APPLIED for each in self._case.changes):
            raise GiveUp("; ".join(reasons))
        self._repaired()

    async def _take(self, rule: ActionRule) -> str:
        """Take one action; returns the reason where there was nothing to do."""
        # The gate belongs around this section: the lock of the entity and the cap of concurrent
        # remediations (S3.8, S1.8). Paging and ticketing never wait for it.
        plan = await self._plan(rule)
        self._look(plan)
        await self._consented(rule, plan)
        for step in plan.steps:
            self._allowed()
            if self._desk.over:
                return ""
            await self._change(step)
        self._case.proposal = None
        return "" if plan.steps else plan.reason

    async def _consented(self, rule: ActionRule, plan: Plan) -> None:
        """Wait for those who must agree; what took its time is looked at again before it is done."""
        if not plan.steps:
            return
        before = workflow.now()
        try:
            await self._consent.obtain(rule, plan)
        except Refused as reason:
            raise GiveUp(str(reason)) from None
        if workflow.now() > before and not self._desk.over:
            self._allowed()
            if (await self._plan(rule)).digest != plan.digest:
                raise GiveUp("what was approved is no longer what would be done")

    def _allowed(self) -> None:
        if self._case.held_by is not None:
            raise GiveUp(f"{self._case.held_by} holds the automation")

    def _look(self, plan: Plan) -> None:
        """Settle what was unknown where the target reads as it was wanted."""
        for record in [each for each in self._case.changes if each.outcome is Outcome.UNKNOWN]:
            if plan.found.get(record.change.target) == record.change.wanted:
                self._settle(record, Outcome.APPLIED)
                self._desk.note(Fact.CHANGED, f"{record.change.label}: found in force after an unknown outcome")

    async def _plan(self, rule: ActionRule) -> Plan:
        known, self._desk.plan = self._desk.plan, None
        if known is not None and rule == self._due()[0]:
            return known
        effect = self._case.key.effect(f"plan.{self._case.attempts}", rule.do)
        planning = Planning(request_id=self._desk.request(effect), effect=effect, rule=rule, entity=self._case.entity)
        plan: Plan = await self._desk.call(
            Remediation.plan, planning, queue_of(rule.do), f"what would {rule.do} change?", **READ.options()
        )
        return plan

    async def _change(self, step: Step) -> None:
        record = self._register(step)
        change = record.change
        changing = Changing(request_id=self._desk.request(change.effect), effect=change.effect, change=change)
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
        change: Change = step.change(self._case.key.effect(step.action, step.target))
        inverse = change.inverse(self._case.key.effect(f"revert.{step.action}", step.target), step.back)
        record = ChangeRecord(change=change, inverse=inverse, at=workflow.now())
        # A further attempt at the same effect takes the place of the one before.
        self._case.changes = [each for each in self._case.changes if each.change.effect != change.effect] + [record]
        return record

    def _settle(self, record: ChangeRecord, outcome: Outcome) -> None:
        settled = record.model_copy(update={"outcome": outcome})
        self._case.changes = [settled if each is record else each for each in self._case.changes]

    def _repaired(self) -> None:
        self._case.repaired_at = workflow.now()
        if self._case.state is State.REMEDIATING:
            self._desk.move(Move.WATCH, "what was changed is verified; waiting for recovery")

    async def _failed(self, error: ActivityError) -> None:
        if cause(error) in (Cause.REFUSED, Cause.CREDENTIAL, Cause.CONFLICT):
            raise GiveUp(sentence(error)) from None
        wait = throttling(error)
        if wait is not None and self._held_back < _HELD_BACK:
            await self._hold_back(wait)
            return
        count = f"attempt {self._case.attempts} of {self._rule.attempts}"
        self._desk.note(Fact.RETRIED, f"{count} failed: {sentence(error)}")
        pause = workflow.now() + self._rule.pause * 2 ** (self._case.attempts - 1)
        if self._case.attempts < self._rule.attempts:
            await self._desk.until(lambda: self._desk.over, pause, "pause before the next attempt")

    async def _hold_back(self, wait: timedelta) -> None:
        """What a vendor refused for its rate alone was no attempt (S1.7); come back when it says."""
        self._held_back += 1
        self._case.attempts -= 1
        await self._desk.until(lambda: self._desk.over, workflow.now() + wait, "the vendor asked us to hold back")

    def _hand_over(self, reason: str) -> None:
        if any(each.outcome is Outcome.UNKNOWN for each in self._case.changes):
            self._desk.note(Fact.UNKNOWN, "the outcome of a change is unknown: look at it")
        if self._case.state is State.REMEDIATING:
            self._desk.move(Move.HAND_OVER, f"automation stops: {reason}")
