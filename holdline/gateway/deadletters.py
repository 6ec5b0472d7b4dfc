"""Events that nobody has understood, taken up again: read anew with today's code, or given up by a person (S3.14).

What is read anew becomes a row of its own behind all others: an older place could fall into a batch that is already put
together, and be marked as sent without being in it. The id that the sender gave stays known in any case.
"""

import sqlite3
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from holdline.domain.text import clean
from holdline.gateway import tables
from holdline.gateway.authentic import Delivery, Refused
from holdline.gateway.counters import Counters
from holdline.gateway.entrance import Entrance
from holdline.gateway.journal import Entry, Journal, row
from holdline.gateway.listening.echoes import Echoes
from holdline.gateway.listening.messages import Heard, reader
from holdline.gateway.pace import News
from holdline.gateway.reading import OTHER_FORM, Reading, Source, State
from holdline.gateway.topics.topic import Rules

_REASON: Final = 500
PRESSED: Final = "whoever pressed was told that nothing was done, so it is not done later"

Notice = Callable[[str, News | None], None]


class Letter(NamedTuple):
    """An event in quarantine; `body` is the redacted one. `number` names it in this journal."""

    number: int
    source: Source
    event_id: str
    received_at: datetime
    reason: str
    body: str
    digest: bytes = b""
    trace: str = ""

    @property
    def kind(self) -> str:
        """The class of the failure, which is how the reason begins."""
        return self.reason.partition(":")[0]


class Ending(StrEnum):
    """What became of a letter that was taken up."""

    ACCEPTED = "accepted"
    KNOWN = "known already"
    DROPPED = "dropped"
    KEPT = "kept"
    GONE = "gone"


class DeadLetters:
    """The quarantine under a person's hand. Every method may raise JournalUnavailable."""

    def __init__(
        self, journal: Journal, ways: Mapping[Source, Entrance], rules: Rules, notice: Notice, counters: Counters
    ) -> None:
        self._journal = journal
        self._ways = ways
        self._rules = rules
        self._notice = notice
        self._counters = counters

    def newest(self, limit: int) -> list[Letter]:
        """The newest letters, without their bodies."""
        return [_letter(each) for each in self._journal.look(tables.LETTERS, limit)]

    def one(self, number: int) -> Letter | None:
        """A letter, or None where there is none, or none any more."""
        found = self._journal.look(tables.LETTER, number)
        return _letter(found[0]) if found else None

    async def drop(self, number: int, by: str) -> Ending:
        """Give a letter up: its body goes, its id stays known."""
        change = (State.DROPPED.value, f"given up by {clean(by, 100) or 'an operator'}", number)
        done = await self._journal.change(lambda db: db.execute(tables.GIVE_UP, change).rowcount)
        return Ending.DROPPED if done else Ending.GONE

    async def replay(self, number: int, by: str) -> tuple[Ending, str]:
        """Read a letter again as it was received; how that ended, and the event's id or the reason."""
        letter = self.one(number)
        if letter is None:
            return Ending.GONE, ""
        if letter.reason == OTHER_FORM:
            return await self._requeue(letter)
        if letter.source in self._ways and self._ways[letter.source].once:
            return Ending.KEPT, PRESSED
        reading = self._read(letter)
        if isinstance(reading, Refused):
            return Ending.KEPT, f"the event is {reading.reason}"
        if reading.state is State.QUARANTINED:
            return await self._keep(letter, reading)
        ending, said = await self._journal.change(lambda db: _replayed(db, letter, reading, by))
        self._count(letter, ending)
        if ending is Ending.ACCEPTED:
            self._notice(reading.lane, None if reading.gist is None else reading.gist[:2])
        return ending, said

    def _read(self, letter: Letter) -> Reading | Refused:
        if letter.source is Source.NOTIFICATIONS:
            channel, _, number = letter.event_id.rpartition(":")
            heard = Heard(channel, int(number) if number.isdecimal() else 0, letter.received_at, letter.body)
            return reader(heard, self._rules, Echoes())(heard.delivery(), letter.received_at)
        return self._ways[letter.source].read(Delivery(letter.body.encode(), ()), letter.received_at)

    async def _keep(self, letter: Letter, reading: Reading) -> tuple[Ending, str]:
        """It is still not understood, perhaps for another reason."""
        change = (State.QUARANTINED.value, reading.reason, letter.number)
        await self._journal.change(lambda db: db.execute(tables.SETTLE, change).rowcount)
        return Ending.KEPT, reading.reason

    async def _requeue(self, letter: Letter) -> tuple[Ending, str]:
        """What another release understood and this one could not read goes to the drain once more."""
        done = await self._journal.change(lambda db: db.execute(tables.REQUEUE, (letter.number,)).rowcount)
        found = self._journal.look(tables.LANE_OF, letter.source.value, letter.event_id)
        if not done or not found:
            return Ending.GONE, ""
        self._count(letter, Ending.ACCEPTED)
        self._notice(found[0][0], None)
        return Ending.ACCEPTED, letter.event_id

    def _count(self, letter: Letter, ending: Ending) -> None:
        self._counters.add(letter.source, "replayed", ending)


def _replayed(db: sqlite3.Connection, letter: Letter, reading: Reading, by: str) -> tuple[Ending, str]:
    """Settle the letter and put what it became behind all others, in one transaction."""
    who = clean(by, 100) or "an operator"
    if not db.execute(tables.GIVE_UP, (State.DROPPED.value, f"replayed by {who}", letter.number)).rowcount:
        return Ending.GONE, ""
    if reading.state is State.DROPPED:
        db.execute(
            tables.SETTLE, (State.DROPPED.value, f"replayed by {who}: {reading.reason}"[:_REASON], letter.number)
        )
        return Ending.DROPPED, reading.reason
    if reading.event_id == letter.event_id:
        db.execute(tables.FORGET, (letter.number,))
    entry = Entry(letter.source, reading, letter.digest, letter.received_at.timestamp(), letter.trace)
    if not db.execute(tables.INSERT, row(entry)).rowcount:
        return Ending.KNOWN, reading.event_id
    return Ending.ACCEPTED, reading.event_id


def _letter(found: tuple[int, str, str, float, str, str, bytes, str]) -> Letter:
    number, source, event_id, at, reason, body, digest, trace = found
    return Letter(number, Source(source), event_id, datetime.fromtimestamp(at, UTC), reason, body, digest, trace)
