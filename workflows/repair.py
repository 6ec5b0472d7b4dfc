"""Repair: at most three attempts, the inverse registered before each change, then hands off (S1.7)."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.consent import Consent
from workflows.desk import Desk
from workflows.failure import Cause, cause, sentence, throttling
from workflows.taking import GiveUp, Taking

with workflow.unsafe.imports_passed_through():
    from holdline.domain.change import Outcome
    from holdline.domain.lifecycle import Move, State
    from holdline.domain.runbook import ActionRule
    from holdline.domain.timeline import Fact

_HELD_BACK = 20
"""How often an incident comes back to a vendor that holds it back, before that counts as an attempt."""


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
        await self._pause()
        if self._desk.over:
            return
        if not self._case.trying and self._case.attempts >= self._rule.attempts:
            raise GiveUp(f"{self._case.attempts} of {self._rule.attempts} attempts have failed")
        if self._case.held_by is not None:
            raise GiveUp(f"{self._case.held_by} holds the automation")
        self._count()
        try:
            await self._act()
        except ActivityError as error:
            self._failed(error)

    async def _pause(self) -> None:
        if (at := self._case.try_at) is not None:
            await self._desk.until(lambda: self._desk.over, at, "before the next attempt")
            self._case.try_at = at if self._desk.moving_on else None

    def _count(self) -> None:
        """One more attempt, unless the incident went on as new in the middle of this one."""
        if not self._case.trying:
            self._case.attempts += 1
            self._case.trying = True
            self._case.last_attempt_at = workflow.now()

    async def _act(self) -> None:
        due = self._due()
        reasons = [await Taking(self._desk, self._consent, rule, rule == due[0]).run() for rule in due]
        if self._desk.over:
            return
        if all(reasons) and not any(each.outcome is Outcome.APPLIED for each in self._case.changes):
            raise GiveUp("; ".join(reasons))
        self._repaired()

    def _repaired(self) -> None:
        self._case.trying = False
        self._case.repaired_at = workflow.now()
        if self._case.state is State.REMEDIATING:
            self._desk.move(Move.WATCH, "what was changed is verified; waiting for recovery")

    def _failed(self, error: ActivityError) -> None:
        self._case.trying = False
        if cause(error) in (Cause.REFUSED, Cause.CREDENTIAL, Cause.CONFLICT):
            raise GiveUp(sentence(error)) from None
        wait = throttling(error)
        if wait is not None and self._held_back < _HELD_BACK:
            self._hold_back(wait)
            return
        count = f"attempt {self._case.attempts} of {self._rule.attempts}"
        self._desk.note(Fact.RETRIED, f"{count} failed: {sentence(error)}")
        if self._case.attempts < self._rule.attempts:
            self._case.try_at = workflow.now() + self._rule.pause * 2 ** (self._case.attempts - 1)

    def _hold_back(self, wait: timedelta) -> None:
        """What a vendor refused for its rate alone was no attempt (S1.7); come back when it says."""
        self._held_back += 1
        self._case.attempts -= 1
        self._case.try_at = workflow.now() + wait

    def _hand_over(self, reason: str) -> None:
        if any(each.outcome is Outcome.UNKNOWN for each in self._case.changes):
            self._desk.note(Fact.UNKNOWN, "the outcome of a change is unknown: look at it")
        self._case.proposal, self._case.trying = None, False
        if self._case.state is State.REMEDIATING:
            self._desk.move(Move.HAND_OVER, f"automation stops: {reason}")
