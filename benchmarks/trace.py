"""A day of a contact centre from a seed: healthy, with jitter, gaps, glitches and planted outages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from holdline.clients.genesys_trunks import Health, Trunk, health
from holdline.clients.genesys_waits import Waits, queue_health
from holdline.domain.detection import Bounds
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.observation import Verdict

MINUTE = timedelta(minutes=1)
PAGE = 100
_CALM = 10
"""Minutes between two glitches of one entity: what comes more often is no noise but an outage that flickers."""


@dataclass(frozen=True)
class Outage:
    """A planted incident: from when to when, to the second."""

    entity: str
    begin: timedelta
    end: timedelta

    def covers(self, at: timedelta) -> bool:
        """Whether it lasts at this time."""
        return self.begin <= at < self.end


@dataclass(frozen=True)
class Noise:
    """How noisy the day is: chances for each entity, page or source and minute."""

    glitch: float = 0.003
    unknown: float = 0.004
    page_gap: float = 0.01
    blackout: float = 0.003
    idle_queues: float = 0.3
    wait: float = 200
    jitter: float = 28


class Trace:
    """One source's day. What is unsteady at a minute is drawn for that minute alone, so looks may come at any time."""

    def __init__(self, kind: EntityKind, number: int, length: timedelta, seed: int, outages: int) -> None:
        self._random = Random(f"{seed}/{kind}")
        self.kind = kind
        self.length = length
        self.noise = Noise()
        self.entities = [Entity(kind=kind, id=f"{kind}-{n:03}", name=f"{kind} {n}") for n in range(number)]
        self.outages = self._plant(outages)
        self.glitches = {entity.id: self._glitches() for entity in self.entities}
        self._seed = seed

    def _plant(self, number: int) -> list[Outage]:
        """Outages of 5 minutes to two hours on different entities, not in the first and last minutes."""
        chosen = self._random.sample(self.entities, number)
        return [self._outage(entity.id) for entity in chosen]

    def _outage(self, entity: str) -> Outage:
        most = min(timedelta(hours=2), self.length / 4)
        lasts = timedelta(seconds=self._random.uniform(300, max(most.total_seconds(), 301)))
        begin = timedelta(seconds=self._random.uniform(180, (self.length - lasts).total_seconds() - 420))
        return Outage(entity, begin, begin + lasts)

    def _glitches(self) -> frozenset[int]:
        """The minutes at which an entity flickers: one or two in a row, then a while of calm."""
        minutes, found, minute = int(self.length / MINUTE), set[int](), _CALM
        while minute < minutes:
            if self._random.random() < self.noise.glitch:
                lasts = self._random.choice((1, 1, 2))
                found.update(range(minute, minute + lasts))
                minute += lasts + _CALM
            minute += 1
        return frozenset(found)

    def blackout(self, at: timedelta) -> bool:
        """Whether nothing at all can be read at this time."""
        return self._drawn("blackout", at).random() < self.noise.blackout

    def gaps(self, at: timedelta) -> list[int]:
        """The pages of a hundred that cannot be read at this time."""
        draw, pages = self._drawn("pages", at), range(-(-len(self.entities) // PAGE))
        return [page for page in pages if draw.random() < self.noise.page_gap]

    def looks(self, at: timedelta) -> Iterator[tuple[Entity, Health]]:
        """What each entity of the pages that can be read looks like, by the judgement of the client."""
        missing, draw = set(self.gaps(at)), self._drawn("looks", at)
        down = {outage.entity for outage in self.outages if outage.covers(at)}
        minute = round(at / MINUTE)
        for place, entity in enumerate(self.entities):
            chance, jitter = draw.random(), draw.gauss(0, 1)
            if place // PAGE in missing:
                continue
            bad = entity.id in down or minute in self.glitches[entity.id]
            yield entity, self._health(place, at, bad=bad, chance=chance, jitter=jitter)

    def _health(self, place: int, at: timedelta, *, bad: bool, chance: float, jitter: float) -> Health:
        if not bad and chance < self.noise.unknown:
            return Health(Verdict.UNKNOWN, "Genesys does not say")
        if self.kind is EntityKind.TRUNK:
            return _DOWN if bad else _UP
        if not bad and self._idle(place, at):
            return queue_health(Waits(), _BOUNDS, whole=True)
        wait = 480 if bad else self.noise.wait + self.noise.jitter * jitter
        waits = Waits(waiting=3, longest=timedelta(seconds=max(wait, 0)), average=timedelta(seconds=max(wait, 0)))
        return queue_health(waits, _BOUNDS, whole=True)

    def _idle(self, place: int, at: timedelta) -> bool:
        """Some queues are closed for a third of the day."""
        closed = place % 10 < 10 * self.noise.idle_queues
        return closed and at < self.length / 3

    def _drawn(self, what: str, at: timedelta) -> Random:
        return Random(f"{self._seed}/{self.kind}/{what}/{round(at / timedelta(seconds=1))}")


_BOUNDS = Bounds()
_WELL = {"id": "any", "state": "active", "inService": True}
_UP = health(Trunk.model_validate({**_WELL, "connectedStatus": {"connected": True}}))
_DOWN = health(Trunk.model_validate({**_WELL, "connectedStatus": {"connected": False}}))
