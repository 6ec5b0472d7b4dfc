"""S1.3: a relapse inside the re-open window is the same incident."""

from datetime import timedelta

from holdline.domain.lifecycle import State
from holdline.domain.observation import Verdict
from tests.support.scene import scene
from workers.virtual import VirtualTime


async def test_relapse_reopens_the_same_page(virtual: VirtualTime) -> None:
    """A breach inside the linger window re-opens the incident with the same key, epoch and a new ack code."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        await story.recovers()
        before = await story.snapshot()
        assert State.RESOLVED is before.state
        story.outside.verdict = Verdict.BREACH
        await story.at("10m")
        await story.observes(Verdict.BREACH)
        await story.at("11m")
        again = await story.snapshot()
        assert (1, 2, State.MONITORING) == (again.epoch, again.opening, again.state)
        assert again.ack_code != before.ack_code
        assert 1 == len({row for row in story.outside.ledger if row[0] == "page"})
        assert 2 == story.outside.count("page", "one")


async def test_late_duplicate_reopens_nothing(virtual: VirtualTime) -> None:
    """An event that is older than the recovery, or was seen before, does not re-open the incident."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        await story.recovers()
        await story.at("5m")
        await story.observes(Verdict.BREACH, event_id="event-1")
        await story.observes(Verdict.BREACH, ago=timedelta(hours=1))
        assert (State.RESOLVED, 1) == ((told := await story.ends()).state, told.opening)
