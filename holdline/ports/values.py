"""What is asked of the outside, and what it answers."""

from datetime import datetime, timedelta
from typing import Final

from pydantic import Field

from holdline.domain import detection
from holdline.domain.entity import Entity
from holdline.domain.frozen import Frozen
from holdline.domain.incident import Severity
from holdline.domain.storm import Look
from holdline.domain.sweep import Known
from holdline.domain.text import Line, Person
from holdline.domain.ticket import Stage


class Call(Frozen):
    """What every outgoing request carries: its X-Request-ID (S3.15) and our idempotency key.

    `until` fences a change: whoever wakes up after it sends nothing, because the lock may be another's by then.
    `routine` marks a reading that comes again by itself: it waits for a turn behind everything else (S3.12). `first`
    marks the first look of an incident, which goes before everything else: whether it is true comes first.
    """

    request_id: str
    effect: str
    until: datetime | None = None
    routine: bool = False
    first: bool = False

    @property
    def fence(self) -> datetime | None:
        """The instant from which nothing is sent any more, asked anew before each order."""
        return self.until


class Page(Call):
    """A page to one PagerDuty service; `key` is what PagerDuty folds by. Text is at most 1,024 characters there.

    `look` is for whoever orders it: the first page of an incident looks first whether it is one of many.
    """

    service: str
    key: str
    summary: str
    severity: Severity
    entity: Entity
    at: datetime
    details: dict[str, str] = Field(default_factory=dict)
    look: Look | None = None


class PageClosing(Call):
    """The page to resolve or to silence, by the service and key it was opened with."""

    service: str
    key: str


class PageQuestion(Call):
    """The question whether anybody acknowledged a page."""

    service: str
    key: str


class Decided(Call):
    """What a person decided about which proposal of which incident, with the proof that it was they."""

    workflow_id: str
    proposal: str
    digest: str
    by: str
    proof: str


class Receipt(Frozen):
    """The proof of an effect that the vendor gave: its own id. `adopted` where an earlier attempt had done it."""

    id: str
    adopted: bool = False


class PageState(Frozen):
    """What the vendor says about a page: `acknowledged_by` is None while nobody has it; `resolved` by a person."""

    acknowledged_by: Person | None = None
    acknowledged_at: datetime | None = None
    resolved: bool = False


class TextMessage(Call):
    """A short message to a contact by name; `tag` marks it in the body so that it can be found again.

    `again` where an order before this one may have sent it: then it is looked for first. `look` is as in a page.
    """

    contact: str
    text: str
    tag: str
    again: bool = False
    look: Look | None = None


class Notice(Call):
    """A message to a room or a contact by name, about one incident.

    `tag` marks it so that it can be found again where the vendor can look. `thread` is the receipt of the message it
    belongs under, `loud` where the whole room must see it there; `record` is that of the message it replaces. `again`
    where an order before this one may have sent it: then it is looked for first.
    `workflow_id`, `epoch` and `opening` are what its buttons act on, `episode` sets it apart from those of the same
    numbers on other days; without `actions` it has none; `proposal` and `digest` name the plan that is decided about.
    `lines` is a table. All text is data: no markup of it may be rendered.
    """

    to: str
    tag: str
    title: str
    severity: Severity
    workflow_id: str
    epoch: int
    opening: int = 1
    episode: str = ""
    lines: dict[str, str] = Field(default_factory=dict)
    actions: tuple[str, ...] = ()
    proposal: str = ""
    digest: str = ""
    at: datetime
    thread: str = ""
    loud: bool = False
    again: bool = False
    record: str = ""
    look: Look | None = None


class TicketOrder(Call):
    """What a ticket is to say. `key` is its correlation id, one for an episode of an incident; `facts` fill its fields.

    `record` is the vendor's id, empty where none is known. `note` is added to the ticket as a comment, marked by `tag`.
    `again` where an order before this one may have been carried out: what is not absolute is looked for first.
    `minimal` asks for no more than the vendor needs, because a rule of its own refused more. `reopen` where we closed
    it before: an update looks whether it is over and opens it again, by which alone nobody has it.
    """

    key: str
    facts: dict[str, str]
    stage: Stage = Stage.OPEN
    record: str = ""
    note: str = ""
    tag: str = ""
    again: bool = False
    minimal: bool = False
    reopen: bool = False


CHANGES: Final = "what changes"
COMMENT: Final = "comment"
"""What a receipt says was dropped where it was no field by itself that was refused."""


class TicketReceipt(Receipt):
    """The proof that a ticket exists: the vendor's id, read in the body (S4.2); `number` is what people call it.

    `dropped` are the fields that the vendor took and did not keep.
    """

    number: str = ""
    url: str = ""
    open: bool = True
    dropped: tuple[str, ...] = ()


SOMEBODY: Final = "somebody"
"""Who has a ticket whose status says that it was taken, and not by whom."""


class TicketState(Frozen):
    """What people did to a ticket: who has it (None: nobody), and whether they say that it is over.

    A name is `guessed` where the ticket names nobody, and it is whoever wrote last: the next comment changes it.
    """

    acknowledged_by: Person | None = None
    acknowledged_at: datetime | None = None
    resolved: bool = False
    resolved_by: Person | None = None
    guessed: bool = False


class ChangeReceipt(Frozen):
    """The target as read back after a change and the words that prove it; `adopted` where it was so already."""

    proof: Line
    state: tuple[str, ...]
    adopted: bool = False


class Wanted(Call):
    """A look at everything of a plan's source that is `due` at an instant, and what is known of it already."""

    routine: bool = True
    plan: detection.Plan
    due: tuple[str, ...]
    at: datetime
    known: tuple[Known, ...] = ()

    def group_of(self, entity: Entity) -> detection.Group | None:
        """The group an entity is judged in; None where it is not watched or not due."""
        group = self.plan.group_of(entity)
        return group if group is not None and group.name in self.due else None


class Channel(Frozen):
    """A notification channel; `uri` is as good as a token. `ahead` is how far our clock is ahead of the vendor's."""

    id: str
    uri: str = Field(repr=False)
    life: timedelta
    ahead: timedelta


class Subscription(Frozen):
    """The vendor's answer to a topic that was asked for; `missing` are permissions."""

    topic: str
    permitted: bool
    missing: tuple[str, ...] = ()
    reason: Line = ""
