"""What activities need of the outside."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from holdline.domain.approval import Voice
from holdline.domain.change import Change, Plan
from holdline.domain.entity import Entity
from holdline.domain.observation import Observation
from holdline.domain.runbook import ActionRule
from holdline.domain.sweep import Sweep
from holdline.ports.values import (
    Call,
    ChangeReceipt,
    Channel,
    Decided,
    Notice,
    Page,
    PageClosing,
    PageQuestion,
    PageState,
    Receipt,
    Subscription,
    TextMessage,
    TicketOrder,
    TicketReceipt,
    TicketState,
    Wanted,
)


class Reader(Protocol):
    """Reads one kind of entity. Raises Unavailable, Throttled, Rejected, CredentialsRefused."""

    async def read(self, entity: Entity, call: Call) -> Observation:
        """Observe it now; what cannot be judged is UNKNOWN, administratively disabled is UNKNOWN too (S1.1)."""


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
