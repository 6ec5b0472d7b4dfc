"""S1.5: a page that no worker picks up falls over to the next channel, as one that a vendor refuses does."""

import asyncio

import pytest

from holdline.domain import queues
from holdline.domain.escalation import EscalationPolicy
from holdline.domain.runbook import Runbook
from holdline.domain.timeline import Fact
from tests.support.scene import scene, tier, when
from tests.workflows.shift import shift
from workers.virtual import VirtualTime

RUNBOOK = Runbook(escalation=EscalationPolicy(tiers=(tier("first", "pagerduty:one", "sms:alice"),)))


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_pager_workers_are_down(virtual: VirtualTime) -> None:
    """While no worker takes pages for PagerDuty, the text goes out after two minutes, and the timeline says why."""
    async with scene(virtual, RUNBOOK, staffed=False) as story:
        async with shift(virtual.client, story.outside, absent=(queues.PAGERDUTY,)):
            await story.fails()
            await asyncio.sleep(130)
            assert 1 == story.outside.count("text", "alice")
            assert (
                "may or may not have been sent: no answer in time" in when(await story.snapshot(), Fact.PAGE_FAILED)[0]
            )
        async with shift(virtual.client, story.outside):
            await story.recovers()
            await story.ends()


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_all_workers_are_down(virtual: VirtualTime) -> None:
    """When everybody was away while a page waited to be sent, it is sent when they are back, by whatever channel."""
    async with scene(virtual, RUNBOOK, staffed=False) as story:
        async with shift(virtual.client, story.outside, absent=(queues.PAGERDUTY, queues.TWILIO)):
            await story.fails()
            await asyncio.sleep(5)
        await asyncio.sleep(130)
        async with shift(virtual.client, story.outside, absent=(queues.TWILIO,)):
            await asyncio.sleep(130)
            await story.at("12m")
            assert 1 <= story.outside.count("page", "one")
