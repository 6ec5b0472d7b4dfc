"""S1.6: an acknowledgement that lapses begins the repeats anew, also after the loud end."""

from datetime import timedelta

from holdline.domain import messages
from holdline.domain.escalation import EscalationPolicy
from holdline.domain.runbook import Runbook
from holdline.domain.timeline import Fact
from tests.support.scene import scene, tier, when
from workers.virtual import VirtualTime


async def test_late_acknowledgement_lapses(virtual: VirtualTime) -> None:
    """Somebody takes it after the loud end and falls asleep: it is paged and repeated again, to a second loud end."""
    policy = EscalationPolicy(
        tiers=(tier("only", "pagerduty:one"),), repeats=1, lease=timedelta(minutes=7), stale_after=timedelta(hours=9)
    )
    async with scene(virtual, Runbook(escalation=policy)) as story:
        await story.fails()
        await story.at("11m")
        assert 1 == len(when(await story.snapshot(), Fact.TERMINAL))
        await story.asks(messages.ACKNOWLEDGE)
        await story.at("29m")
        assert 4 == story.outside.count("page", "one")
        assert 2 == len(when(await story.snapshot(), Fact.TERMINAL))
