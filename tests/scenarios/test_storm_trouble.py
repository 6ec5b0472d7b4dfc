"""Whatever becomes of a parent, nobody is silenced by it."""

from datetime import timedelta
from functools import partial

import pytest
from temporalio import activity
from temporalio.client import Client

from activities.crowds import Crowds, Joined, Joining
from holdline.domain import messages
from holdline.domain.escalation import EscalationPolicy, Target
from holdline.domain.lifecycle import State
from holdline.domain.ticket import TicketRule
from holdline.ports import OutcomeUnknown
from tests.support.estate import STORMY, Estate, estate, eventually
from tests.support.scene import LADDER, REAL_LIMITS, SYSTEM, crew
from tests.workflows.shift import shift

HASTY = STORMY.model_copy(
    update={"escalation": EscalationPolicy(tiers=LADDER.tiers, stale_after=timedelta(seconds=4), lease=None)}
)
"""A child looks every four seconds whether its parent still runs."""


TOLD = STORMY.model_copy(
    update={"ticket": TicketRule(system=SYSTEM), "announce": (Target.model_validate("slack:voice"),)}
)
"""With a ticket and a room to be told."""


@pytest.mark.long
async def test_a_parent_resolved_too_early(client: Client) -> None:
    """An operator resolves the parent while two still fail: they page for themselves, and end as ever."""
    async with estate(client) as vienna:
        trunks = await vienna.fails(5)
        await vienna.sheltered(trunks)
        await vienna.recovers(trunks[:3])
        for trunk in trunks[:3]:
            await vienna.ends(trunk)
        await vienna.asks(vienna.parent, messages.RESOLVE)
        await vienna.paged(*trunks[3:])
        assert [1, 1] == [vienna.pages(trunk) for trunk in trunks[3:]]
        told = await vienna.ends(vienna.parent)
        assert (State.RESOLVED, 3) == (told.state, told.storm and told.storm.recovered)
        assert any("2 of them are open and page for themselves" in each.text for each in told.timeline)
        await vienna.recovers(trunks[3:])
        for trunk in trunks[3:]:
            assert State.RESOLVED is (await vienna.ends(trunk)).state
        assert set() == vienna.outside.open_pages


@pytest.mark.long
async def test_a_parent_cancelled_in_the_console(client: Client) -> None:
    """Its members page for themselves before it ends, and its own page is closed."""
    async with estate(client) as vienna:
        trunks = await vienna.fails(5)
        await vienna.sheltered(trunks)
        await vienna.paged(vienna.parent)
        await vienna.handle(vienna.parent).cancel()
        await vienna.paged(*trunks)
        assert (6, 1) == (vienna.outside.count("page"), vienna.outside.count("closed"))


async def test_a_parent_terminated(client: Client) -> None:
    """A parent that can tell nobody any more is missed by its members, who page for themselves."""
    async with estate(client, HASTY) as vienna:
        trunks = await vienna.fails(5)
        await vienna.sheltered(trunks)
        await vienna.handle(vienna.parent).terminate("by mistake")
        await vienna.paged(*trunks)
        told = await vienna.story(trunks[0])
        assert any("does not page for it any more" in each.text for each in told.timeline)


@pytest.mark.long
async def test_another_parent_does_not_know_the_old_members(client: Client) -> None:
    """Who opened again after a parent was terminated answers for its own members alone."""
    async with estate(client, HASTY) as vienna:
        trunks = await vienna.fails(5)
        await vienna.sheltered(trunks)
        await vienna.handle(vienna.parent).terminate("by mistake")
        others = await vienna.fails(5)
        await vienna.sheltered(others)
        await vienna.paged(*trunks)
        assert [0] * 5 == [vienna.pages(trunk) for trunk in others]


