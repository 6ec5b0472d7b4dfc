"""In doubt Holdline pages: while nobody can be reached it goes on trying."""

from holdline.domain.escalation import EscalationPolicy
from holdline.domain.runbook import Runbook
from holdline.domain.timeline import Fact
from holdline.ports import OutcomeUnknown, Unavailable, VendorError
from tests.support.scene import pages, scene, tier, when
from tests.workflows.gates import gated
from workers.virtual import VirtualTime

RUNBOOK = Runbook(
    escalation=EscalationPolicy(
        tiers=(tier("first", "pagerduty:one", "sms:alice"), tier("second", "pagerduty:two")), repeats=2
    )
)


async def test_every_channel_is_down_for_an_hour(virtual: VirtualTime) -> None:
    """Nobody can be reached: the loud end comes in its time, and a person is paged when the vendors return."""
    async with gated(virtual, RUNBOOK) as (story, outside):
        for what in ("page one", "page two", "text alice"):
            outside.trouble(what, down, times=9999)
        await story.fails()
        await story.at("1h")
        told = await story.snapshot()
        assert [] == pages(told)
        assert 1 == len(when(told, Fact.TERMINAL))
        outside.relieve()
        await story.at("1h6m")
        assert 1 <= outside.count("page", "two")


async def test_repeats_begin_when_somebody_is_reached(virtual: VirtualTime) -> None:
    """What could not be sent has asked nobody: the repeats begin with the first page that is taken."""
    async with scene(virtual, RUNBOOK) as story:
        story.outside.trouble("page one", down, times=3)
        story.outside.trouble("text alice", down, times=3)
        story.outside.trouble("page two", down, times=12)
        await story.fails()
        await story.at("50m")
        assert 3 == story.outside.count("page", "two")


async def test_page_that_may_have_been_sent_is_closed(virtual: VirtualTime) -> None:
    """A page whose answers were all lost rings at the vendor all the same: it is closed with the others."""
    async with scene(virtual, RUNBOOK) as story:
        story.outside.trouble("page one", lost, "after", times=3)
        await story.fails()
        await story.at("1m")
        assert ["sms:alice"] == [page.target for page in (await story.snapshot()).pages]
        await story.recovers()
        await story.ends()
        assert 1 == story.outside.count("closed", "one")


async def test_answer_to_a_page_that_may_have_been_sent(virtual: VirtualTime) -> None:
    """Somebody who took such a page at the vendor has the incident."""
    async with scene(virtual, RUNBOOK) as story:
        story.outside.trouble("page one", lost, "after", times=3)
        await story.fails()
        await story.at("1m")
        story.outside.taken["one"] = "carol"
        await story.at("6m")
        assert "carol" == (await story.snapshot()).acknowledged_by


def down() -> VendorError:
    """No vendor can be reached."""
    return Unavailable("everybody", "no connection")


def lost() -> VendorError:
    """The answer does not arrive."""
    return OutcomeUnknown("pagerduty", "the answer was lost")
