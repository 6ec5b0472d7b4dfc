"""Whether a delivery comes from whom it says: the two outcomes, and what every source's check shares (S3.2)."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

Headers = Sequence[tuple[bytes, bytes]]
"""Header names in lower case and raw values, in the order received; a name may come twice."""


class Delivery(NamedTuple):
    """One request as it came: the raw body, the headers, and the public address it was sent to."""

    body: bytes
    headers: Headers
    url: str = ""


class Refusal(StrEnum):
    """Why a delivery is refused; counted, never told to the sender."""

    UNSIGNED = "unsigned"
    MALFORMED = "malformed signature"
    FORGED = "signature does not match"
    STALE = "stale"
    FUTURE = "from the future"
    CLOSED = "no secret is configured"


@dataclass(frozen=True, slots=True)
class Refused:
    """The delivery proves nothing."""

    reason: Refusal


@dataclass(frozen=True, slots=True)
class Verified:
    """The delivery is authentic; `key` is the position of the live secret that proves it."""

    key: int


def one(headers: Headers, name: bytes) -> bytes | None:
    """The value of a header that comes once; none, or two of them, is None."""
    found = [value for key, value in headers if key == name]
    return found[0] if len(found) == 1 else None


def missing(headers: Headers, name: bytes) -> Refused:
    """Why `one` found nothing: the header is not there, or is there twice."""
    return Refused(Refusal.MALFORMED if any(key == name for key, _ in headers) else Refusal.UNSIGNED)


def matching(expected: Sequence[bytes], given: Sequence[bytes]) -> Verified | Refused:
    """Compare each value given with what each secret would give, in constant time for each pair."""
    if not expected:
        return Refused(Refusal.CLOSED)
    for key, value in enumerate(expected):
        for candidate in given:
            if hmac.compare_digest(value, candidate):
                return Verified(key)
    return Refused(Refusal.FORGED)
