"""Storms: many failures of one cause are members of a parent incident, which pages once for all of them."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Self

from pydantic import Field, field_validator

from holdline.domain.duration import Duration, Interval, say
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.frozen import Frozen, Rule
from holdline.domain.incident import IncidentKind
from holdline.domain.keys import tag
from holdline.domain.text import Name

SHOWN: Final = 20
KEPT: Final = 500
_LONGEST = timedelta(seconds=5)


class StormRule(Rule):
    """When many incidents of one kind at one site page once, through a parent; `at_least = 0` never does that.

    The first page of an incident waits until it is `gather` old, then counts those opened `within` of it.
    """

    at_least: int = Field(default=5, ge=0, le=1000)
    within: Interval = timedelta(seconds=60)
    gather: Duration = timedelta(seconds=3)

    @field_validator("at_least")
    @classmethod
    def _many(cls, value: int) -> int:
        if value == 1:
            raise ValueError("one incident is not many; write 0 to let every incident page for itself")
        return value

    @field_validator("gather")
    @classmethod
    def _short(cls, value: timedelta) -> timedelta:
        if value > _LONGEST:
            raise ValueError(f"must be at most {say(_LONGEST)}: people are kept waiting for it")
        return value

    def wait(self, opened_at: datetime, now: datetime) -> timedelta:
        """How long the first page still waits for others."""
        return min(max(self.gather - (now - opened_at), timedelta(0)), self.gather)


class Look(Frozen):
    """What the first page of an incident looks at before it rings; `strict` counts only what is known to be there."""

    kind: IncidentKind
    site: Name = ""
    parent: str
    opened_at: datetime
    within: timedelta
    at_least: int
    wait: timedelta
    strict: bool = False


class Crowd(Frozen):
    """There are others: how many, whether their site is certain, whether an earlier attempt may have paged already."""

    count: int
    certain: bool = True
    doubtful: bool = False


class Standing(StrEnum):
    """How a member stands."""

    OPEN = "open"
    OVER = "over"
    APART = "pages for itself"


class Member(Frozen):
    """One incident of a storm, in one of its openings; `held` where it was told that automation is held."""

    workflow_id: str
    label: Name
    epoch: int
    opening: int
    joined_at: datetime
    standing: Standing = Standing.OPEN
    held: bool = False

    @property
    def place(self) -> tuple[int, int]:
        """Which opening of which episode."""
        return (self.epoch, self.opening)


class Storm(Frozen):
    """What a parent knows of its members; beyond KEPT the ones that are over are only counted."""

    members: tuple[Member, ...] = ()
    counted: int = 0
    forgotten: int = 0

    @property
    def open(self) -> tuple[Member, ...]:
        """The members that are not over."""
        return tuple(each for each in self.members if each.standing is Standing.OPEN)

    @property
    def total(self) -> int:
        """How many failures it is about: never fewer than were counted when it was recognised."""
        return max(self.counted, len(self.members) + self.forgotten)

    @property
    def recovered(self) -> int:
        """How many are over."""
        return self.forgotten + sum(each.standing is Standing.OVER for each in self.members)

    def joined(self, member: Member, counted: int) -> Self:
        """Add a member, or a new opening of it; a repeat changes nothing."""
        known = self._known(member.workflow_id)
        if known is not None and known.place >= member.place:
            return self
        others = tuple(each for each in self.members if each is not known)
        return self._kept((*others, member), max(self.counted, counted))

    def left(self, workflow_id: str, place: tuple[int, int], standing: Standing = Standing.OVER) -> Self:
        """Note that a member is over, or apart; word of an older opening, or of a stranger, changes nothing."""
        known = self._known(workflow_id)
        if known is None or known.place > place or known.standing is standing:
            return self
        after = known.model_copy(update={"standing": standing})
        return self._kept(tuple(after if each is known else each for each in self.members), self.counted)

    def told(self, workflow_id: str) -> Self:
        """Note that a member knows that automation is held."""
        members = (
            each.model_copy(update={"held": True}) if each.workflow_id == workflow_id else each for each in self.members
        )
        return self.model_copy(update={"members": tuple(members)})

    def anew(self) -> Self:
        """The storm when it is re-opened: what was over belongs to the last opening."""
        return self.model_copy(update={"members": self.open, "counted": 0, "forgotten": 0})

    def _known(self, workflow_id: str) -> Member | None:
        return next((each for each in self.members if each.workflow_id == workflow_id), None)

    def _kept(self, members: tuple[Member, ...], counted: int) -> Self:
        over = [each for each in members if each.standing is Standing.OVER]
        dropped = {each.workflow_id for each in over[: max(0, len(over) - KEPT)]}
        kept = tuple(each for each in members if each.workflow_id not in dropped)
        forgotten = self.forgotten + len(dropped)
        return self.model_copy(update={"members": kept, "counted": counted, "forgotten": forgotten})


class Shelter(Frozen):
    """The parent that pages for an incident: which episode of it, and when to look whether it still runs.

    It is not `active` any more where an operator wanted this incident to page for itself; the parent still counts it.
    """

    parent: str
    epoch: int
    check_at: datetime
    active: bool = True
    told: bool = False


def about(site: str) -> Entity:
    """The entity of the parent: the site, or the organisation where no site is known."""
    if not site:
        return Entity(kind=EntityKind.ORGANISATION, id="storm:organisation", name="the organisation")
    slug = re.sub(r"[^a-z0-9]+", "-", site.lower()).strip("-")[:40]
    return Entity(kind=EntityKind.SITE, id=f"storm:{slug or 'site'}-{tag(site)}", name=f"site {site}"[:100], site=site)


def pages_alone(entity: Entity) -> bool:
    """Whether an entity is too large to be one of many."""
    return entity.kind in (EntityKind.SITE, EntityKind.ORGANISATION)


_MANY: Final = MappingProxyType(
    {
        IncidentKind.TRUNK_FAILURE: ("trunk failure", "trunk failures"),
        IncidentKind.EDGE_OFFLINE: ("edge offline", "edges offline"),
        IncidentKind.QUEUE_OVERFLOW: ("queue overflow", "queue overflows"),
        IncidentKind.API_RATE_LIMIT: ("API rate limit", "API rate limits"),
        IncidentKind.REGION_DEGRADED: ("degraded region", "degraded regions"),
        IncidentKind.CAPACITY_EXHAUSTED: ("capacity shortage", "capacity shortages"),
        IncidentKind.CREDENTIAL_EXPIRED: ("expired credential", "expired credentials"),
        IncidentKind.DETECTION_LOST: ("lost detector", "lost detectors"),
    }
)


def words(kind: IncidentKind, storm: Storm, entity: Entity) -> str:
    """Say how many of what where: `37 trunk failures of site Vienna, 4 recovered`."""
    plain = kind.replace("_", " ")
    one, many = _MANY.get(kind, (plain, f"{plain}s"))
    recovered = f", {storm.recovered} recovered" if storm.recovered else ""
    return f"{storm.total} {one if storm.total == 1 else many} of {entity.label}{recovered}"


def worth_a_row(number: int) -> bool:
    """Whether the timeline names a member: the first ones, then every hundredth, so that it stays readable."""
    return number <= SHOWN or number % 100 == 0
