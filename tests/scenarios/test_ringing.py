"""S1.6: a page that PagerDuty would fold into an open one wakes nobody, so each round to a service has its own key."""

from holdline.domain.escalation import EscalationPolicy
from holdline.domain.runbook import Runbook
from tests.support.scene import scene, tier
from workers.virtual import VirtualTime


async def test_one_service_and_no_stale_tier(virtual: VirtualTime) -> None:
    """With a single service every page of the ladder rings, also those after the incident has become stale."""
    policy = EscalationPolicy(tiers=(tier("only", "pagerduty:one"),), repeats=2)
    async with scene(virtual, Runbook(escalation=policy)) as story:
        await story.fails()
        await story.at("26m")
        paged = [page.target for page in (await story.snapshot()).pages]
        assert len(paged) == story.outside.count("page", "one")


async def test_one_service_on_two_tiers(virtual: VirtualTime) -> None:
    """A service that stands on two tiers rings on both."""
    policy = EscalationPolicy(tiers=(tier("first", "pagerduty:one"), tier("second", "pagerduty:one", "sms:boss")))
    async with scene(virtual, Runbook(escalation=policy)) as story:
        await story.fails()
        await story.at("6m")
        assert 2 == story.outside.count("page", "one")
