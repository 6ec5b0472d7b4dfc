"""Consent: what may not be done by itself is asked for, and waits for people who prove who they are (S3.11)."""

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from workflows.desk import Desk
from workflows.failure import sentence

with workflow.unsafe.imports_passed_through():
    from activities.approval import Approvals, Checked, Checking
    from holdline.domain.approval import Mode, Proposal, Standing, Voice, must_ask, why_expired
    from holdline.domain.change import Plan
    from holdline.domain.duration import say
    from holdline.domain.messages import FORBIDDEN, Decision, Reply
    from holdline.domain.queues import INCIDENTS
    from holdline.domain.runbook import ActionRule
    from holdline.domain.timeline import Fact
    from holdline.ports import Decided
    from workflows.patience import CHECK


class Refused(Exception):
    """It may not be done, for the reason given."""


class Consent:
    """Asks, waits and hears."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._case = desk.case

    async def obtain(self, rule: ActionRule, plan: Plan) -> None:
        """Return when exactly this plan may be carried out, or it is over; raises Refused."""
        words = "; ".join(step.label for step in plan.steps)
        if rule.mode is Mode.SUGGEST:
            raise Refused(f"the runbook only suggests it: {words}")
        if not must_ask(rule.mode, rule.approval, self._desk.runbook.critical_hours, workflow.now()):
            return
        if self._case.proposal is None or self._case.proposal.digest != plan.digest:
            self._ask(rule, plan)
        await self._answered()

    def _ask(self, rule: ActionRule, plan: Plan) -> None:
        self._case.proposals += 1
        now = workflow.now()
        self._case.proposal = Proposal(
            id=self._case.key.effect("proposal", str(self._case.proposals)),
            digest=plan.digest,
            labels=tuple(step.label for step in plan.steps),
            asked_at=now,
            expires_at=now + rule.approval.expires,
            people=rule.approval.people,
        )
        who = "two people" if rule.approval.people > 1 else "somebody"
        limit = say(rule.approval.expires)
        self._desk.note(Fact.ASKED, f"waits up to {limit} for {who} to approve: {self._case.proposal.words}")

    async def _answered(self) -> None:
        """Wait for the end of the question; an approval stands until what was approved is done."""
        while (proposal := self._case.proposal) is not None and self._case.held_by is None and not self._desk.over:
            match proposal.standing(workflow.now()):
                case Standing.PENDING:
                    await self._desk.changed(
                        lambda: (self._case.proposal, self._case.held_by), proposal.expires_at, "approval expires"
                    )
                case Standing.APPROVED:
                    return
                case Standing.DENIED:
                    self._fall(f"{proposal.denied_by} denied it" + (f": {proposal.reason}" if proposal.reason else ""))
                case Standing.EXPIRED:
                    self._fall(why_expired(proposal))
        if not self._desk.moving_on:
            self._case.proposal = None

    def _fall(self, reason: str) -> None:
        self._case.proposal = None
        raise Refused(reason)

    def validate(self, decision: Decision) -> None:
        """Refuse what is about no question, or about another plan than the one that stands."""
        proposal = self._case.proposal
        if proposal is None or proposal.id != decision.proposal:
            raise ApplicationError("nothing waits for this approval; look at the incident again", type="Refused")
        if proposal.digest != decision.digest:
            raise ApplicationError("the plan is another one by now; look at the incident again", type="Refused")

    async def decide(self, voice: Voice, decision: Decision) -> Reply:
        """Check who it is, then count it if the question still stands."""
        if (refusal := await self._refusal(voice, decision)) is not None:
            self._desk.note(Fact.SKIPPED, f"{decision.by} wanted to {voice}: {refusal}")
            raise ApplicationError(refusal, type=FORBIDDEN)
        proposal = self._case.proposal
        if proposal is None or proposal.id != decision.proposal:
            return Reply(changed=False, text="it was decided, or the question fell, meanwhile")
        heard = proposal.heard(voice, decision.by, decision.reason)
        if heard == proposal:
            return Reply(changed=False, text=f"{decision.by} has approved it already")
        self._case.proposal = heard
        return self._told(heard, voice, decision)

    def _told(self, heard: Proposal, voice: Voice, decision: Decision) -> Reply:
        why = f": {decision.reason}" if decision.reason else ""
        if voice is Voice.DENY:
            self._desk.note(Fact.OPERATOR, f"{decision.by} denied it{why}")
            return Reply(changed=True, text=f"denied by {decision.by}: it is not done")
        count = f"{len(heard.approved_by)} of {heard.people}"
        self._desk.note(Fact.OPERATOR, f"{decision.by} approved it, {count}{why}")
        missing = "it is done now" if len(heard.approved_by) >= heard.people else "one more person must approve"
        return Reply(changed=True, text=f"approved by {decision.by}, {count}: {missing}")

    async def _refusal(self, voice: Voice, decision: Decision) -> str | None:
        effect = self._case.key.effect("approval", decision.by)
        decided = Decided(
            request_id=self._desk.request(effect),
            effect=effect,
            workflow_id=self._case.workflow_id,
            proposal=decision.proposal,
            digest=decision.digest,
            by=decision.by,
            proof=decision.proof,
        )
        try:
            checked: Checked = await self._desk.call(
                Approvals.check, Checking(voice=voice, decided=decided), INCIDENTS, "is it they?", **CHECK.options()
            )
        except ActivityError as error:
            return f"it could not be found out who this is: {sentence(error)}"
        return checked.refusal
