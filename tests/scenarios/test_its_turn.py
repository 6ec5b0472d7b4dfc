"""An incident whose route another one is changing waits for its turn at the gate (S1.8)."""

from holdline.domain import messages
from holdline.domain.entity import EntityKind
from holdline.domain.incident import Severity
from holdline.domain.lifecycle import State
from holdline.domain.timeline import Fact
from tests.support.neighbour import neighbour
from tests.support.scene import pages, scene, when
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


async def test_what_is_repaired_first_is_paged_although_it_waits(virtual: VirtualTime) -> None:
    """HIGH gives the automation its time, and no more, whatever the automation waits for."""
    async with scene(virtual) as story, neighbour(story) as other:
        await story.fails(Severity.HIGH)
        await other.sees()
        await story.at("4m50s")
        assert [] == pages(await story.snapshot())
        await story.at("5m20s")
        told = await story.snapshot()
        assert (["5m first pagerduty:one"], 0) == (pages(told), story.outside.count("route"))


async def test_an_older_one_waits_as_it_began(virtual: VirtualTime) -> None:
    """What an older release opened keeps its steps: its history must replay."""
    async with scene(virtual) as story, neighbour(story) as other:
        await story.fails(Severity.HIGH, bounded=False)
        await other.sees()
        await story.at("20m")
        assert [] == pages(await story.snapshot())


async def test_a_promise_that_waits_for_its_turn_is_told(virtual: VirtualTime) -> None:
    """What is to be put back waits in its place, and somebody hears of it after ten minutes; then it is put back."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        async with neighbour(story) as other:
            await story.recovers()
            place = await other.sees()
            before = len(pages(await story.snapshot()))
            await story.at("16m")
            told = await story.snapshot()
            assert 1 == len(pages(told)) - before
            assert ["no turn at the gate in all this time"] == [
                row.rpartition(": ")[2] for row in when(told, Fact.UNKNOWN)
            ]
            still = await other.sees()
            assert place is not None
            assert still is not None
            assert place.arrived_at == still.arrived_at
        assert State.RESOLVED is (await story.ends()).state
        assert ("carrier-a", "carrier-b") == story.outside.order


async def test_a_turn_in_which_nothing_is_changed_does_not_count(virtual: VirtualTime) -> None:
    """What another incident has changed meanwhile is left as it is, and is no step towards the blast radius."""
    async with scene(virtual) as story, neighbour(story) as other:
        before = await other.touched(EntityKind.TRUNK)
        await story.fails()
        await other.sees()
        await story.at("1m")
        story.outside.order = ("carrier-b", "carrier-a")
        await other.leaves()
        await story.reaches(State.MONITORING)
        assert (0, before) == (story.outside.count("route"), await other.touched(EntityKind.TRUNK))


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
