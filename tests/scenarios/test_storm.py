"""Many failures of one cause: one page for all of them, nothing dropped."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from temporalio.client import Client

from holdline.domain.change import Change
from holdline.domain.incident import Severity
from holdline.domain.lifecycle import State
from holdline.domain.timeline import Fact
from holdline.ports import Call, ChangeReceipt, Rejected
from tests.support.estate import STORMY, Estate, Many, estate, eventually
from tests.support.scene import LADDER, tier

ROUTE_BACK = ("route", "carrier-a")
ROUTE = ("route", "carrier-b")


class Stuck(Many):
    """Nothing can be repaired here."""

    async def change(self, change: Change, call: Call) -> ChangeReceipt:
        """Refuse."""
        raise Rejected("genesys", "missing permission")


@pytest.mark.long
async def test_37_trunks_page_once(client: Client) -> None:
    """Each is repaired, put back and resolved by itself; one page is opened for all of them, and closed once."""
    async with estate(client) as vienna:
        trunks = await vienna.fails(37)
        await vienna.sheltered(trunks)
        await vienna.paged(vienna.parent)
        await vienna.repaired(37)
        story = await vienna.story(vienna.parent)
        assert story.storm is not None
        assert (37, 20, 17) == (story.storm.total, len(story.storm.members), story.storm.more)
        assert f"37 trunk failures of site {vienna.site}" == story.storm.words
        await vienna.recovers(trunks)
        ended = await vienna.ends(vienna.parent)
        for trunk in trunks:
            assert State.RESOLVED is (await vienna.ends(trunk)).state
        assert ended.storm is not None
        assert (State.RESOLVED, 37, 37) == (ended.state, ended.storm.total, ended.storm.recovered)
        ledger = vienna.outside.ledger
        assert (1, 1) == (vienna.outside.count("page"), vienna.outside.count("closed"))
        assert (37, 37) == (ledger.count(ROUTE), ledger.count(ROUTE_BACK))


async def test_a_first_tier_without_anybody(client: Client) -> None:
    """Who is paged first looks whether there are others, whichever tier that is: one page for all of them."""
    tiers = (tier("nobody yet"), *LADDER.tiers[1:])
    runbook = STORMY.model_copy(update={"escalation": LADDER.model_copy(update={"tiers": tiers})})
    async with estate(client, runbook) as vienna:
        trunks = await vienna.fails(6)
        await vienna.sheltered(trunks)
        await vienna.paged(vienna.parent)
        assert (1, 1) == (vienna.outside.count("page"), vienna.outside.count("page", "two"))
        told = [each.text for each in (await vienna.story(trunks[0])).timeline if each.fact is Fact.SKIPPED]
        assert told == [
            "tier nobody yet is skipped: it has nobody to page",
            f"not paged: it is one of many, for which {vienna.parent} pages",
        ]


async def test_four_trunks_page_for_themselves(client: Client) -> None:
    """Fewer than the rule says are no storm: everything is as it is for one."""
    async with estate(client) as vienna:
        trunks = await vienna.fails(4)
        await vienna.paged(*trunks)
        assert 4 == vienna.outside.count("page")
        assert 0 == vienna.pages(vienna.parent)


async def test_the_site_is_learnt_from_genesys(client: Client) -> None:
    """Events that name no site are one storm all the same."""
    async with estate(client) as vienna:
        trunks = await vienna.fails(6, site_known=False)
        await vienna.sheltered(trunks)
        await vienna.paged(vienna.parent)
        assert 1 == vienna.outside.count("page")


async def test_two_sites_are_two_storms(client: Client) -> None:
    """Each site has a parent of its own."""
    async with estate(client) as vienna:
        graz = Estate(client, vienna.outside, vienna.runbook, f"{vienna.site} Graz")
        try:
            there, here = await graz.fails(5), await vienna.fails(6)
            await vienna.sheltered(here)
            await graz.sheltered(there)
            await vienna.paged(vienna.parent)
            await graz.paged(graz.parent)
            assert (1, 1, 2) == (vienna.pages(vienna.parent), graz.pages(graz.parent), vienna.outside.count("page"))
        finally:
            await graz.clear()


@pytest.mark.long
async def test_a_late_one_joins(client: Client) -> None:
    """While the parent is open a single further failure is one of many, and nobody is asked again."""
    async with estate(client) as vienna:
        await vienna.sheltered(await vienna.fails(5))
        (late,) = await vienna.fails(1)
        await vienna.sheltered([late])
        await vienna.paged(vienna.parent)
        story = await vienna.story(vienna.parent)
        assert (1, 6) == (vienna.outside.count("page"), story.storm and story.storm.total)


async def test_the_worst_member_decides(client: Client) -> None:
    """HIGH failures that cannot be repaired are one storm, and it is CRITICAL when one of them is."""
    async with estate(client, outside=Stuck()) as vienna:
        trunks = await vienna.fails(5, Severity.HIGH)
        await vienna.sheltered(trunks)
        await vienna.paged(vienna.parent)
        assert Severity.HIGH is (await vienna.story(vienna.parent)).severity
        await vienna.sheltered(await vienna.fails(1, Severity.CRITICAL))
        assert Severity.CRITICAL is (await vienna.story(vienna.parent)).severity


@pytest.mark.long
async def test_those_that_come_back_are_one_page_again(client: Client) -> None:
    """Within the parent's re-open window new failures re-open it: one page, and the words begin anew."""
    async with estate(client, STORMY.model_copy(update={"linger": timedelta(minutes=5)})) as vienna:
        first = await vienna.fails(5)
        await vienna.sheltered(first)
        await vienna.recovers(first)
        await eventually(_is(vienna, State.RESOLVED))
        second = await vienna.fails(2)
        await vienna.sheltered(second)
        await eventually(_is(vienna, State.MONITORING))
        await vienna.paged(vienna.parent)
        story = await vienna.story(vienna.parent)
        assert (2, 2) == (story.opening, story.storm and story.storm.total)
        assert 2 == vienna.outside.count("page")
        assert vienna.pages(vienna.parent) == 2


async def test_why_is_told(client: Client) -> None:
    """A child says who pages for it, and the parent how many there are."""
    async with estate(client) as vienna:
        trunks = await vienna.fails(5)
        await vienna.sheltered(trunks)
        child = await vienna.story(trunks[0])
        reasons = [each.text for each in child.timeline if each.fact is Fact.SKIPPED]
        assert [f"not paged: it is one of many, for which {vienna.parent} pages"] == reasons
        assert 0 == child.escalation_tier


def _is(vienna: Estate, state: State) -> Callable[[], Awaitable[bool]]:
    async def stands() -> bool:
        return (await vienna.story(vienna.parent)).state is state

    return stands
