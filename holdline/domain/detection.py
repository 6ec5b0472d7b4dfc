"""What is watched by polling, how often, and by which bounds; frozen into a detector as workflow input (S1.1)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Final

from pydantic import Field

from holdline.domain.duration import Duration, Interval
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.frozen import Frozen
from holdline.domain.incident import IncidentKind, Severity


class Source(StrEnum):
    """A part of the organisation that one detector reads whole; part of its workflow id, never renamed."""

    TRUNKS = "trunks"
    EDGES = "edges"
    QUEUES = "queues"
    CAPACITY = "capacity"


RAISES: Final = MappingProxyType(
    {
        Source.TRUNKS: IncidentKind.TRUNK_FAILURE,
        Source.EDGES: IncidentKind.EDGE_OFFLINE,
        Source.QUEUES: IncidentKind.QUEUE_OVERFLOW,
        Source.CAPACITY: IncidentKind.CAPACITY_EXHAUSTED,
    }
)
"""The kind of incident that a breach of a source opens."""

_AGGREGATES: Final = "analytics:conversationAggregate:view"

PERMISSIONS: Final = MappingProxyType(
    {
        Source.TRUNKS: ("telephony:plugin:all",),
        Source.EDGES: ("telephony:plugin:all",),
        Source.QUEUES: ("routing:queue:search", "analytics:queueObservation:view", _AGGREGATES),
        Source.CAPACITY: ("telephony:callMetrics:view",),
    }
)
"""What the Genesys client needs to read a source, as `domain:entity:action` of its role."""

ELSE: Final = "everything else"


class Bounds(Frozen):
    """What is still good: shares from 0 to 1, waits as durations; `quality` None does not look at quality.

    `calls` is the least number of calls that a quality is worth anything with, `window` the time it and the average
    wait are taken over, `media` which conversations wait in a queue.
    """

    quality: float | None = None
    calls: int = 20
    average_wait: Duration = timedelta(minutes=5)
    longest_wait: Duration = timedelta(minutes=10)
    window: Duration = timedelta(minutes=10)
    media: tuple[str, ...] = ("voice",)
    share: float = 0.9


class Group(Frozen):
    """The entities of a source that are judged alike: by id, or by name with `*`; neither means all of them.

    They are looked at each `every`; `failures` breaches in a row are announced, `healthy` good ones end it.
    """

    name: str
    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    watched: bool = True
    every: Interval = timedelta(minutes=1)
    failures: int = Field(default=3, ge=1, le=20)
    healthy: int = Field(default=2, ge=1, le=20)
    severity: Severity = Severity.HIGH
    bounds: Bounds = Bounds()

    @property
    def catches_all(self) -> bool:
        """Whether it is the group of what no other group names."""
        return not self.ids and not self.names

    def holds(self, entity: Entity) -> bool:
        """Whether an entity belongs to it, whatever the case of its id and name."""
        name = entity.name.casefold()
        named = any(fnmatchcase(name, each.casefold()) for each in self.names)
        return self.catches_all or named or entity.id in {each.lower() for each in self.ids}


class Plan(Frozen):
    """What one detector does: ticks of `interval`, the groups in the order in which they are asked.

    After `lost_after` ticks in a row that could not read everything, the detection itself is an incident. A breach
    that lasts is said again after `repeat`, in case somebody closed its incident too early.
    """

    source: Source
    interval: Interval = timedelta(minutes=1)
    lost_after: int = Field(default=5, ge=1)
    repeat: Duration = timedelta(minutes=30)
    groups: tuple[Group, ...]

    def group_of(self, entity: Entity) -> Group | None:
        """The first group that holds the entity; None where it is not watched."""
        found = next((group for group in self.groups if group.holds(entity)), None)
        return found if found is not None and found.watched else None

    def named(self, name: str) -> Group | None:
        """A group by its name."""
        return next((group for group in self.groups if group.name == name), None)

    def due(self, tick: datetime) -> tuple[str, ...]:
        """The groups that are looked at on this tick."""
        seconds = int(tick.timestamp())
        return tuple(group.name for group in self.groups if seconds % int(group.every.total_seconds()) == 0)

    def missing(self, entities: Iterable[Entity]) -> tuple[str, ...]:
        """What a group names and nobody has: most likely written wrong, or deleted."""
        found = list(entities)
        ids, names = {each.id for each in found}, [each.name.casefold() for each in found]
        lost_ids = [each for group in self.groups for each in group.ids if each.lower() not in ids]
        patterns = [each for group in self.groups for each in group.names]
        lost_names = [each for each in patterns if not any(fnmatchcase(name, each.casefold()) for name in names)]
        return tuple(dict.fromkeys((*lost_ids, *lost_names)))

    @property
    def permissions(self) -> tuple[str, ...]:
        """Everything that is needed to do it; the quality of trunks is taken from their calls."""
        quality = any(group.bounds.quality is not None for group in self.groups)
        more = (_AGGREGATES,) if quality and self.source is Source.TRUNKS else ()
        return (*PERMISSIONS[self.source], *more)

    @property
    def lost(self) -> Entity:
        """What the incident is about when this detection is lost."""
        return Entity(kind=EntityKind.ORGANISATION, id=self.source, name=f"Detection of {self.source}")


def next_tick(after: datetime, interval: timedelta) -> datetime:
    """The next whole interval after an instant, counted from the epoch: on the minute for a minute."""
    return last_tick(after, interval) + interval


def last_tick(until: datetime, interval: timedelta) -> datetime:
    """The latest whole interval that is not after an instant."""
    step = int(interval.total_seconds())
    return datetime.fromtimestamp(int(until.timestamp()) // step * step, tz=until.tzinfo)
