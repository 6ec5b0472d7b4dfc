"""What may be written to disk: no telephone numbers, no secrets, bounded length (S1.10)."""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any, Final

from holdline.domain.text import MARK, without_numbers

SECRET: Final = "[secret]"  # noqa: S105 - what stands in its place
_PLUS = re.compile(r"\+\d[\d ()./-]{5,}\d")
_SECRET_NAME = re.compile(r"pass|secret|token|authorization|api.?key|credential", re.IGNORECASE)
# An instant is no telephone number, and without it an event cannot be read again.
_TIME_NAME = re.compile(r"time|date|_at$|At$", re.IGNORECASE)
_MILLISECONDS: Final = range(1_500_000_000_000, 2_500_000_000_000)
_NANOSECONDS: Final = range(1_500_000_000_000_000_000, 2_500_000_000_000_000_000)
_STRING, _TEXT = 2000, 4000
_SHORTEST_SECRET = 8


def text(value: str) -> str:
    """Mask what looks like a telephone number, one behind a `+` even inside a word."""
    masked = without_numbers(value)
    return _PLUS.sub(MARK, masked) if "+" in masked else masked


def forms(secret: str) -> set[bytes]:
    """How a secret may be written in a text or in JSON; a very short one would mask innocent words."""
    if len(secret) < _SHORTEST_SECRET:
        return set()
    written = (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    return {form.encode() for form in written}


def tells(raw: bytes, masked: Iterable[bytes]) -> bool:
    """Whether one of our secrets is in it."""
    return any(form in raw for form in masked)


def unsecret(raw: bytes, masked: Iterable[bytes]) -> bytes:
    """Mask our own live secrets, given in all their forms."""
    for form in masked:
        if form in raw:
            raw = raw.replace(form, SECRET.encode())
    return raw


def event_id(value: str) -> str:
    """An id as it is kept: one that reads like a telephone number is replaced by its digest."""
    return value if text(value) == value else f"sha256:{hashlib.sha256(value.encode()).hexdigest()[:32]}"


def body(raw: bytes, parsed: dict[str, Any] | None) -> str:
    """A body for a person to review: JSON with numbers and secrets masked, or the beginning of what is not JSON."""
    if parsed is None:
        return text(raw[:_TEXT].decode(errors="replace"))[:_TEXT]
    return json.dumps(_value(parsed), ensure_ascii=False, separators=(",", ":"))


def _value(value: Any) -> Any:
    match value:
        case dict():
            return {text(key[:_STRING]): _named(key, each) for key, each in value.items()}
        case list():
            return [_value(each) for each in value]
        case str():
            return text(value[:_STRING])
        case int() | float() if not isinstance(value, bool) and len(str(abs(value))) > 7:
            return text(str(value))
        case _:
            return value


def _named(name: str, value: Any) -> Any:
    if isinstance(value, int) and (value in _MILLISECONDS or value in _NANOSECONDS) and _TIME_NAME.search(name):
        return value
    return SECRET if _SECRET_NAME.search(name) else _value(value)
