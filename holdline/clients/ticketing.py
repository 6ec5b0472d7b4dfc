"""What the clients of all ticket systems share: what a refusal means, how long a text and a key may be."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from holdline.clients.exchange import Exchange
from holdline.domain.text import clean, cut
from holdline.domain.ticket import FieldValue, Stage, rendered
from holdline.ports import Invalid, Misconfigured, TicketOrder, VendorError

_CONTENT = (400, 413, 422)
_SETTING_UP = (403, 404)
_DIGEST = 24
_FACT = 32_000
_LABEL = 40
_OURS: Final[tuple[str, ...]] = ("key", "link")
"""The facts that Holdline makes by itself."""


def refused(exchange: Exchange, said: str) -> VendorError | None:
    """What a refusal of a ticket means where the vendor's own words say no more: content, or setting up."""
    if exchange.status in _CONTENT:
        return invalid(exchange, said)
    return misconfigured(exchange, said) if exchange.status in _SETTING_UP else None


def invalid(exchange: Exchange, said: str) -> Invalid:
    """The content is refused; nothing was written."""
    return Invalid(exchange.vendor, f"refused what the ticket says ({exchange.status}{said})")


def misconfigured(exchange: Exchange, said: str) -> Misconfigured:
    """What is set up does not fit; nothing was written."""
    what = f"refused the request as it is set up ({exchange.status}{said})"
    return Misconfigured(exchange.vendor, f"{what}; check the address, the table and the permissions")


async def untold(
    doing: Awaitable[object], what: str, over: Callable[[], Awaitable[bool]] | None = None
) -> tuple[str, ...]:
    """Do it, and name what it is where it is refused: of what is closed that is no failure.

    Where nobody knows yet whether it is closed, `over` is asked then; of what is open the refusal is raised.
    """
    try:
        await doing
    except (Invalid, Misconfigured):
        if over is not None and not await over():
            raise
        return (what,)
    return ()


def filled(fields: Mapping[str, FieldValue], order: TicketOrder) -> dict[str, str]:
    """The fields of a ticket by name. What events say is cleaned; what the operator wrote around it stays as it is."""
    facts = {name: lines(text, _FACT) for name, text in order.facts.items() if name not in _OURS}
    ours = {name: order.facts[name] for name in _OURS if name in order.facts}
    return rendered(fields, {**facts, **ours, "note": lines(order.note, _FACT), "key": order.key})


def reopens(order: TicketOrder) -> bool:
    """Whether an update opens again what we have closed: the incident is on, and the order says so."""
    return order.reopen and order.stage is not Stage.RESOLVED


def line(text: str, limit: int) -> str:
    """Text as one line of at most `limit` characters."""
    return cut(" ".join(text.split()), limit)


def label(text: str) -> str:
    """What a vendor calls a record, printable; a number of eight digits is no telephone number here."""
    return "".join(each for each in text if each.isprintable())[:_LABEL]


def lines(text: str, limit: int) -> str:
    """Text of several lines, each of them cleaned, of at most `limit` characters."""
    return cut("\n".join(clean(each, limit) for each in text.splitlines()), limit)


def fitting(key: str, limit: int, strange: str = "") -> str:
    """The key as a field of `limit` characters holds it; one that is longer or has a strange character is digested."""
    if len(key) <= limit and key.isprintable() and not set(strange) & set(key):
        return key
    digest = hashlib.sha256(key.encode(errors="backslashreplace")).hexdigest()[:_DIGEST]
    return f"holdline/{digest}"
