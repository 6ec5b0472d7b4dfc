"""S3.5: a blip is not an incident."""

from datetime import timedelta

from holdline.domain.lifecycle import State
from holdline.domain.observation import Verdict
from holdline.domain.runbook import Runbook
from holdline.domain.stability import StabilityRule
from holdline.ports import Unavailable
from tests.support.scene import LADDER, pages, scene
from workers.virtual import VirtualTime

RUNBOOK = Runbook(escalation=LADDER, stability=StabilityRule(failures=3, window=timedelta(seconds=60)))


async def test_blip_is_transient(virtual: VirtualTime) -> None:
    """A failure that clears inside the stability window ends without page and remediation."""
    async with scene(virtual, RUNBOOK) as story:
        await story.fails()
        await story.at("20s")
        story.outside.verdict = Verdict.HEALTHY
        await story.observes(Verdict.HEALTHY)
        told = await story.ends()
        assert State.TRANSIENT is told.state
        assert [] == story.outside.ledger


async def test_three_failures_over_a_minute(virtual: VirtualTime) -> None:
    """The failure is read again until three in a row span a minute; then it is acted on."""
    async with scene(virtual, RUNBOOK) as story:
        await story.fails()
        await story.at("45s")
        assert State.DETECTED is (await story.snapshot()).state
        await story.at("75s")
        told = await story.snapshot()
        assert State.MONITORING is told.state
        assert ["1m first pagerduty:one"] == pages(told)


async def test_event_that_is_hours_old(virtual: VirtualTime) -> None:
    """An event whose trunk turns out healthy when it is looked at pages nobody and changes nothing."""
    async with scene(virtual) as story:
        story.outside.verdict = Verdict.HEALTHY
        await story.fails()
        told = await story.ends()
        assert State.TRANSIENT is told.state
        assert [] == story.outside.ledger


async def test_look_that_fails_keeps_nobody_waiting(virtual: VirtualTime) -> None:
    """When the trunk cannot be looked at first, the event is believed and people are paged."""
    async with scene(virtual) as story:
        story.outside.trouble("read", lambda: Unavailable("genesys", "no connection"))
        await story.fails()
        await story.at("30s")
        assert ["0s first pagerduty:one"] == pages(await story.snapshot())


async def test_neither_confirmed_nor_cleared(virtual: VirtualTime) -> None:
    """A failure that can be neither confirmed nor ruled out for five minutes is believed."""
    async with scene(virtual, RUNBOOK) as story:
        story.outside.trouble("read", lambda: Unavailable("genesys", "no connection"), times=99)
        await story.fails()
        await story.at("6m")
        assert ["5m first pagerduty:one"] == pages(await story.snapshot())
