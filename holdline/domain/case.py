"""Everything an incident knows: the one model that survives continue-as-new."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, PrivateAttr

from holdline.domain.acknowledgement import Acknowledgement
from holdline.domain.approval import Proposal
from holdline.domain.change import ActionKind, Change, Outcome
from holdline.domain.credential import Credential
from holdline.domain.entity import Entity
from holdline.domain.escalation import Channel, Ladder, Target
from holdline.domain.frozen import Frozen
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.keys import Incident
from holdline.domain.lifecycle import State
from holdline.domain.observation import Observation
from holdline.domain.recovery import Convalescence
from holdline.domain.stability import Evidence
from holdline.domain.storm import Shelter, Storm
from holdline.domain.ticket_messages import Record
from holdline.domain.timeline import Entry

SEEN_LIMIT = 2000
INBOX_LIMIT = 500
ORDERS_LIMIT = 50
MISSED_LIMIT = 50


class PageRecord(Frozen):
    """A page that a channel took: whom, when, by which key, and what proved it; `unsure` where nothing did."""

    tier: int
    tier_name: str
    target: Target
    key: str
    at: datetime
    receipt: str
    unsure: bool = False
    closed: bool = False
    silent: bool = False

    @property
    def rings(self) -> bool:
        """Whether the page lives on at the vendor and must be closed there."""
        return self.target.channel.rings and not self.closed


class RoomRecord(Frozen):
    """A room that was told, by the vendor's id of the message; empty where it could not be. `ended` by a last word.

    One that was out of reach `failures` times is told `again_at`.
    """

    target: Target
    receipt: str
    ended: bool = False
    failures: int = 0
    again_at: datetime | None = None

    @property
    def replaceable(self) -> bool:
        """Whether its message is replaced by what is true now."""
        return self.target.channel is Channel.SLACK


class Carried(Frozen):
    """An order of a person that was carried out, by the id of its update, and what was answered."""

    id: str
    changed: bool
    text: str


class ChangeRecord(Frozen):
    """A change with its inverse, registered before it is made, and what became of it."""

    change: Change
    inverse: Change
    resources: tuple[str, ...] = ()
    outcome: Outcome = Outcome.REGISTERED
    at: datetime

    @property
    def outstanding(self) -> bool:
        """Whether the change is, or may be, in force and is ours to put back."""
        return self.outcome in (Outcome.REGISTERED, Outcome.APPLIED, Outcome.UNKNOWN)


class Case(BaseModel):
    """The mutable state of one incident; its workflow is the only writer.

    `look_at` is when an edge that was put back must be online again, until somebody has looked.
    `mark` sets its ticket apart from those of other episodes, of whatever day; `marked` where the id of the keeper has
    it, which is decided when that is first briefed. `told` is the news that the keeper of
    the ticket has, `briefs` how often it was said, `keeping` where there is or may be a keeper; `unkept` where nobody
    keeps it. `apart` where it has left a storm, and pages for itself for good. `shown` is the news that the messages in
    rooms show. `named` is whom the ticket named when it was looked at since `heard_from`, empty where nobody.
    `missed` are the receipts of pages that did not arrive, which may be told before the page is recorded.
    `told_otherwise` where somebody saw it fail by bounds of their own, which no reading of ours can confirm or deny.
    """

    model_config = ConfigDict(extra="ignore")

    workflow_id: str
    kind: IncidentKind
    entity: Entity
    epoch: int
    opening: int = 1
    state: State = State.DETECTED
    severity: Severity = Severity.LOW
    opened_at: datetime
    over_at: datetime | None = None
    closed_at: datetime | None = None

    event_id: str = ""
    events: int = 0
    seen: list[str] = []
    orders: list[Carried] = []
    inbox: list[Observation] = []
    reason: str = ""
    told_otherwise: bool = False
    metrics: dict[str, float] = {}

    evidence: Evidence = Evidence()
    convalescence: Convalescence | None = None
    read_at: datetime | None = None

    ladder: Ladder | None = None
    acknowledgement: Acknowledgement | None = None
    heard_from: datetime | None = None
    named: str | None = None
    pages: list[PageRecord] = []
    missed: list[str] = []

    attempts: int = 0
    last_attempt_at: datetime | None = None
    trying: bool = False
    try_at: datetime | None = None
    repaired_at: datetime | None = None
    changes: list[ChangeRecord] = []
    passages: int = 0
    at_gate: str = ""
    at_gate_since: datetime | None = None
    proposals: int = 0
    proposal: Proposal | None = None
    refused: dict[Credential, str] = {}
    raised: list[Credential] = []
    held_by: str | None = None
    revert_failed: bool = False
    look_at: datetime | None = None

    mark: str = ""
    marked: bool = False
    briefs: int = 0
    keeping: bool = False
    told: tuple[str, ...] = ()
    told_at: datetime | None = None
    unkept: bool = False
    shown: tuple[str, ...] = ()
    rooms: list[RoomRecord] = []
    ticket: Record | None = None

    looked: bool = False
    shelter: Shelter | None = None
    dismissed: bool = False
    apart: bool = False
    storm: Storm | None = None

    next_at: datetime | None = None
    next_step: str = ""
    timeline: tuple[Entry, ...] = ()

    # The same as `seen`, to look into: thousands of events come to one incident.
    _known: set[str] = PrivateAttr(default_factory=set)

    @property
    def key(self) -> Incident:
        """The identity that keys are minted from."""
        return Incident(self.workflow_id, self.epoch, self.opening)

    @property
    def outstanding(self) -> list[ChangeRecord]:
        """The changes that must still be put back, the latest first."""
        return [record for record in reversed(self.changes) if record.outstanding]

    @property
    def edges_back(self) -> list[str]:
        """The edges that were put back into service, by id."""
        ours = (each for each in self.changes if each.change.action is ActionKind.DRAIN_EDGE)
        return [each.change.target for each in ours if each.outcome is Outcome.REVERTED]

    @property
    def evacuated_at(self) -> datetime | None:
        """Since when we send the callers of its own queue elsewhere: that nobody waits says nothing then."""
        ours = (each for each in self.outstanding if each.change.action is ActionKind.EVACUATE_QUEUE)
        return next((each.at for each in ours if each.change.target.lower() == self.entity.id.lower()), None)

    @property
    def sheltered(self) -> bool:
        """Whether a parent pages for this incident."""
        return self.shelter is not None and self.shelter.active

    def hear_from(self, at: datetime) -> None:
        """Count no answer of before `at`: what vendors and the ticket show of it is not looked at any more."""
        self.heard_from, self.named = at, None

    @property
    def waits_for(self) -> Proposal | None:
        """The question that nobody has answered yet; one that nobody answered in time is still shown until it falls."""
        proposal = self.proposal
        undecided = proposal is not None and not proposal.denied_by and len(proposal.approved_by) < proposal.people
        return proposal if undecided else None

    def admit(self, ids: tuple[str, ...]) -> int:
        """Remember the event ids and return how many of them are new (S3.9)."""
        known = self._known = self._known or set(self.seen)
        new = [each for each in dict.fromkeys(ids) if each not in known]
        self.seen += new
        known.update(new)
        known.difference_update(self.seen[:-SEEN_LIMIT])
        del self.seen[:-SEEN_LIMIT]
        return len(new)
