"""An incident whose route another one is changing waits for its turn at the gate (S1.8)."""

from holdline.domain import messages
from holdline.domain.lifecycle import State
from holdline.domain.timeline import Fact
from tests.support.neighbour import neighbour
from tests.support.scene import scene, when
from workers.virtual import VirtualTime

CHANGED = [("route", "carrier-b")]


async def test_it_changes_when_the_other_has(virtual: VirtualTime) -> None:
    """Nothing is changed while it waits, and once afterwards; people are told what it waited for."""
    async with scene(virtual) as story, neighbour(story) as other:
        await story.fails()
        place = await other.sees()
        assert place is not None
        assert (f"route:site/{story.outside.route}",) == place.resources
        assert (State.REMEDIATING, 0) == ((await story.snapshot()).state, story.outside.count("route"))
        await story.at("1m")
        await other.leaves()
        await story.reaches(State.MONITORING)
        told = await story.snapshot()
        assert (CHANGED, 1) == ([row for row in story.outside.ledger if row[0] == "route"], told.retry_count)
        assert ["1m waited"] == [row[:9] for row in when(told, Fact.SEEN) if row.endswith("for its turn at the gate")]


async def test_people_are_paged_meanwhile(virtual: VirtualTime) -> None:
    """The ladder does not wait for a lock."""
    async with scene(virtual) as story, neighbour(story) as other:
        await story.fails()
        await other.sees()
        await story.at("6m")
        assert ["first", "second"] == [page.tier for page in (await story.snapshot()).pages]
        assert 0 == story.outside.count("route")


async def test_held_while_it_waits(virtual: VirtualTime) -> None:
    """Who holds the automation takes the incident out of the line: its turn never comes."""
    async with scene(virtual) as story, neighbour(story) as other:
        await story.fails()
        await other.sees()
        await story.asks(messages.HOLD)
        await story.reaches(State.HANDED_OVER)
        await other.sees(waiting=False)
        await other.leaves()
        await story.at("1m")
        assert 0 == story.outside.count("route")


async def test_over_while_it_waits(virtual: VirtualTime) -> None:
    """What recovered while it waited is not changed any more."""
    async with scene(virtual) as story, neighbour(story) as other:
        await story.fails()
        await other.sees()
        await story.asks(messages.RESOLVE)
        await other.sees(waiting=False)
        await other.leaves()
        told = await story.ends()
        assert (State.RESOLVED, 0) == (told.state, story.outside.count("route"))