async def test_a_parent_that_runs_is_believed(client: Client) -> None:
    """Members look more than once and stay silent while it pages."""
    async with estate(client, HASTY) as vienna:
        trunks = await vienna.fails(5)
        await vienna.sheltered(trunks)
        first = (await vienna.story(trunks[0])).next_at

        async def looked() -> bool:
            return (await vienna.story(trunks[0])).next_at != first

        await eventually(looked)
        assert 0 == sum(vienna.pages(trunk) for trunk in trunks)


@pytest.mark.long
async def test_a_member_terminated(client: Client) -> None:
    """A member that can tell nobody any more does not keep the parent open for ever."""
    async with estate(client, HASTY) as vienna:
        trunks = await vienna.fails(5)
        await vienna.sheltered(trunks)
        await vienna.recovers(trunks[:4])
        for trunk in trunks[:4]:
            await vienna.ends(trunk)
        await vienna.handle(trunks[4]).terminate("by mistake")
        story = await vienna.ends(vienna.parent)
        assert any("is not open any more" in each.text for each in story.timeline)


@pytest.mark.long
async def test_workers_that_forget(client: Client) -> None:
    """With a full replay at every task it is one page, and everything is repaired and closed once."""
    async with estate(client, working=partial(shift, forgetful=True, limits=REAL_LIMITS)) as vienna:
        trunks = await vienna.fails(5)
        await vienna.sheltered(trunks)
        await vienna.paged(vienna.parent)
        await vienna.repaired(5)
        await vienna.recovers(trunks)
        for trunk in trunks:
            await vienna.ends(trunk)
        await vienna.ends(vienna.parent)
        counts = [vienna.outside.count(each) for each in ("page", "closed", "route")]
        assert [1, 1, 10] == counts


class LostWord(Crowds):
    """The answer to the first three words to the parent is lost, after it was told."""

    def __init__(self) -> None:
        self.lost = 3

    @activity.defn(name="join_storm")
    async def join(self, joining: Joining) -> Joined:
        """Tell the parent and fail."""
        joined = await super().join(joining)
        if self.lost > 0:
            self.lost -= 1
            raise TimeoutError("the answer was lost")
        return joined


async def test_the_parents_answer_is_lost(client: Client) -> None:
    """A member whose joining was not confirmed joins again, and is one member."""
    async with estate(client, working=partial(crew, limits=REAL_LIMITS, crowds=LostWord())) as vienna:
        trunks = await vienna.fails(5)
        await vienna.sheltered(trunks)
        story = await vienna.story(vienna.parent)
        assert (5, 5) == (story.storm and story.storm.total, story.events)


class NoWord(Crowds):
    """The parent cannot be told."""

    @activity.defn(name="join_storm")
    async def join(self, joining: Joining) -> Joined:
        """Fail."""
        raise TimeoutError("no connection")


async def test_the_parent_cannot_be_told(client: Client) -> None:
    """In doubt each of them pages."""
    async with estate(client, working=partial(crew, limits=REAL_LIMITS, crowds=NoWord())) as vienna:
        trunks = await vienna.fails(5)
        await vienna.paged(*trunks)
        assert 5 == vienna.outside.count("page")


async def test_an_operator_escalates_one_of_many(client: Client) -> None:
    """It pages for itself at once, and is still counted when it is over."""
    async with estate(client) as vienna:
        trunks = await vienna.fails(5)
        await vienna.sheltered(trunks)
        await vienna.asks(trunks[0], messages.ESCALATE)
        await vienna.paged(trunks[0])
        assert ["first"] == [page.tier for page in (await vienna.story(trunks[0])).pages]
        await vienna.recovers(trunks)
        story = await vienna.ends(vienna.parent)
        assert 5 == (story.storm and story.storm.recovered)


@pytest.mark.long
async def test_hold_is_passed_to_all(client: Client) -> None:
    """Who holds the parent holds the members, those included that join later; nothing is put back."""
    async with estate(client) as vienna:
        trunks = await vienna.fails(5)
        await vienna.sheltered(trunks)
        await vienna.asks(vienna.parent, messages.HOLD, by="otto")
        late = await vienna.fails(1)
        await vienna.sheltered(late)

        async def held() -> bool:
            return all([(await vienna.story(each)).held_by == "otto" for each in (*trunks, *late)])

        await eventually(held)
        await vienna.recovers(trunks)
        for trunk in trunks:
            await vienna.ends(trunk)
        assert 0 == vienna.outside.ledger.count(("route", "carrier-a"))


