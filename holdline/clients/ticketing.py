"""What the clients of all ticket systems share: what a refusal means, how long a text and a key may be."""

import hashlib

from holdline.clients.exchange import Exchange
from holdline.domain.text import clean
from holdline.ports import Invalid, Misconfigured, VendorError

_CONTENT = (400, 413, 422)
_SETTING_UP = (403, 404)
_DIGEST = 24


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


def lines(text: str, limit: int) -> str:
    """Text of several lines, each of them cleaned, of at most `limit` characters."""
    whole = "\n".join(clean(line, limit) for line in text.splitlines())
    return whole if len(whole) <= limit else whole[: limit - 1] + "…"


def fitting(key: str, limit: int, strange: str = "") -> str:
    """The key as a field of `limit` characters holds it; one that is longer or has a strange character is digested."""
    if len(key) <= limit and key.isprintable() and not set(strange) & set(key):
        return key
    digest = hashlib.sha256(key.encode(errors="backslashreplace")).hexdigest()[:_DIGEST]
    return f"holdline/{digest}"
