"""S1.6: `escalate` pages somebody now, wherever the ladder stands."""

from holdline.domain import messages
from holdline.domain.escalation import EscalationPolicy
from holdline.domain.runbook import Runbook
from tests.support.scene import pages, scene, tier
from workers.virtual import VirtualTime


async def test_on_the_last_tier_before_it_is_stale(virtual: VirtualTime) -> None:
    """On the last numbered tier the stale tier is asked at once, not when its time has come."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("12m")
        await story.asks(messages.ESCALATE)
        await story.at("13m")
        assert "12m managers pagerduty:stale" == pages(await story.snapshot())[-1]


async def test_after_the_loud_end(virtual: VirtualTime) -> None:
    """After everybody was asked in vain the last tier is asked once more, and its page rings."""
    policy = EscalationPolicy(tiers=(tier("only", "pagerduty:one"),), stale=tier("boss", "pagerduty:two"), repeats=0)
    async with scene(virtual, Runbook(escalation=policy)) as story:
        await story.fails()
        await story.at("21m")
        before = story.outside.count("page", "two")
        await story.asks(messages.ESCALATE)
        await story.at("22m")
        assert before + 1 == story.outside.count("page", "two")


async def test_before_it_is_confirmed(virtual: VirtualTime) -> None:
    """An operator who escalates an unconfirmed failure is told that nobody is paged yet."""
    rule = Runbook(escalation=EscalationPolicy(tiers=(tier("only", "pagerduty:one"),)))
    stability = rule.stability.model_copy(update={"failures": 3})
    async with scene(virtual, rule.model_copy(update={"stability": stability})) as story:
        await story.fails()
        await story.at("5s")
        reply = await story.asks(messages.ESCALATE)
        assert "as soon as the failure is confirmed" in reply.text
