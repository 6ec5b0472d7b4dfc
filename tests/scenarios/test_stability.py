"""S3.5: a blip is not an incident."""

from datetime import timedelta

from holdline.domain.lifecycle import State
from holdline.domain.observation import Verdict
from holdline.domain.runbook import Runbook
from holdline.domain.stability import StabilityRule
from tests.support.scene import LADDER, pages, scene
from workers.virtual import VirtualTime

RUNBOOK = Runbook(escalation=LADDER, stability=StabilityRule(failures=3, window=timedelta(seconds=60)))


async def test_blip_is_transient(virtual: VirtualTime) -> None:
    """A failure that clears inside the stability window ends without page and remediation."""
    async with scene(virtual, RUNBOOK) as story:
        await story.fails()
        await story.at("20s")
        await story.observes(Verdict.HEALTHY)
        told = await story.ends()
        assert State.TRANSIENT is told.state
        assert [] == story.outside.ledger


async def test_three_failures_over_a_minute(virtual: VirtualTime) -> None:
    """The failure is read again until three in a row span a minute; then it is acted on."""
    async with scene(virtual, RUNBOOK) as story:
        await story.fails()
        await story.at("50s")
        assert State.DETECTED is (await story.snapshot()).state
        await story.at("62s")
        told = await story.snapshot()
        assert State.MONITORING is told.state
        assert ["1m first pagerduty:one"] == pages(told)
