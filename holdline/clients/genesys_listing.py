"""A whole listing of Genesys within one attempt: every page of it, or the error of the one that cannot be read."""

from dataclasses import replace
from typing import Final, TypeVar

from holdline.clients.exchange import Ask
from holdline.clients.genesys_documents import Document
from holdline.clients.wire import Attempt
from holdline.ports import Rejected

Listed = TypeVar("Listed", bound="Pages")

_PAGE: Final = 100
_PAGES: Final = 50


class Pages(Document):
    """What every listing says about its pages: how many there are, or where the next one is."""

    page_count: int | None = None
    next_uri: str | None = None

    def last(self, number: int) -> bool:
        """Whether nothing follows the page of this number."""
        return self.next_uri is None if self.page_count is None else number >= self.page_count


async def every_page(vendor: str, attempt: Attempt, ask: Ask, shape: type[Listed]) -> list[Listed]:
    """Read each page of 100. Raises Rejected beyond 5,000 entities: judging a part would be guessing."""
    pages: list[Listed] = []
    for number in range(1, _PAGES + 1):
        numbers = (("pageNumber", str(number)), ("pageSize", str(_PAGE)))
        pages.append(await attempt.read(replace(ask, query=(*ask.query, *numbers)), shape))
        if pages[-1].last(number):
            return pages
    raise Rejected(vendor, f"{ask.route} lists more than {_PAGE * _PAGES} entities; that is too many to judge")
