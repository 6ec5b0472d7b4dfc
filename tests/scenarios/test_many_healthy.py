"""S3.6: recovery is declared once, however many healthy observations come at once, and whatever comes behind them."""

from holdline.domain.lifecycle import State
from holdline.domain.observation import Verdict
from tests.support.scene import crew, scene
from workers.virtual import VirtualTime


async def test_three_at_once(virtual: VirtualTime) -> None:
    """Three healthy observations that are taken together resolve the incident."""
    async with scene(virtual, staffed=False) as story:
        async with crew(virtual.client, story.outside):
            await story.fails()
            await story.at("1m")
        story.outside.verdict = Verdict.HEALTHY
        for _ in range(3):
            await story.observes(Verdict.HEALTHY)
        async with crew(virtual.client, story.outside):
            assert State.RESOLVED is (await story.ends()).state


async def test_failure_behind_the_recovery(virtual: VirtualTime) -> None:
    """A failure that came in behind the recovery re-opens the incident, and nothing has been put back meanwhile."""
    async with scene(virtual, staffed=False) as story:
        async with crew(virtual.client, story.outside):
            await story.fails()
            await story.at("1m")
        await story.observes(Verdict.HEALTHY)
        await story.observes(Verdict.HEALTHY)
        await story.observes(Verdict.BREACH)
        async with crew(virtual.client, story.outside):
            await story.at("2m")
            told = await story.snapshot()
        assert (2, State.MONITORING) == (told.opening, told.state)
        assert ("carrier-b", "carrier-a") == story.outside.order
        assert 1 == story.outside.count("route")
