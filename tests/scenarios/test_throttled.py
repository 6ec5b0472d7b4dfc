"""S3.12: what a vendor refuses for its rate is told, waited for, and no attempt of ours."""

from datetime import timedelta

from holdline.domain.lifecycle import State
from holdline.domain.timeline import Fact
from holdline.ports import Throttled
from tests.support.scene import scene, when
from workers.virtual import VirtualTime

FULL = "too many requests (429: too.many.requests.retry.after)"


def throttled(seconds: int) -> Throttled:
    """The vendor names a time to come back."""
    return Throttled("Genesys", FULL, timedelta(seconds=seconds))


async def test_a_throttled_change_is_no_attempt(virtual: VirtualTime) -> None:
    """A change that was refused for its rate five times is made when there is room, and counts as one attempt."""
    async with scene(virtual) as story:
        story.outside.trouble("change", lambda: throttled(30), times=5)
        await story.fails()
        await story.at("4m")
        told = await story.snapshot()
        assert (State.MONITORING, 1) == (told.state, told.retry_count)
        assert ("carrier-b", "carrier-a") == story.outside.order
        assert [] == when(told, Fact.RETRIED)
        assert 5 == len(when(told, Fact.THROTTLED))
        assert f" Genesys: {FULL}; again at " in when(told, Fact.THROTTLED)[0]


async def test_a_vendor_that_never_has_room_is_given_up(virtual: VirtualTime) -> None:
    """A vendor that refuses for ever uses up the attempts in the end, and people have it."""
    async with scene(virtual) as story:
        story.outside.trouble("change", lambda: throttled(5), times=100)
        await story.fails()
        await story.at("8m")
        told = await story.snapshot()
        assert (State.HANDED_OVER, 3) == (told.state, told.retry_count)
        assert 3 == len(when(told, Fact.RETRIED))


async def test_a_long_wait_for_a_reading_is_told_at_once(virtual: VirtualTime) -> None:
    """A reading that would wait half an hour is given up at once, and the timeline says until when."""
    async with scene(virtual) as story:
        story.outside.trouble("read", lambda: throttled(1800))
        await story.fails()
        await story.at("30s")
        told = await story.snapshot()
        assert State.MONITORING is told.state
        assert 1 == len(when(told, Fact.THROTTLED))


async def test_a_wait_beyond_the_effort_ends_it_at_once(virtual: VirtualTime) -> None:
    """A page that a vendor would take in ten minutes is given up now, so that the next channel is tried."""
    async with scene(virtual) as story:
        story.outside.trouble("page one", lambda: throttled(600))
        await story.fails()
        await story.at("30s")
        told = await story.snapshot()
        assert 1 == len(when(told, Fact.THROTTLED))
        assert FULL in when(told, Fact.PAGE_FAILED)[0]
