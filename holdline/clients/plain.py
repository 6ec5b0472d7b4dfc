"""The lines of a notice for people, as far as every vendor agrees: cleaned text, and links that are our own."""

from collections.abc import Iterator

from holdline.domain.address import is_ours
from holdline.domain.text import clean
from holdline.ports import Notice

_NAME = 75


def rows(notice: Notice, ours: str, longest: int) -> Iterator[tuple[str, str]]:
    """The name and the value of each line; a value is at most `longest` characters unless it is a link of ours."""
    for name, value in notice.lines.items():
        yield clean(name, _NAME), value if is_ours(value, ours) else clean(value, longest)
