"""S1.5: a page is delivered, or it falls over loudly."""

import pytest

from holdline.domain.escalation import EscalationPolicy
from holdline.domain.runbook import Runbook
from holdline.domain.timeline import Fact
from holdline.ports import CredentialsRefused, OutcomeUnknown, Rejected, Throttled, Unavailable, VendorError
from tests.support.scene import pages, scene, tier, when
from workers.virtual import VirtualTime

RUNBOOK = Runbook(
    escalation=EscalationPolicy(tiers=(tier("first", "pagerduty:one", "sms:alice"), tier("second", "sms:bob")))
)


@pytest.mark.parametrize("refusal", [Rejected, CredentialsRefused])
async def test_refusal_skips_to_the_next_channel(virtual: VirtualTime, refusal: type[VendorError]) -> None:
    """A final refusal is not repeated: the text goes at once, and the timeline says why."""
    async with scene(virtual, RUNBOOK) as story:
        story.outside.trouble("page one", lambda: refusal("pagerduty", "the key is not valid"))
        await story.fails()
        await story.at("30s")
        told = await story.snapshot()
        assert ["0s first sms:alice"] == pages(told)
        assert "the key is not valid" in when(told, Fact.PAGE_FAILED)[0]


async def test_outage_is_tried_three_times(virtual: VirtualTime) -> None:
    """Three attempts with growing pauses, then the next channel."""
    async with scene(virtual, RUNBOOK) as story:
        story.outside.trouble("page one", lambda: Unavailable("pagerduty", "no connection"), times=3)
        await story.fails()
        await story.at("10s")
        assert [("text", "alice")] == [row for row in story.outside.ledger if row[0] in ("page", "text")]


async def test_lost_answer_is_no_second_page(virtual: VirtualTime) -> None:
    """A page whose answer was lost is repeated with its key: one page."""
    async with scene(virtual, RUNBOOK) as story:
        story.outside.trouble("page one", lambda: OutcomeUnknown("pagerduty", "the answer was lost"), "after", times=2)
        await story.fails()
        await story.at("10s")
        assert ["0s first pagerduty:one"] == pages(await story.snapshot())
        assert 1 == story.outside.count("page")


async def test_lost_answer_is_no_second_text(virtual: VirtualTime) -> None:
    """A text whose answer was lost is looked for before anything is sent again: one text."""
    async with scene(virtual, RUNBOOK) as story:
        story.outside.trouble("page one", lambda: Rejected("pagerduty", "no"))
        story.outside.trouble("text alice", lambda: OutcomeUnknown("twilio", "the answer was lost"), "after")
        await story.fails()
        await story.at("10s")
        told = await story.snapshot()
        assert 1 == story.outside.count("text", "alice")
        assert "found at the vendor" in when(told, Fact.PAGED)[0]


async def test_throttling_waits_as_long_as_it_is_told(virtual: VirtualTime) -> None:
    """A throttled page is repeated when the vendor allows it."""
    async with scene(virtual, RUNBOOK) as story:
        story.outside.trouble("page one", lambda: Throttled("pagerduty", "too many"))
        await story.fails()
        await story.at("10s")
        assert ["0s first pagerduty:one"] == pages(await story.snapshot())


async def test_tier_that_cannot_be_reached_is_not_waited_for(virtual: VirtualTime) -> None:
    """When every channel of a tier fails, the next tier is asked at once."""
    async with scene(virtual, RUNBOOK) as story:
        story.outside.trouble("page one", lambda: Rejected("pagerduty", "no"))
        story.outside.trouble("text alice", lambda: Rejected("twilio", "no"))
        await story.fails()
        await story.at("10s")
        assert ["0s second sms:bob"] == pages(await story.snapshot())


async def test_empty_tier_is_skipped_and_says_so(virtual: VirtualTime) -> None:
    """A tier with nobody to page is skipped at once, with a row in the timeline."""
    policy = EscalationPolicy(tiers=(tier("empty"), tier("second", "pagerduty:two")))
    async with scene(virtual, Runbook(escalation=policy)) as story:
        await story.fails()
        await story.at("30s")
        told = await story.snapshot()
        assert ["0s tier empty is skipped: it has nobody to page"] == when(told, Fact.SKIPPED)
        assert ["0s second pagerduty:two"] == pages(told)
