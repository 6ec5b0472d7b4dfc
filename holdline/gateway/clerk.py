"""The clerk: what arrives in one turn of the event loop is read together and kept by one commit (S3.3).

Reading many deliveries in a row costs a third less than reading each between other things, and a storm is many.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from holdline.gateway import scrub
from holdline.gateway.answers import FAILED, REFUSED, UNAVAILABLE, Answer
from holdline.gateway.authentic import Delivery, Refused
from holdline.gateway.counters import Counters
from holdline.gateway.entrance import Entrance
from holdline.gateway.journal import Entry, Journal, JournalUnavailable, Put
from holdline.gateway.pace import News
from holdline.gateway.quarantine import Quarantine
from holdline.gateway.reading import Reading, State
from holdline.gateway.spans import accepting, collected, sent_trace

Notice = Callable[[str, News | None], None]
Masked = Callable[[], tuple[bytes, ...]]
_log = logging.getLogger(__name__)


class Kept(NamedTuple):
    """What a delivery was understood as, and what became of it in the journal."""

    reading: Reading
    put: Put


class Arrival(NamedTuple):
    """A delivery, the way it came in, and whoever waits for what becomes of it."""

    entrance: Entrance
    delivery: Delivery
    outcome: asyncio.Future[Kept | Answer]

    def settle(self, outcome: Kept | Answer) -> None:
        """Let the sender be answered, unless that is done, or nobody waits any more."""
        if not self.outcome.done():
            self.outcome.set_result(outcome)


class Clerk:
    """Verifies, understands and keeps deliveries. An answer of 202 means that the event is on disk."""

    def __init__(
        self, journal: Journal, notice: Notice, counters: Counters, masked: Masked, clock: Callable[[], datetime]
    ) -> None:
        self._journal = journal
        self._notice = notice
        self._counters = counters
        self._masked = masked
        self._clock = clock
        self._quarantine = Quarantine(clock)
        self._loop = asyncio.get_running_loop()
        self._traces = collected()
        self._arrivals: list[Arrival] = []
        self._turns: set[asyncio.Task[None]] = set()

    async def take(self, entrance: Entrance, delivery: Delivery) -> Answer:
        """Return what to answer to a delivery, once that is certain."""
        if not self._arrivals:
            turn = self._loop.create_task(self._turn())
            self._turns.add(turn)
            turn.add_done_callback(self._turns.discard)
        arrival = Arrival(entrance, delivery, self._loop.create_future())
        self._arrivals.append(arrival)
        outcome = await arrival.outcome
        return outcome if isinstance(outcome, Answer) else self._told(entrance, outcome)

    def refuse(self, entrance: Entrance, answer: Answer, reason: str) -> Answer:
        """Count what is refused, and return the answer."""
        self._counters.add(entrance.source, "refused", reason)
        return answer

    async def _turn(self) -> None:
        """Read what has arrived and keep it; what is refused is answered at once."""
        arrivals, self._arrivals = self._arrivals, []
        try:
            now, masked = self._clock(), self._masked()
            await self._keep([(each, self._read(each, now, masked)) for each in arrivals])
        finally:
            # Whatever has gone wrong, nobody is left waiting.
            for each in arrivals:
                each.settle(FAILED)

    def _read(self, arrival: Arrival, now: datetime, masked: tuple[bytes, ...]) -> Entry | None:
        """What is to be kept of a delivery; None where it has its answer already."""
        entrance = arrival.entrance
        try:
            read = self._entry(entrance, arrival.delivery, now, masked)
        except Exception:  # noqa: BLE001 # allowed: broad-except: one delivery must not cost the others their answer
            _log.exception("A delivery of %s could not be read. This is a mistake in Holdline.", entrance.source)
            read = self.refuse(entrance, FAILED, "a mistake of ours")
        if isinstance(read, Entry):
            return read
        arrival.settle(read)
        return None

    def _entry(
        self, entrance: Entrance, delivery: Delivery, now: datetime, masked: tuple[bytes, ...]
    ) -> Entry | Answer:
        verified = entrance.verify(delivery, entrance.keys.latest.live, now)
        if isinstance(verified, Refused):
            return self.refuse(entrance, REFUSED, verified.reason)
        # Which secret proves deliveries tells when an old one can go.
        self._counters.add(entrance.source, "verified", f"secret {verified.key + 1}")
        reading = _understood(entrance, delivery, now, masked)
        if isinstance(reading, Refused):
            return self.refuse(entrance, REFUSED, f"the event is {reading.reason}")
        digest = hashlib.sha256(delivery.body).digest()[:16]
        return Entry(entrance.source, reading, digest, now.timestamp(), sent_trace(delivery.headers))

    async def _keep(self, read: list[tuple[Arrival, Entry | None]]) -> None:
        kept = [(arrival, entry) for arrival, entry in read if entry is not None]
        try:
            puts = await self._put([entry for _, entry in kept])
        except JournalUnavailable:
            for arrival, _ in kept:
                arrival.settle(self.refuse(arrival.entrance, UNAVAILABLE, "journal"))
            return
        for (arrival, entry), put in zip(kept, puts, strict=True):
            if put is Put.NEW and entry.reading.state is State.QUARANTINED:
                self._quarantine.take(entry.source, entry.reading.reason)
            arrival.settle(Kept(entry.reading, put))

    async def _put(self, entries: list[Entry]) -> list[Put]:
        if not self._traces:
            return await self._journal.put(entries)
        with accepting(entries) as traced:
            return await self._journal.put(traced)

    def _told(self, entrance: Entrance, kept: Kept) -> Answer:
        """Count it, and tell the drain about it."""
        reading, put = kept
        if put is not Put.NEW:
            self._counters.add(entrance.source, "duplicate", put)
        else:
            self._counters.add(entrance.source, reading.state, reading.reason.partition(":")[0])
            if reading.state is State.ACCEPTED:
                self._notice(reading.lane, None if reading.gist is None else reading.gist[:2])
        return Answer(entrance.status, entrance.reply(reading, put), entrance.media)


def _understood(entrance: Entrance, delivery: Delivery, now: datetime, masked: tuple[bytes, ...]) -> Reading | Refused:
    """Read it without our own secrets, which somebody may have sent along."""
    delivery = delivery._replace(body=scrub.unsecret(delivery.body, masked))
    reading = entrance.read(delivery, now)
    if isinstance(reading, Reading) and scrub.tells(reading.event_id.encode(), masked):
        # It was in the header that names the event; then the content names it.
        return entrance.read(delivery._replace(headers=()), now)
    return reading
