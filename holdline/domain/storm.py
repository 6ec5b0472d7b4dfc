"""Storms: many failures of one cause are members of a parent incident, which pages once for all of them."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, PlainSerializer, field_validator

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


def _by_id(members: object) -> object:
    if not isinstance(members, list | tuple):
        return members
    return {each.workflow_id: each for each in map(Member.model_validate, members)}


Members = Annotated[dict[str, Member], BeforeValidator(_by_id), PlainSerializer(lambda found: list(found.values()))]
"""Members by workflow id, whoever joined first is first; in histories a list. A storm has thousands."""


class Storm(Frozen):
    """What a parent knows of its members; beyond KEPT the ones that are over are only counted."""

    members: Members = Field(default_factory=dict)
    counted: int = 0
    forgotten: int = 0

    @property
    def open(self) -> tuple[Member, ...]:
        """The members that are not over."""
        return tuple(each for each in self.members.values() if each.standing is Standing.OPEN)

    @property
    def total(self) -> int:
        """How many failures it is about: never fewer than were counted when it was recognised."""
        return max(self.counted, len(self.members) + self.forgotten)

    @property
    def recovered(self) -> int:
        """How many are over."""
        return self.forgotten + sum(each.standing is Standing.OVER for each in self.members.values())

    def joined(self, member: Member, counted: int) -> Self:
        """Add a member, or a new opening of it; a repeat changes nothing."""
        known = self.members.get(member.workflow_id)
        if known is not None and known.place >= member.place:
            return self
        members = dict(self.members)
        members.pop(member.workflow_id, None)
        return self._kept({**members, member.workflow_id: member}, max(self.counted, counted))

    def left(self, workflow_id: str, place: tuple[int, int], standing: Standing = Standing.OVER) -> Self:
        """Note that a member is over, or apart; word of an older opening, or of a stranger, changes nothing."""
        known = self.members.get(workflow_id)
        if known is None or known.place > place or known.standing is standing:
            return self
        after = known.model_copy(update={"standing": standing})
        return self._kept({**self.members, workflow_id: after}, self.counted)

    def told(self, workflow_id: str) -> Self:
        """Note that a member knows that automation is held; one that was forgotten meanwhile needs no note."""
        known = self.members.get(workflow_id)
        if known is None:
            return self
        aware = known.model_copy(update={"held": True})
        return self.model_copy(update={"members": {**self.members, workflow_id: aware}})

    def anew(self) -> Self:
        """The storm when it is re-opened: what was over belongs to the last opening."""
        members = {each.workflow_id: each for each in self.open}
        return self.model_copy(update={"members": members, "counted": 0, "forgotten": 0})

    def _kept(self, members: dict[str, Member], counted: int) -> Self:
        dropped = _too_many(members) if len(members) > KEPT else []
        kept = {name: each for name, each in members.items() if name not in dropped} if dropped else members
        forgotten = self.forgotten + len(dropped)
        return self.model_copy(update={"members": kept, "counted": counted, "forgotten": forgotten})


def _too_many(members: dict[str, Member]) -> list[str]:
    over = [name for name, each in members.items() if each.standing is Standing.OVER]
    return over[: max(0, len(over) - KEPT)]


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
        IncidentKind.DEAD_LETTERS: ("pile of dead letters", "piles of dead letters"),
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
