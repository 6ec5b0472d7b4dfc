"""S1.6: the ladder when nobody answers."""

from holdline.domain.lifecycle import State
from holdline.domain.timeline import Fact
from tests.support.scene import pages, scene, when
from workers.virtual import VirtualTime


async def test_tiers_follow_at_their_times(virtual: VirtualTime) -> None:
    """Nobody acknowledges: tiers at 0:00, 5:00, 10:00, the stale tier at 15:00, its repeats, then the loud end."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("31m")
        told = await story.snapshot()
        assert [
            "0s first pagerduty:one",
            "5m second pagerduty:two",
            "10m third pagerduty:three",
            "15m managers pagerduty:stale",
            "20m managers pagerduty:stale",
            "25m managers pagerduty:stale",
        ] == pages(told)
        assert ["30m"] == [row.split()[0] for row in when(told, Fact.TERMINAL)]
        assert State.MONITORING is told.state
