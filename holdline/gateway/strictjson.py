"""JSON read strictly: UTF-8 without a mark, no key twice, no NaN or infinity, no lone surrogates, at most 32 deep."""

import json
import math
import re
from typing import Any, Final, NoReturn

DEEPEST: Final = 32
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


class Unreadable(ValueError):
    """The body is not strict JSON; the reason repeats nothing of it."""


def read(body: bytes) -> dict[str, Any]:
    """Parse a JSON object. Raises Unreadable."""
    if body.startswith(b"\xef\xbb\xbf"):
        raise Unreadable("it starts with a byte order mark")
    if body.count(b"{") + body.count(b"[") > DEEPEST and _depth(body) > DEEPEST:
        raise Unreadable(f"it is nested more than {DEEPEST} deep")
    try:
        value = _DECODER.decode(body.decode())
        if b"\\u" in body:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeError:
        raise Unreadable("it is not text in UTF-8") from None
    except Unreadable:
        raise
    except ValueError:
        raise Unreadable("it is not JSON") from None
    if not isinstance(value, dict):
        raise Unreadable("it is not a JSON object")
    return value


def _depth(body: bytes) -> int:
    depth = deepest = 0
    for byte in _STRING.sub(b"", body):
        if byte in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"}]":
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("a key comes twice")
    return found


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise Unreadable("a number is out of range")
    return value


def _constant(_: str) -> NoReturn:
    raise Unreadable("a number is not finite")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_number, parse_constant=_constant)
