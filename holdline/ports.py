"""What activities need of the outside, as Protocols, and the only errors those may raise."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import Field

from holdline.domain import detection
from holdline.domain.approval import Voice
from holdline.domain.change import Change, Plan
from holdline.domain.entity import Entity
from holdline.domain.frozen import Frozen
from holdline.domain.incident import Severity
from holdline.domain.observation import Observation
from holdline.domain.runbook import ActionRule
from holdline.domain.storm import Look
from holdline.domain.sweep import Known, Sweep
from holdline.domain.text import Line
from holdline.domain.ticket import Stage


class VendorError(Exception):
    """What went wrong at a vendor, in a sentence without secrets, bodies or caller numbers."""

    def __init__(self, vendor: str, reason: str) -> None:
        super().__init__(f"{vendor}: {reason}")
        self.vendor = vendor
        self.reason = reason


class Unavailable(VendorError):
    """The request was not processed (no connection, DNS, TLS handshake), or a read failed: try again."""


class Throttled(VendorError):
    """The request was refused for its rate and not processed; `retry_after` is the vendor's wish, if it had one."""

    def __init__(self, vendor: str, reason: str, retry_after: timedelta | None = None) -> None:
        super().__init__(vendor, reason)
        self.retry_after = retry_after


class Rejected(VendorError):
    """The vendor understood and refused: the same request will be refused again. A human must look."""


class Invalid(Rejected):
    """The vendor refuses the content: a field that is missing, unknown, too long or forbidden by a rule of its own.

    With less in it, it may be taken.
    """


class Misconfigured(Rejected):
    """What is set up does not fit the vendor: a table, a project, a permission. Less content would not help."""


class CredentialsRefused(VendorError):
    """The credential is invalid, expired or lacks a permission; says which, never its value."""


class Conflict(VendorError):
    """Somebody else changed what we meant to change; nothing was overwritten."""


class OutcomeUnknown(VendorError):
    """The request may have been processed: the answer was lost, late, or was no receipt."""


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

    acknowledged_by: str | None = None
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
    belongs under, `record` that of the message it replaces. `workflow_id` and `epoch` are what its buttons act on;
    without `actions` it has none; `proposal` and `digest` name the plan that is decided about. `lines` is a table. All
    text is data: no markup of it may be rendered.
    """

    to: str
    tag: str
    title: str
    severity: Severity
    workflow_id: str
    epoch: int
    opening: int = 1
    lines: dict[str, str] = Field(default_factory=dict)
    actions: tuple[str, ...] = ()
    proposal: str = ""
    digest: str = ""
    at: datetime
    thread: str = ""
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


class TicketReceipt(Receipt):
    """The proof that a ticket exists: the vendor's id, read in the body (S4.2); `number` is what people call it.

    `dropped` are the fields that the vendor took and did not keep.
    """

    number: str = ""
    url: str = ""
    open: bool = True
    dropped: tuple[str, ...] = ()


class TicketState(Frozen):
    """What people did to a ticket: who has it (None: nobody), and whether they say that it is over."""

    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    resolved: bool = False
    resolved_by: str | None = None


class ChangeReceipt(Frozen):
    """The target as read back after a change and the words that prove it; `adopted` where it was so already."""

    proof: Line
    state: tuple[str, ...]
    adopted: bool = False


class Reader(Protocol):
    """Reads one kind of entity. Raises Unavailable, Throttled, Rejected, CredentialsRefused."""

    async def read(self, entity: Entity, call: Call) -> Observation:
        """Observe it now; what cannot be judged is UNKNOWN, administratively disabled is UNKNOWN too (S1.1)."""


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


class Sweeps(Protocol):
    """Reads everything of a source at once."""

    async def sweep(self, wanted: Wanted) -> Sweep:
        """Judge every watched entity of the groups that are due; a page that cannot be read is a gap, no error.

        Absent data is UNKNOWN, never a breach, and so is what an administrator switched off (S1.1).
        """


class Credentials(Protocol):
    """One vendor's credential."""

    async def prove(self, permissions: tuple[str, ...], call: Call) -> None:
        """Prove that the vendor accepts the credential and that it has these permissions.

        Raises CredentialsRefused with what is wrong; any other error proves nothing about the credential.
        """


class Lever(Protocol):
    """One kind of action: says what it would do, does it, and is undone by doing the inverse (S3.13)."""

    async def plan(self, rule: ActionRule, entity: Entity, call: Call, /) -> Plan:
        """Read what the action would change about this entity; nothing is changed."""

    async def change(self, change: Change, call: Call) -> ChangeReceipt:
        """Make the change where the target still reads as `expected`, and verify it by reading back.

        The same change twice is one effect (absolute state): where it is already as `wanted` nothing is written.
        Raises Conflict where it is neither, after one re-read on a version conflict; OutcomeUnknown where the answer
        was lost (repeat it: it looks first).
        """


