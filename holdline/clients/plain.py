"""The lines of a notice for people, as far as every vendor agrees: cleaned text, and links that are our own."""

from collections.abc import Iterator

from holdline.domain.address import is_ours
from holdline.domain.text import clean
from holdline.ports import Notice

_NAME = 75


def links(notice: Notice, ours: str) -> tuple[str, ...]:
    """The links of ours in a notice; whoever has one may give an order, so no error repeats it."""
    return tuple(value for value in notice.lines.values() if is_ours(value, ours))


def rows(notice: Notice, ours: str, longest: int) -> Iterator[tuple[str, str]]:
    """The name and the value of each line; a value is at most `longest` characters unless it is a link of ours."""
    for name, value in notice.lines.items():
        yield clean(name, _NAME), value if is_ours(value, ours) else clean(value, longest)
