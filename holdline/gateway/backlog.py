"""What the journal still owes Temporal: the waiting events of each lane, the batches sent and not confirmed."""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from holdline.domain.messages import Observed
from holdline.gateway import tables
from holdline.gateway.journal import Journal
from holdline.gateway.quarantine import Quarantine
from holdline.gateway.reading import Source, State

_CHUNK: Final = 1000
# What nobody has looked at yet outlives the memory for duplicates.
_QUARANTINE: Final = timedelta(days=30)


class Seen(NamedTuple):
    """The gist of an accepted observation that is in no batch yet; times are in seconds since the epoch."""

    seq: int
    source: str
    event_id: str
    received_at: float
    trace: str
    verdict: str
    severity: str
    at: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """An accepted answer that is not delivered yet; the time is in seconds since the epoch."""

    seq: int
    source: Source
    event_id: str
    received_at: float
    item: str
    trace: str


@dataclass(frozen=True, slots=True)
class Batch:
    """The events of one lane that go to Temporal as one signal, under one request id however often it is sent."""

    number: int
    request_id: str
    lane: str
    observed: str
    events: int
    received_at: float
    trace: str

    @property
    def message(self) -> Observed:
        """The signal."""
        return Observed.model_validate_json(self.observed)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one event."""

    source: str
    event_id: str
    received_at: datetime
    lane: str
    state: str
    reason: str
    result: str


@dataclass(frozen=True, slots=True)
class Aside:
    """An event in quarantine, and why it is there."""

    source: str
    event_id: str
    received_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Depth:
    """How many accepted events are not delivered, and since when the oldest of them waits (seconds)."""

    events: int
    oldest_at: float | None


class Backlog:
    """The drain's view of the journal. Every method may raise JournalUnavailable."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._quarantine = Quarantine()

    def lanes(self) -> list[str]:
        """The lanes with something to deliver."""
        return [lane for (lane,) in self._journal.look(tables.LANES)]

    def seen(self, lane: str, after: int, limit: int) -> list[Seen]:
        """The next accepted observations of a lane in the order of acceptance, behind sequence number `after`."""
        return [Seen._make(row) for row in self._journal.look(tables.SEEN, lane, after, limit)]

    def item(self, seq: int) -> str:
        """The JSON of one event."""
        ((item,),) = self._journal.look(tables.ITEM, seq)
        return str(item)

    def waiting(self, lane: str, limit: int) -> list[Waiting]:
        """The next accepted answers of a lane in the order of acceptance."""
        rows = self._journal.look(tables.WAITING, lane, limit)
        return [Waiting(seq, Source(source), *rest) for seq, source, *rest in rows]

    def unsent(self, lane: str) -> Batch | None:
        """The batch of the lane whose delivery is not confirmed."""
        rows = self._journal.look(tables.UNSENT, lane)
        return Batch(*rows[0]) if rows else None

    async def bind(self, batch: Batch, last: int) -> Batch:
        """Write down which events are in the batch, before it is sent: all of the lane up to sequence `last`."""
        row = (batch.request_id, batch.lane, batch.observed, batch.events, batch.received_at, batch.trace)

        def work(db: sqlite3.Connection) -> int:
            number = db.execute(tables.BIND, row).lastrowid
            db.execute(tables.MEMBERS, (number, batch.lane, last))
            return number or 0

        return Batch(await self._journal.change(work), *row)

    async def settle_batch(self, batch: Batch, state: State, result: str, now: datetime) -> None:
        """Write down how the delivery of a batch ended."""
        row = (state.value, result, now.timestamp(), batch.number)
        await self._journal.change(lambda db: db.execute(tables.SETTLE_BATCH, row).rowcount)

    async def settle(self, seq: int, state: State, reason: str) -> None:
        """Write down how one event ended."""
        await self._journal.change(lambda db: db.execute(tables.SETTLE, (state.value, reason, seq)).rowcount)
        if state is State.QUARANTINED:
            self._quarantine.take("the journal", reason)

    def fates(self, event_id: str) -> list[Fate]:
        """What became of the events with this id, one for each source that sent it."""
        rows = self._journal.look(tables.FATE, event_id)
        return [Fate(source, id_, datetime.fromtimestamp(at, UTC), *rest) for source, id_, at, *rest in rows]

    def quarantined(self, limit: int) -> list[Aside]:
        """What nobody has understood, the newest first."""
        rows = self._journal.look(tables.QUARANTINED, limit)
        return [Aside(source, id_, datetime.fromtimestamp(at, UTC), reason) for source, id_, at, reason in rows]

    async def depth(self) -> Depth:
        """How much is not delivered."""
        events, *oldest = await self._journal.count(tables.DEPTH)
        return Depth(events, min((each for each in oldest if each is not None), default=None))

    async def probe(self, now: datetime) -> None:
        """Prove that the journal takes a write, and has room for an event."""
        await self._journal.change(lambda db: db.execute(tables.PROBE, (now.timestamp(),)).rowcount)

    async def prune(self, memory: timedelta, now: datetime) -> int:
        """Forget what is settled and older than the memory, some at a time; returns how many events went."""
        oldest, quarantined = ((now - age).timestamp() for age in (memory, max(memory, _QUARANTINE)))
        # A batch goes well after its events, which name it.
        batches = (now - memory - timedelta(days=1)).timestamp()

        def work(db: sqlite3.Connection) -> int:
            db.execute(tables.PRUNE_BATCHES, (batches, _CHUNK))
            return db.execute(tables.PRUNE, (quarantined, oldest, _CHUNK)).rowcount

        return await self._journal.change(work)
