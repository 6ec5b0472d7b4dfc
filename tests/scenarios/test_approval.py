"""S3.11: what may not be done by itself waits for people who prove who they are."""

from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from holdline.domain.approval import ApprovalRule, CriticalHours, Mode, Needed, Voice, proof
from holdline.domain.change import ActionKind
from holdline.domain.incident import Severity
from holdline.domain.lifecycle import State
from holdline.domain.runbook import ActionRule, RemediationRule, Runbook
from holdline.domain.timeline import Fact
from tests.support.scene import RUNBOOK, TOKENS, Scene, pages, scene, when
from workers.virtual import VirtualTime


def asking(mode: Mode = Mode.APPROVE, hours: CriticalHours | None = None, **approval: object) -> Runbook:
    """A runbook that asks before it reorders the route."""
    rule = ActionRule(do=ActionKind.REORDER_ROUTE, mode=mode, approval=ApprovalRule.model_validate(approval))
    return RUNBOOK.model_copy(update={"remediation": RemediationRule(actions=(rule,)), "critical_hours": hours})


async def refused(story: Scene, voice: Voice, by: str = "alice", **forged: str) -> str:
    """The sentence that a decision is refused with."""
    with pytest.raises(WorkflowUpdateFailedError) as error:
        await story.decides(voice, by, **forged)
    assert isinstance(error.value.cause, ApplicationError)
    return error.value.cause.message


async def test_nothing_is_done_before_somebody_approves(virtual: VirtualTime) -> None:
    """Until then people are paged, even for HIGH; afterwards it is done as it was shown."""
    async with scene(virtual, asking()) as story:
        await story.fails(Severity.HIGH)
        await story.at("2m")
        told = await story.snapshot()
        assert told.proposal is not None
        assert ("route Vienna out: carrier-b first",) == told.proposal.labels
        assert (0, ["0s first pagerduty:one"]) == (story.outside.count("route"), pages(told))
        reply = await story.decides(Voice.APPROVE)
        assert (True, "approved by alice, 1 of 1: it is done now") == (reply.changed, reply.text)
        await story.reaches(State.MONITORING)
        told = await story.snapshot()
        assert (1, None, 1) == (story.outside.count("route", "carrier-b"), told.proposal, told.retry_count)


async def test_a_denial_hands_over(virtual: VirtualTime) -> None:
    """It is not done, now or later, and the reason is told."""
    async with scene(virtual, asking()) as story:
        await story.fails()
        await story.at("1m")
        await story.decides(Voice.DENY, reason="maintenance at the other carrier")
        await story.reaches(State.HANDED_OVER)
        assert 0 == story.outside.count("route")
        last = when(await story.snapshot(), Fact.STATE)[-1]
        assert "alice denied it: maintenance at the other carrier" in last


async def test_a_question_that_nobody_answers_falls(virtual: VirtualTime) -> None:
    """After its time nothing is done, and an approval that comes later counts for nothing."""
    async with scene(virtual, asking(expires=timedelta(minutes=7))) as story:
        await story.fails()
        await story.at("6m50s")
        assert State.REMEDIATING is (await story.snapshot()).state
        await story.at("7m30s")
        told = await story.snapshot()
        assert (State.HANDED_OVER, None, 0) == (told.state, told.proposal, story.outside.count("route"))
        assert "nobody approved within 7m" in when(told, Fact.STATE)[-1]


async def test_two_people_are_two_people(virtual: VirtualTime) -> None:
    """The same person twice is one; the second one decides."""
    async with scene(virtual, asking(people=2)) as story:
        await story.fails()
        await story.at("1m")
        assert "one more person must approve" in (await story.decides(Voice.APPROVE)).text
        again = await story.decides(Voice.APPROVE)
        assert (False, "alice has approved it already") == (again.changed, again.text)
        assert 0 == story.outside.count("route")
        assert "it is done now" in (await story.decides(Voice.APPROVE, "otto")).text
        await story.reaches(State.MONITORING)
        assert 1 == story.outside.count("route")


