"""What is said to the keeper of a ticket and what it says back: input, signals, updates, query and result."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from holdline.domain.frozen import Frozen
from holdline.domain.keys import Incident
from holdline.domain.text import Line, Name
from holdline.domain.ticket import Failing, Stage, TicketRule
from holdline.domain.timeline import Entry

# Names in the Temporal history; persisted data, never changed.
WORKFLOW: Final = "Ticket"
BRIEF: Final = "brief"
REPLAY: Final = "replay"
DROP: Final = "drop"
LETTER: Final = "letter"
TICKETED: Final = "ticketed"

LONGEST_NOTE: Final = 20_000
LONGEST_WORD: Final = 1000


class Brief(Frozen):
    """Signal `brief`: everything the ticket is to say; one with a lower number is older and changes nothing.

    `last` where the incident is closed for good: no other brief will come.
    """

    number: int = Field(ge=1)
    stage: Stage
    facts: dict[str, str]
    note: str = Field(default="", max_length=LONGEST_NOTE)
    last: bool = False


class Record(Frozen):
    """The ticket at its vendor: its id, what people call it, where it is read, and who had it when it was opened."""

    id: str
    number: str = ""
    url: str = ""
    taker: str = ""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.number or self.id


class Standing(StrEnum):
    """How the ticket stands; shown as the state of its workflow."""

    KEPT = "KEPT"
    DEAD_LETTER = "DEAD LETTER"
    DROPPED = "DROPPED"
    CLOSED = "CLOSED"


class Doubt(Frozen):
    """Why nobody can say whether a ticket is the only one of its incident, and how often in a row a look has failed."""

    failing: Failing
    reason: str
    at: datetime
    looks: int = 0


class Book(BaseModel):
    """The mutable state of one ticket; its workflow is the only writer.

    `told` is the number of the brief that the vendor has confirmed. `sending` is the one under way and `saying` its
    note, `notes` are for the next. `doubtful` where an order of ours may have been
    carried out although nobody confirmed it. `unseen` is how often the ticket was not found by its key; `doubt` where
    that, or a look that failed, leaves open whether there is another one. `complaint` is what was told last of
    orders that were taken: the fields that were not kept, and that it is closed there. `answered` where a person has
    ended a doubt since the last look began: what that look finds wrong changes nothing.
    `paused_at` is the call whose pause is written down.
    """

    model_config = ConfigDict(extra="ignore")

    brief: Brief | None = None
    told: int = 0
    notes: list[str] = []
    sending: Brief | None = None
    saying: list[str] = []
    record: Record | None = None
    minimal: bool = False
    closed: bool = False
    doubtful: bool = False
    called_at: datetime | None = None
    paused_at: datetime | None = None
    reconcile_at: datetime | None = None
    unseen: int = 0
    doubt: Doubt | None = None
    answered: bool = False
    complaint: tuple[str, ...] = ()
    standing: Standing = Standing.KEPT
    failures: int = 0
    failing: Failing | None = None
    reason: str = ""
    failed_at: datetime | None = None
    try_at: datetime | None = None
    timeline: tuple[Entry, ...] = ()


def latest(notes: list[str]) -> list[str]:
    """The latest notes, LONGEST_NOTE characters of them: a system may be away for days."""
    kept = list(notes)
    while len(kept) > 1 and sum(map(len, kept)) > LONGEST_NOTE:
        del kept[0]
    return kept


class TicketInput(Frozen):
    """The input of a ticket: of which episode, whose keys have a `mark`, by which rule; `book` when it goes on.

    `marked` where the id of the keeper has the mark as well, as it has since the release that began it.
    """

    incident: str
    epoch: int
    event_id: str
    rule: TicketRule
    mark: str = ""
    marked: bool = False
    book: Book | None = None

    @property
    def key(self) -> Incident:
        """The identity that keys are minted from."""
        return Incident(self.incident, self.epoch)

    @property
    def workflow_id(self) -> str:
        """The id of the keeper."""
        return self.key.ticket_workflow(self.mark if self.marked else "")


class Ticketed(Frozen):
    """Signal `ticketed` to the incident: what became of its ticket; `refused` where the credential is.

    `mark` is that of its episode: another one of the same number, whose history is forgotten, may still have a keeper.
    """

    epoch: int
    text: str = Field(max_length=LONGEST_WORD)
    failed: bool = False
    record: Record | None = None
    refused: str = ""
    mark: str = ""


class Letter(Frozen):
    """The answer to query `letter`: a ticket that is kept, or a dead letter with all that is needed to deliver it.

    `told` where the vendor has confirmed the latest brief.
    """

    id: str
    incident: str
    system: str
    standing: Standing
    told: bool = False
    failing: Failing | None = None
    reason: str = ""
    failed_at: datetime | None = None
    try_at: datetime | None = None
    failures: int = 0
    record: Record | None = None
    facts: dict[str, str] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    timeline: tuple[Entry, ...] = ()


class Order(Frozen):
    """Update `replay` or `drop`: who says so, and why."""

    by: Name
    reason: Line = ""