async def test_acknowledging_the_parent(client: Client) -> None:
    """It is the parent's own: the members are not taken, and nobody is asked again."""
    async with estate(client) as vienna:
        trunks = await vienna.fails(5)
        await vienna.sheltered(trunks)
        await vienna.asks(vienna.parent, messages.ACKNOWLEDGE)
        assert "alice" == (await vienna.story(vienna.parent)).acknowledged_by
        assert {None} == {(await vienna.story(each)).acknowledged_by for each in trunks}


@pytest.mark.long
async def test_those_that_paged_before_keep_their_page(client: Client) -> None:
    """Failures that come one after the other page until they are many; the rest are one page more."""
    async with estate(client) as vienna:
        early = await vienna.fails(3)
        await vienna.paged(*early)
        late = await vienna.fails(4)
        await vienna.sheltered(late)
        await vienna.paged(vienna.parent)
        assert (3 + 1, 7) == (vienna.outside.count("page"), _total(await vienna.story(vienna.parent)))
        await vienna.recovers([*early, *late])
        for trunk in (*early, *late):
            await vienna.ends(trunk)
        assert State.RESOLVED is (await vienna.ends(vienna.parent)).state
        assert set() == vienna.outside.open_pages


@pytest.mark.long
async def test_a_page_that_may_ring_is_closed(client: Client) -> None:
    """An attempt to page whose answer was lost is remembered when the next one finds that it is one of many."""
    async with estate(client) as vienna:
        vienna.outside.trouble("page one", lambda: OutcomeUnknown("pagerduty", "the answer was lost"), "after", times=6)
        early = await vienna.fails(3)

        async def sent() -> bool:
            return 3 == vienna.outside.count("page")

        await eventually(sent)
        late = await vienna.fails(4)
        await vienna.sheltered([*early, *late])
        await vienna.recovers([*early, *late])
        for trunk in (*early, *late):
            await vienna.ends(trunk)
        await vienna.ends(vienna.parent)
        # On a busy machine one of the late ones may look before it can see the others, and page as well.
        pages = vienna.outside.count("page")
        assert pages in (4, 5)
        assert (pages, set()) == (vienna.outside.count("closed"), vienna.outside.open_pages)


def _total(story: messages.Snapshot) -> int:
    assert story.storm is not None
    return story.storm.total


@pytest.mark.long
async def test_one_of_many_has_a_ticket_when_it_is_alone_again(client: Client) -> None:
    """The parent has the ticket and tells the room; when it is gone each member pages, and has a ticket of its own."""
    async with estate(client, TOLD) as vienna:
        trunks = await vienna.fails(5)
        await vienna.sheltered(trunks)
        await vienna.paged(vienna.parent)
        await eventually(lambda: _told(vienna, 1))
        await vienna.handle(vienna.parent).cancel()
        await vienna.paged(*trunks)
        await eventually(lambda: _told(vienna, 6))
        assert (6, 6) == (vienna.outside.count("page"), len(vienna.outside.room.messages))


async def test_one_of_many_that_is_escalated_stays_apart(client: Client) -> None:
    """An operator escalates a member: it pages at once, and is not taken for one of many again."""
    async with estate(client, TOLD) as vienna:
        trunks = await vienna.fails(5)
        await vienna.sheltered(trunks)
        await vienna.asks(trunks[0], messages.ESCALATE)
        await vienna.paged(trunks[0])
        await eventually(lambda: _told(vienna, 2))
        assert 1 == vienna.pages(trunks[0])


async def _told(vienna: Estate, count: int) -> bool:
    """Whether there are so many tickets, and messages."""
    return count == len(vienna.outside.tickets.records) == len(vienna.outside.room.messages)
