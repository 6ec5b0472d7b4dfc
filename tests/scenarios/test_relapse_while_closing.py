"""S1.3: a trunk that fails again while its incident is being wound down wakes people, whatever the vendors do."""

import asyncio
from datetime import timedelta

from holdline.domain.lifecycle import State
from holdline.domain.observation import Verdict
from holdline.domain.timeline import Fact
from holdline.ports import Unavailable
from tests.support.scene import Scene, scene, when
from tests.workflows.gates import gated
from workers.virtual import VirtualTime

CHANGED = ("carrier-b", "carrier-a")

AGAIN = (2, State.MONITORING, 2)
"""There is a second opening, and it is paged as the first was."""


async def relapses(story: Scene, step: str, vendor: str) -> tuple[int, State, int]:
    """The trunk fails again while a step of the winding down fails; the opening, its state, and how often it paged."""
    await story.fails()
    await story.at("1m")
    story.outside.trouble(step, lambda: Unavailable(vendor, "no connection"), times=99)
    await story.recovers()
    await story.at("2m")
    story.outside.verdict = Verdict.BREACH
    await story.observes(Verdict.BREACH)
    await story.at("3m")
    told = await story.snapshot()
    return told.opening, told.state, story.outside.count("page", "one")


async def test_while_pages_cannot_be_closed(virtual: VirtualTime) -> None:
    """PagerDuty cannot resolve the old page: the new failure is paged at once, with a key that rings."""
    async with scene(virtual) as story:
        assert AGAIN == await relapses(story, "close", "pagerduty")


async def test_while_the_route_cannot_be_put_back(virtual: VirtualTime) -> None:
    """Genesys refuses the revert: the new failure is paged at once and the change stays in force."""
    async with scene(virtual) as story:
        assert AGAIN == await relapses(story, "change", "genesys")
        assert CHANGED == story.outside.order


async def test_while_the_route_is_put_back(virtual: VirtualTime) -> None:
    """A revert that is under way is awaited: whatever it did, the healthy carrier is first again afterwards."""
    async with gated(virtual) as (story, outside):
        await story.fails()
        await story.at("1m")
        reverting = outside.gate("change")
        await story.recovers()
        await reverting.arrived()
        outside.verdict = Verdict.BREACH
        await story.observes(Verdict.BREACH)
        await story.snapshot()
        reverting.open()
        await story.at("2m")
        told = await story.snapshot()
        assert (2, State.MONITORING, CHANGED) == (told.opening, told.state, outside.order)


async def test_late_failure_interrupts_nothing_for_good(virtual: VirtualTime) -> None:
    """A late event only delays the winding down: the route is put back and the page closed after it."""
    async with gated(virtual) as (story, outside):
        await story.fails()
        await story.at("1m")
        closing = outside.gate("close")
        await story.recovers()
        await closing.arrived()
        await story.observes(Verdict.BREACH, ago=timedelta(hours=1))
        closing.open()
        told = await story.ends()
        assert (1, State.RESOLVED) == (told.opening, told.state)
        assert set() == outside.open_pages
        assert [] == when(told, Fact.UNKNOWN)


async def test_during_the_last_look(virtual: VirtualTime) -> None:
    """A failure that arrives while the last late event is looked into, at the very end, re-opens the incident."""
    async with gated(virtual) as (story, outside):
        await story.fails()
        await story.at("1m")
        await story.recovers()
        await story.at("30m59s")
        reading = outside.gate("read")
        await story.observes(Verdict.BREACH, ago=timedelta(hours=1))
        await reading.arrived()
        past_the_window = timedelta(minutes=31, seconds=2) - await virtual.elapsed(story.handle)
        await asyncio.sleep(past_the_window.total_seconds())
        await story.observes(Verdict.BREACH)
        reading.open()
        await story.at("32m")
        assert 2 == (await story.snapshot()).opening


async def test_unclear_look_is_believed(virtual: VirtualTime) -> None:
    """A failure that claims to be older than the recovery is believed where the trunk's health cannot be told."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        await story.recovers()
        await story.at("5m")
        story.outside.verdict = Verdict.UNKNOWN
        await story.observes(Verdict.BREACH, ago=timedelta(minutes=10))
        await story.at("6m")
        assert 2 == (await story.snapshot()).opening