@pytest.mark.parametrize(
    ("by", "forged", "reason"),
    [
        ("mallory", {}, "there is no operator mallory"),
        ("bob", {}, "bob has not the role approver"),
        ("alice", {"proof": "0" * 64}, "the token is not that of alice"),
        ("alice", {"digest": "another plan"}, "the plan is another one by now"),
        ("alice", {"proposal": "another question"}, "nothing waits for this approval"),
    ],
)
async def test_whoever_may_not_approve(virtual: VirtualTime, by: str, forged: dict[str, str], reason: str) -> None:
    """A stranger, somebody without the role, a wrong token, another plan and another question are refused."""
    async with scene(virtual, asking()) as story:
        await story.fails()
        await story.at("1m")
        assert reason in await refused(story, Voice.APPROVE, by, **forged)
        assert 0 == story.outside.count("route")


async def test_an_approval_is_no_denial(virtual: VirtualTime) -> None:
    """The proof of the one is worth nothing for the other."""
    async with scene(virtual, asking()) as story:
        await story.fails()
        await story.at("1m")
        proposal = (await story.snapshot()).proposal
        assert proposal is not None
        from_a_denial = await _proof(story, Voice.DENY)
        assert "the token is not that of alice" in await refused(story, Voice.APPROVE, proof=from_a_denial)


async def test_a_suggestion_is_never_carried_out(virtual: VirtualTime) -> None:
    """It is told, and people are asked to see to it."""
    async with scene(virtual, asking(Mode.SUGGEST)) as story:
        await story.fails(Severity.HIGH)
        await story.at("1m")
        told = await story.snapshot()
        assert (State.HANDED_OVER, 0, 1) == (told.state, story.outside.count("route"), len(told.pages))
        assert "the runbook only suggests it: route Vienna out: carrier-b first" in when(told, Fact.STATE)[-1]


async def test_in_critical_hours_nobody_is_asked(virtual: VirtualTime) -> None:
    """Where the policy says so, an outage in them is repaired at once, and outside them by approval."""
    always = CriticalHours.model_validate({"since": "00:00", "until": "23:59:59.999999"})
    runbook = asking(hours=always, needed=Needed.OUTSIDE_CRITICAL_HOURS)
    async with scene(virtual, runbook) as story:
        await story.fails()
        await story.at("1m")
        assert (1, None) == (story.outside.count("route"), (await story.snapshot()).proposal)
    async with scene(virtual, runbook.model_copy(update={"critical_hours": None})) as story:
        await story.fails()
        await story.at("1m")
        assert 0 == story.outside.count("route")
        assert (await story.snapshot()).proposal is not None


async def test_recovery_makes_the_question_pointless(virtual: VirtualTime) -> None:
    """What has recovered by itself is not repaired, and nothing is asked any more."""
    async with scene(virtual, asking()) as story:
        await story.fails()
        await story.at("1m")
        await story.recovers()
        await story.reaches(State.RESOLVED)
        assert ((await story.snapshot()).proposal, 0) == (None, story.outside.count("route"))


async def test_what_changed_meanwhile_is_not_done(virtual: VirtualTime) -> None:
    """What was approved is what is executed: another plan is no longer theirs."""
    async with scene(virtual, asking()) as story:
        await story.fails()
        await story.at("1m")
        story.outside.order = ("carrier-a", "carrier-c", "carrier-b")
        await story.decides(Voice.APPROVE)
        await story.reaches(State.HANDED_OVER)
        assert 0 == story.outside.count("route")
        assert "no longer what would be done" in when(await story.snapshot(), Fact.STATE)[-1]


async def _proof(story: Scene, voice: Voice) -> str:
    """What alice's token makes of a decision."""
    proposal = (await story.snapshot()).proposal
    assert proposal is not None
    return proof(TOKENS["alice"], voice, story.handle.id, proposal.id, proposal.digest, "alice")
