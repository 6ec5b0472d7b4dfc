"""The story of an incident: one row for each fact, with the reason it happened or did not."""

from datetime import datetime
from enum import StrEnum

from holdline.domain.frozen import Frozen
from holdline.domain.text import cut


class Fact(StrEnum):
    """The kind of a row; decides its colour and sign on a terminal."""

    SEEN = "seen"
    STATE = "state"
    PAGED = "paged"
    PAGE_FAILED = "page failed"
    SKIPPED = "skipped"
    ACKNOWLEDGED = "acknowledged"
    LAPSED = "lapsed"
    CHANGED = "changed"
    REVERTED = "reverted"
    RETRIED = "retried"
    THROTTLED = "throttled"
    UNKNOWN = "unknown"
    ASKED = "asked"
    OPERATOR = "operator"
    TERMINAL = "terminal"
    TICKET = "ticket"


class Entry(Frozen):
    """What happened at an instant, in a sentence that an operator understands."""

    at: datetime
    fact: Fact
    text: str


LIMIT = 200
LONGEST = 3000


def appended(timeline: tuple[Entry, ...], entry: Entry) -> tuple[Entry, ...]:
    """Add a row, LONGEST characters of it; beyond LIMIT rows the middle is dropped, never the beginning nor the end."""
    rows = (*timeline, entry.model_copy(update={"text": cut(entry.text, LONGEST)}))
    return rows if len(rows) <= LIMIT else (*rows[: LIMIT // 2], *rows[LIMIT // 2 + 1 :])
