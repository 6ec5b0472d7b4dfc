"""Whole listings of Genesys, page by page: a page that cannot be read is a gap, and the others count."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pydantic import ValidationError

from holdline.clients.exchange import Ask
from holdline.clients.genesys_documents import Document
from holdline.clients.wire import Wire
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.sweep import Gap
from holdline.ports import Call, VendorError

Item = TypeVar("Item")
Listed = TypeVar("Listed", bound="Page")

SIZE = 100
MOST_PAGES = 50
_AT_ONCE = 4


class Page(Document):
    """What every listing says about its pages."""

    page_count: int = 1


@dataclass
class Readings(Generic[Item]):
    """What was read, and what could not be."""

    items: list[Item] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def add(self, part: Item | Gap) -> None:
        """Keep a part for what it is."""
        if isinstance(part, Gap):
            self.gaps.append(part)
        else:
            self.items.append(part)


@dataclass(frozen=True)
class Listing(Generic[Listed]):
    """A paged listing: its route and query, the shape of a page, its largest size, and the words for its gaps."""

    route: str
    shape: type[Listed]
    what: str
    query: tuple[tuple[str, str], ...] = ()
    size: int = SIZE


async def pages(wire: Wire, call: Call, listing: Listing[Listed]) -> Readings[Listed]:
    """Read every page, each with a deadline of its own; where the first is a gap nothing is known of the others."""
    found = Readings[Listed]()
    found.add(await _tried(f"page 1 of {listing.what}", lambda: _page(wire, call, listing, 1)))
    if found.gaps:
        return found
    count = min(found.items[0].page_count, MOST_PAGES)
    rest = [_numbered(wire, call, listing, number, count) for number in range(2, count + 1)]
    for part in await in_turn(rest):
        found.add(part)
    if found.items[0].page_count > MOST_PAGES:
        found.add(Gap(what=f"{listing.what} beyond page {MOST_PAGES}", reason="there are too many to be polled"))
    return found


def _numbered(
    wire: Wire, call: Call, listing: Listing[Listed], number: int, count: int
) -> Callable[[], Awaitable[Listed | Gap]]:
    what = f"page {number} of {count} of {listing.what}"
    return lambda: _tried(what, lambda: _page(wire, call, listing, number))


async def _page(wire: Wire, call: Call, listing: Listing[Listed], number: int) -> Listed:
    numbers = (("pageNumber", str(number)), ("pageSize", str(listing.size)))
    ask = Ask(method="GET", route=listing.route, query=(*listing.query, *numbers))
    return await wire.attempt(call).read(ask, listing.shape)


async def _tried(what: str, read: Callable[[], Awaitable[Item]]) -> Item | Gap:
    """Read, or say why not."""
    try:
        return await read()
    except VendorError as error:
        return Gap(what=what, reason=str(error))


async def tried(what: str, read: Callable[[], Awaitable[Item]]) -> Readings[Item]:
    """Read one thing, or keep the gap."""
    found = Readings[Item]()
    found.add(await _tried(what, read))
    return found


async def in_turn(reads: Sequence[Callable[[], Awaitable[Item]]]) -> list[Item]:
    """Read a few at a time: neither one after the other nor all at once."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(read: Callable[[], Awaitable[Item]]) -> Item:
        async with turns:
            return await read()

    return list(await asyncio.gather(*(one(read) for read in reads)))


def entity(kind: EntityKind, id: str, name: str | None, site: str | None = None) -> Entity | None:
    """An entity as it is listed; None where its id is none that a workflow could be named by."""
    try:
        return Entity(kind=kind, id=id, name=name or "", site=site or "")
    except ValidationError:
        return None


def chunks(items: Sequence[Item], size: int = SIZE) -> Iterable[Sequence[Item]]:
    """The items in parts of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))
