"""S1.5: a page is delivered, or it falls over loudly."""

import pytest

from holdline.domain.acknowledgement import Via
from holdline.domain.escalation import EscalationPolicy
from holdline.domain.messages import ACKNOWLEDGE, ANSWER, Answer, AnswerKind
from holdline.domain.runbook import Runbook
from holdline.domain.timeline import Fact
from holdline.ports import CredentialsRefused, OutcomeUnknown, Rejected, Throttled, Unavailable, VendorError
from tests.support.scene import Scene, pages, scene, tier, when
from tests.workflows.gates import gated
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


async def test_page_that_did_not_arrive_is_passed_on(virtual: VirtualTime) -> None:
    """The vendor says minutes later that a text was not delivered: the next channel of the tier is tried at once."""
    people = EscalationPolicy(tiers=(tier("first", "sms:alice", "pagerduty:one"), tier("second", "sms:bob")))
    async with scene(virtual, Runbook(escalation=people)) as story:
        await story.fails()
        await story.at("1m")
        await _undelivered(story, "alice")
        await story.at("70s")
        assert ["0s first sms:alice", "1m first pagerduty:one"] == pages(await story.snapshot())
        assert "did not arrive" in when(await story.snapshot(), Fact.PAGED)[1]
        await story.at("6m10s")
        assert "6m second sms:bob" == pages(await story.snapshot())[2]


async def test_tier_with_no_other_channel_is_given_up(virtual: VirtualTime) -> None:
    """Where nobody else of the tier can be asked, the next tier is, at once."""
    people = EscalationPolicy(tiers=(tier("first", "sms:alice"), tier("second", "sms:bob")))
    async with scene(virtual, Runbook(escalation=people)) as story:
        await story.fails()
        await story.at("1m")
        await _undelivered(story, "alice")
        await story.at("70s")
        assert ["0s first sms:alice", "1m second sms:bob"] == pages(await story.snapshot())


@pytest.mark.parametrize("first", [("sms:alice", "pagerduty:one"), ("sms:alice",)])
async def test_page_whose_failure_is_told_before_it_is_known_is_passed_on(
    virtual: VirtualTime, first: tuple[str, ...]
) -> None:
    """The vendor is faster than the answer to the order: nobody waits five minutes for a text that never came."""
    people = EscalationPolicy(tiers=(tier("first", *first), tier("second", "pagerduty:two")))
    async with gated(virtual, Runbook(escalation=people)) as (story, outside):
        texting = outside.gate("text alice")
        await story.fails()
        await texting.arrived()
        await _undelivered(story, "alice", "SM0")
        texting.open()
        await story.at("40s")
        second = "first pagerduty:one" if len(first) > 1 else "second pagerduty:two"
        assert ["first sms:alice", second] == [row.split(" ", 1)[1] for row in pages(await story.snapshot())]


async def test_page_that_did_not_arrive_and_is_answered_wakes_nobody(virtual: VirtualTime) -> None:
    """Somebody has it: what did not arrive is written down, and nobody else is asked."""
    async with scene(virtual, RUNBOOK) as story:
        await story.fails()
        await story.at("30s")
        await story.asks(ACKNOWLEDGE)
        await _undelivered(story, "alice")
        await story.at("6m")
        assert ["0s first pagerduty:one"] == pages(await story.snapshot())


async def _undelivered(story: Scene, contact: str, unknown: str = "SM-unknown") -> None:
    """Twilio says that the last text to somebody was not delivered, or the one that the incident does not know yet."""
    told = await story.snapshot()
    receipt = next((page.receipt for page in reversed(told.pages) if page.target == f"sms:{contact}"), unknown)
    now = await story.now()
    said = Answer(
        event_id="status-1",
        kind=AnswerKind.UNDELIVERED,
        by=contact,
        via=Via.SMS,
        at=now,
        text="error 30003: the telephone is switched off",
        page=receipt,
    )
    await story.handle.signal(ANSWER, said)
