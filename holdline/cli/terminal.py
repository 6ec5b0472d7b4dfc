"""What is written to a terminal: text from outside is data, never markup nor control characters (S7)."""

import json
import sys
import unicodedata
from collections.abc import Iterable
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text

from holdline.domain.text import escaped

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKS = frozenset({"Mn", "Me"})
_MOST_MARKS = 2
_UNBOUNDED = 10_000


def printable(text: str) -> str:
    """Return one line without control, direction or invisible characters and without heaps of accents."""
    kept: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in _MARKS else 0
        if marks <= _MOST_MARKS:
            kept.append(" " if category in _HIDDEN else character)
    return "".join(kept)


def data(text: object, style: str = "") -> Text:
    """Text from outside as rich may print it: no markup, no control characters."""
    return Text(printable(str(text)), style=style)


def console(*, error: bool = False) -> Console:
    """A console without markup, emoji and highlighting; into a pipe it neither wraps nor colours."""
    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else _UNBOUNDED
    return Console(file=stream, markup=False, emoji=False, highlight=False, width=width, soft_wrap=False)


def show(*parts: RenderableType) -> None:
    """Print to standard output."""
    put(console(), *parts)


def put(out: Console, *parts: RenderableType) -> None:
    """Print at once; into a pipe without the blanks that fill up a table."""
    if out.is_terminal:
        out.print(*parts, sep="\n")
        return
    with out.capture() as captured:
        out.print(*parts, sep="\n")
    out.file.write("".join(f"{each.rstrip()}\n" for each in captured.get().splitlines()))
    out.file.flush()


def line(text: str) -> None:
    """Print one line to standard output at once, without its control characters."""
    sys.stdout.write(printable(text) + "\n")
    sys.stdout.flush()


def complain(sentence: str) -> None:
    """Print one sentence to standard error."""
    sys.stderr.write(printable(sentence) + "\n")


def as_json(value: Any) -> None:
    """Print a value as JSON. The format escapes few control characters; here everything is that is not printable."""
    sys.stdout.write(escaped(json.dumps(value, indent=2, ensure_ascii=not _wide())) + "\n")


def _wide() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def joined(parts: Iterable[str], separator: str = " · ") -> str:
    """Join what is not empty."""
    return separator.join(part for part in parts if part)
