"""What is said to the gate and what it answers: workflow input, signals, updates and query."""

from datetime import datetime, timedelta
from typing import Final

from pydantic import Field

from holdline.domain.acknowledgement import Via
from holdline.domain.book import Book
from holdline.domain.claim import Grant
from holdline.domain.duration import Duration
from holdline.domain.entity import EntityKind
from holdline.domain.frozen import Frozen
from holdline.domain.gate import MOST, Limits
from holdline.domain.incident import Severity
from holdline.domain.text import Line, Name
from holdline.domain.timeline import Entry

# Names in the Temporal history; persisted data, never changed.
WORKFLOW: Final = "Gate"
GATE: Final = "gate/remediation"
CLAIM: Final = "claim"
ASK: Final = "ask"
RELEASE: Final = "release"
ADOPT: Final = "adopt"
GRANTED: Final = "granted"
SET_CAP: Final = "set_cap"
FREE: Final = "free"
BOARD: Final = "board"
LEASE_MEMO: Final = "lease_seconds"


class Opening(Frozen):
    """The input of the gate; `book` when it goes on. Nothing is granted for the time of `quiet` after the start."""

    limits: Limits
    quiet: Duration = timedelta(0)
    book: Book | None = None


class Release(Frozen):
    """Signal `release`: a claim is withdrawn or a change is done; without `changed` nothing was touched."""

    claim: str
    holder: str
    changed: bool = True


class Reached(Frozen):
    """Signal `granted` to the holder: the grant, or the reason why nothing may be changed."""

    claim: str
    grant: Grant | None = None
    reason: str = ""


class Answer(Frozen):
    """The answer to update `ask`: what is known at once, if anything."""

    reached: Reached | None = None


class CapOrder(Frozen):
    """Update `set_cap`: how many changes may be made at once, who says so, and why."""

    cap: int
    by: Name
    reason: Line
    via: Via = Via.CLI

    @property
    def fault(self) -> str | None:
        """Why it is refused, or None."""
        if not 1 <= self.cap <= MOST:
            return f"a cap is 1 to {MOST}, not {self.cap}"
        return unsigned(self.by, self.reason)


class FreeOrder(Frozen):
    """Update `free`: the lock to take from its holder, who says so, and why."""

    resource: str = Field(max_length=500)
    by: Name
    reason: Line
    via: Via = Via.CLI


def unsigned(by: str, reason: str) -> str | None:
    """What is missing from an order: who gives it, or why."""
    if not by.strip():
        return "say who you are: the name is empty"
    return None if reason.strip() else "say why: the reason is empty"


class Held(Frozen):
    """A change under way, as `gate show` prints it."""

    holder: str
    resources: tuple[str, ...]
    severity: Severity
    since: datetime
    until: datetime
    token: int
    summary: str = ""


class InLine(Frozen):
    """A change that waits, and what for."""

    holder: str
    resources: tuple[str, ...]
    severity: Severity
    arrived_at: datetime
    because: str
    summary: str = ""


class Tally(Frozen):
    """How many entities of a kind automation has touched within the window, of how many it may."""

    kind: EntityKind
    touched: int
    most: int
    window: Duration


class Board(Frozen):
    """Query `board`: everything an operator asks about the gate."""

    cap: int
    configured_cap: int
    cap_by: str = ""
    lease: Duration
    quiet_until: datetime | None = None
    holders: tuple[Held, ...] = ()
    waiting: tuple[InLine, ...] = ()
    tallies: tuple[Tally, ...] = ()
    rows: tuple[Entry, ...] = ()
