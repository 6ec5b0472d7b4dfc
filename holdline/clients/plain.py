"""The lines of a notice for people, as far as every vendor agrees: cleaned text, and links that are our own."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from holdline.domain.text import clean
from holdline.ports import Notice

_NAME, _LONGEST = 75, 2000


def rows(notice: Notice, ours: str, longest: int) -> Iterator[tuple[str, str]]:
    """The name and the value of each line; a value is at most `longest` characters unless it is a link of ours."""
    for name, value in notice.lines.items():
        yield clean(name, _NAME), value if is_ours(value, ours) else clean(value, longest)


def is_ours(value: str, ours: str) -> bool:
    """Whether a text is an address of our own gateway, and nothing else; no other is ever made into a link.

    The name of a queue may be an address too. `ours` is the gateway's public address, empty where there is none.
    """
    if not ours or not value.startswith(f"{ours}/") or len(value) > _LONGEST:
        return False
    plain = value.isascii() and value.isprintable() and not set(value) & set(" <>\"'`\\")
    return plain and urlsplit(value).netloc == urlsplit(ours).netloc
