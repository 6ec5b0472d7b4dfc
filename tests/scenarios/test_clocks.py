"""Vendors' clocks are not ours: neither one that runs ahead nor one that runs behind hides a recovery or a failure."""

from datetime import timedelta

from holdline.domain.lifecycle import State
from holdline.domain.observation import Verdict
from tests.support.scene import scene
from workers.virtual import VirtualTime


async def test_clock_that_runs_ahead(virtual: VirtualTime) -> None:
    """One event from the future does not make everything after it late."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        await story.observes(Verdict.BREACH, ago=timedelta(hours=-1))
        await story.at("2m")
        await story.recovers()
        await story.at("3m")
        assert State.RESOLVED is (await story.snapshot()).state


async def test_clock_that_runs_behind(virtual: VirtualTime) -> None:
    """A relapse that claims to be older than the recovery is looked into and found true."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        await story.recovers()
        await story.at("5m")
        story.outside.verdict = Verdict.BREACH
        await story.observes(Verdict.BREACH, ago=timedelta(minutes=10))
        await story.at("6m")
        assert 2 == (await story.snapshot()).opening
