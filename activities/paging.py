"""Paging people by PagerDuty: trigger, ask who has it, resolve."""

from temporalio import activity

from activities.crowds import Paged, crowd
from activities.failures import effect_failures, vendor_failures
from holdline.ports import Page, PageClosing, PageQuestion, Pager, PageState, Receipt


class Paging:
    """Pages by one vendor."""

    def __init__(self, pager: Pager) -> None:
        self._pager = pager

    @activity.defn(name="page")
    async def page(self, page: Page) -> Paged:
        """Wake the people behind a service, unless it is one of many; the key makes a repeat one effect."""
        if (others := await crowd(page.look)) is not None:
            return Paged(crowd=others)
        with effect_failures():
            receipt = await self._pager.page(page)
        return Paged(id=receipt.id, adopted=receipt.adopted)

    @activity.defn(name="ask_page")
    async def ask_page(self, question: PageQuestion) -> PageState:
        """Ask the vendor whether anybody has it."""
        with vendor_failures():
            return await self._pager.state(question)

    @activity.defn(name="silence_page")
    async def silence_page(self, closing: PageClosing) -> Receipt:
        """Stop it from ringing, because somebody has the incident."""
        with vendor_failures():
            return await self._pager.silence(closing)

    @activity.defn(name="close_page")
    async def close_page(self, closing: PageClosing) -> Receipt:
        """Resolve the page."""
        with vendor_failures():
            return await self._pager.close(closing)
