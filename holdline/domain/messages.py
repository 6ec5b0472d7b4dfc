"""What is said to an incident and what it answers: workflow input, signals, updates, query and result."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import Field

from holdline.domain.acknowledgement import Via
from holdline.domain.approval import Proposal
from holdline.domain.case import Case
from holdline.domain.entity import Entity
from holdline.domain.frozen import Frozen
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.lifecycle import State
from holdline.domain.observation import Observation
from holdline.domain.runbook import Runbook
from holdline.domain.storm import Standing
from holdline.domain.text import Line, Name, Person
from holdline.domain.ticket_messages import Record
from holdline.domain.timeline import Entry

# Names in the Temporal history; persisted data, never changed.
WORKFLOW: Final = "Incident"
OBSERVE: Final = "observe"
ANSWER: Final = "answer"
MEMBER: Final = "member"
WORD: Final = "word"
ACKNOWLEDGE: Final = "acknowledge"
HOLD: Final = "hold"
RESOLVE: Final = "resolve"
ESCALATE: Final = "escalate"
APPROVE: Final = "approve"
DENY: Final = "deny"
SNAPSHOT: Final = "snapshot"
FORBIDDEN: Final = "Forbidden"  # the type of the error when somebody may not do what they ask for
EPOCH_MEMO: Final = "epoch"
LABEL_MEMO: Final = "label"


class Order(Frozen):
    """The input of an incident: its cause, the epoch it opens, the runbook as it was then; `case` when it goes on.

    A `storm` is the parent of many: it pages for them and repairs nothing itself. `reads` where the release that
    opened it could read a kind like this; what an older one opened goes on as it began. So it is with `bounded`: no
    wait of the automation is so long that nobody hears of it; and with `marked`: the id of the keeper of its ticket has
    the mark of the episode.
    """

    kind: IncidentKind
    entity: Entity
    epoch: int = Field(ge=1)
    runbook: Runbook
    case: Case | None = None
    storm: bool = False
    reads: bool = False
    bounded: bool = False
    marked: bool = False


class Observed(Frozen):
    """Signal `observe`: what was seen since the last one, folded; `ids` are all event ids behind it (at most 500)."""

    observations: tuple[Observation, ...]
    ids: tuple[str, ...] = ()
    events: int = 1


class AnswerKind(StrEnum):
    """What a person did at the vendor, or what the vendor says of a page: that it did not arrive."""

    ACKNOWLEDGED = "acknowledged"
    UNACKNOWLEDGED = "unacknowledged"
    RESOLVED = "resolved"
    COMMENTED = "commented"
    UNDELIVERED = "undelivered"


class Answer(Frozen):
    """Signal `answer`: what a person did at a vendor; `epoch` guards against an answer to an older episode.

    `text` is what a person wrote, or why a page did not arrive; `page` is the receipt of that page. `mark` is
    that of the ticket's key, where it has one.
    """

    event_id: str
    kind: AnswerKind
    by: Person
    via: Via
    at: datetime
    epoch: int | None = None
    text: Line = ""
    page: str = ""
    mark: str = ""


class Membership(Frozen):
    """Signal `member` to a parent: an incident is one of many, or it is over; `counted` is how many there were."""

    event_id: str
    workflow_id: str
    label: Name
    epoch: int
    opening: int
    severity: Severity
    over: bool = False
    counted: int = 0
    reason: Line = ""


class WordKind(StrEnum):
    """What a parent tells its members."""

    DISMISS = "dismiss"
    HOLD = "hold"


class Word(Frozen):
    """Signal `word` of a parent to a member: it pages for it no longer, or automation is held by somebody."""

    parent: str
    kind: WordKind
    by: Name = ""
    reason: Line = ""


class Request(Frozen):
    """Update `acknowledge`, `hold`, `resolve` or `escalate`: who asks, by which way, and why."""

    by: Name
    via: Via = Via.CLI
    reason: Line = ""


class Decision(Request):
    """Update `approve` or `deny`: about which proposal and exactly which steps; `proof` is `approval.proof`."""

    proposal: str
    digest: str
    proof: str


class Reply(Frozen):
    """The answer to an update: a sentence for the operator; `changed` is false where it was so already."""

    changed: bool
    text: str


class PageLine(Frozen):
    """A page as `incident show` prints it."""

    tier: str
    target: str
    at: datetime
    receipt: str


class MemberLine(Frozen):
    """A member of a storm as `incident show` prints it."""

    workflow_id: str
    label: str
    standing: Standing


class StormLine(Frozen):
    """How many there are in a storm, how many have recovered, the first of them, and how many more there are."""

    words: str
    total: int
    recovered: int
    members: tuple[MemberLine, ...] = ()
    more: int = 0


class Snapshot(Frozen):
    """Query `snapshot`, and the result of a closed incident: everything an operator asks about it."""

    workflow_id: str
    kind: IncidentKind
    entity: Entity
    epoch: int
    mark: str = ""
    opening: int
    state: State
    severity: Severity
    opened_at: datetime
    closed_at: datetime | None = None
    next_at: datetime | None = None
    next_step: str = ""
    escalation_tier: int = 0
    acknowledged_by: str | None = None
    held_by: str | None = None
    proposal: Proposal | None = None
    retry_count: int = 0
    max_retries: int = 0
    last_attempt_at: datetime | None = None
    events: int = 0
    ack_code: str = ""
    pages: tuple[PageLine, ...] = ()
    ticket: Record | None = None
    parent: str = ""
    storm: StormLine | None = None
    timeline: tuple[Entry, ...] = ()