class Pager(Protocol):
    """Pages people by PagerDuty. The same key twice is one effect at the vendor."""

    async def page(self, page: Page) -> Receipt:
        """Trigger; the receipt is the dedup key the vendor confirmed. OutcomeUnknown may be repeated safely."""

    async def state(self, question: PageQuestion) -> PageState:
        """Ask the vendor for the truth about a page."""

    async def silence(self, closing: PageClosing) -> Receipt:
        """Acknowledge on behalf of a person who answered elsewhere, so that the vendor stops ringing."""

    async def close(self, closing: PageClosing) -> Receipt:
        """Resolve; resolving what is resolved already is a success."""


class Operators(Protocol):
    """Knows who may approve. Raises Unavailable where that cannot be found out now."""

    async def refusal(self, voice: Voice, decision: Decided) -> str | None:
        """Say why this person may not decide this, or None where they may and have proved who they are."""


class PageNames(Protocol):
    """Finds our key behind a vendor's incident id."""

    async def key_of(self, incident_id: str, call: Call) -> str | None:
        """The dedup key of the incident's first alert, or None where it has none."""


class Texts(Protocol):
    """Sends text messages. The vendor has no idempotency slot, so an unknown outcome is never blindly repeated."""

    async def send(self, message: TextMessage) -> Receipt:
        """Send once. Raises OutcomeUnknown where it may have been sent: look with `find` before anything else."""

    async def find(self, message: TextMessage) -> Receipt | None:
        """Look for a message with this tag to this contact, sent within the last day."""


class Notices(Protocol):
    """Sends messages to a room or a contact. Few vendors have a slot for a key: what is unknown is not repeated."""

    async def send(self, notice: Notice) -> Receipt:
        """Send once. Raises OutcomeUnknown where it may have been sent: `find` comes before anything else."""

    async def find(self, notice: Notice) -> Receipt | None:
        """Look for a message with this tag. Raises OutcomeUnknown where this vendor has no way to look."""

    async def update(self, notice: Notice) -> Receipt:
        """Replace the message `record`; the same twice is one effect. Raises Rejected where none can be replaced."""


class Tickets(Protocol):
    """Keeps tickets. Raises Invalid, Misconfigured and every other error of this module.

    Created means that the record's id was read in the body; an answer without it is no receipt (S4.2).
    """

    async def find(self, order: TicketOrder) -> tuple[TicketReceipt, ...]:
        """Look for every ticket with this key, whether open or not, the oldest first."""

    async def open(self, order: TicketOrder) -> TicketReceipt:
        """Create it once; where the vendor has an upsert by key, the same key twice is one ticket.

        One that is there already is left as it is, and may be closed: the receipt says so, the caller decides.
        """

    async def update(self, order: TicketOrder) -> TicketReceipt:
        """Make `record` say what the order says, and add its note once.

        What may not be opened again is no failure: the receipt says that it is closed.
        """

    async def close(self, order: TicketOrder) -> TicketReceipt:
        """Resolve `record` with the note as reason; one that is closed already is a success."""

    async def state(self, order: TicketOrder) -> TicketState:
        """Ask what people did to `record` (S4.7)."""


class Withdrawals(Protocol):
    """Tells an outage that is meant from one that is not. Raises what reading does."""

    async def why(self, entity: Entity, call: Call) -> str:
        """Why it takes no calls where it was taken out of service; nothing where it was not."""


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


class Socket(Protocol):
    """The open end of a channel."""

    async def next(self) -> str:
        """Wait for the next message. May be cancelled without loss. Raises Unavailable where the socket has ended."""

    async def ping(self) -> None:
        """Ask the vendor to say something."""


class Channels(Protocol):
    """Opens notification channels. Raises Unavailable, Throttled, Rejected, CredentialsRefused."""

    async def open(self, call: Call) -> Channel:
        """Open a channel; nothing is subscribed yet."""

    def listen(self, channel: Channel, call: Call) -> AbstractAsyncContextManager[Socket]:
        """Connect to it; a second socket on one channel ends the first."""

    async def subscribe(self, channel: Channel, topics: tuple[str, ...], call: Call) -> tuple[Subscription, ...]:
        """Subscribe to these topics and no others, and let the channel live on; a template stands for all there are."""
