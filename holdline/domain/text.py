"""Text from outside is data: no control characters, no caller numbers, bounded length."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator

_NUMBER = re.compile(r"(?<![\w.:/-])\+?\d[\d ()/.-]{6,}\d(?![\w-])|(?<!\w)tel:\S+", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ][\d:.]*)?")
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
MARK = "[number]"


def clean(text: str, limit: int = 200) -> str:
    """Return one line of printable text of at most `limit` characters, without telephone numbers."""
    visible = "".join(" " if unicodedata.category(c) in _HIDDEN else c for c in text[: limit * 4])
    line = without_numbers(" ".join(visible.split()))
    return line if len(line) <= limit else line[: limit - 1] + "…"


def without_numbers(text: str) -> str:
    """Replace what looks like a telephone number; dates and identifiers stay."""
    return _NUMBER.sub(_mask, text)


def _mask(match: re.Match[str]) -> str:
    found = match.group()
    digits = sum(c.isdigit() for c in found)
    return found if _DATE.fullmatch(found.strip()) or digits < 8 or digits > 15 else MARK


Line = Annotated[str, AfterValidator(clean)]
"""A cleaned line of at most 200 characters."""
