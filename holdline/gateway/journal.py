"""The journal: an event is in it, on disk, before it is answered (S3.3); it remembers ids and drives the drain."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from holdline.gateway import tables
from holdline.gateway.ledger import Ledger
from holdline.gateway.reading import Reading, Source

T = TypeVar("T")
_log = logging.getLogger(__name__)
_GROUP: Final = 64
# Of the disk sqlite3 tells by its own errors; of a value it cannot keep, or a thread that cannot be had, Python does.
_UNWRITTEN: Final = (sqlite3.Error, ValueError, OverflowError, MemoryError, RuntimeError)


class JournalUnavailable(Exception):
    """Nothing was written: the disk is full, read-only or failing, or it cannot be kept. The sender may try again."""


class Put(StrEnum):
    """What became of an event that was put into the journal."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICT = "same id, another body"


class Entry(NamedTuple):
    """An event to be kept; `digest` is of the raw body, `trace` a W3C traceparent or empty, the time in seconds."""

    source: Source
    reading: Reading
    digest: bytes
    received_at: float
    trace: str = ""


Work = Callable[[sqlite3.Connection], object]
Waiting = tuple[list[Entry] | Work, asyncio.Future[object]]


class Journal:
    """One writer: what has gathered while the last commit was under way becomes the next transaction.

    The rows are written on the event loop, where nobody contends for the interpreter; the commit, which waits for
    the disk, and what changes many rows at once are in a thread.
    """

    def __init__(self, path: Path) -> None:
        self._ledger = Ledger(path)
        self._db = self._ledger.writer
        self._waiting: list[Waiting] = []
        self._more = asyncio.Event()
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._counter = ThreadPoolExecutor(1, thread_name_prefix="journal-count")
        self._writing = asyncio.get_running_loop().create_task(self._write())
        self._closing = False

    async def put(self, entries: list[Entry]) -> list[Put]:
        """Keep events and return when they are on disk, all of them. Raises JournalUnavailable."""
        kept: list[Put] = await self._soon(entries) if entries else []
        return kept

    async def change(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run statements in the next transaction and return when it is on disk. Raises JournalUnavailable."""
        result: T = await self._soon(work)
        return result

    def look(self, query: str, *values: object) -> list[Any]:
        """The rows of a quick query, of what is on disk; on the event loop, like the inserts.

        Raises JournalUnavailable.
        """
        try:
            return self._ledger.reader.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise JournalUnavailable(str(error)) from None

    async def count(self, query: str) -> Any:
        """The one row of a query that takes its time, in a thread. Raises JournalUnavailable."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._counter, self._ledger.count, query)
        except sqlite3.Error as error:
            raise JournalUnavailable(str(error)) from None

    async def close(self) -> None:
        """Commit what is waiting, and close the file; closing it again changes nothing."""
        self._closing = True
        self._more.set()
        try:
            await self._writing
        finally:
            self._committer.shutdown()
            self._counter.shutdown()
            self._ledger.close()

    async def _soon(self, what: list[Entry] | Work) -> Any:
        if self._closing:
            raise JournalUnavailable("the gateway is stopping")
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._waiting.append((what, future))
        self._more.set()
        return await future

    async def _write(self) -> None:
        while self._waiting or not self._closing:
            if not self._waiting:
                self._more.clear()
                await self._more.wait()
                continue
            group, self._waiting = self._waiting[:_GROUP], self._waiting[_GROUP:]
            await self._settle(group)

    async def _settle(self, group: list[Waiting]) -> None:
        """Commit a group, and tell everybody who waits for it."""
        try:
            results = await self._commit([what for what, _ in group])
        except Exception as error:  # noqa: BLE001 # allowed: broad-except: without its writer every later put would hang
            await self._failed(group, error)
        else:
            _resolve([future for _, future in group], results)

    async def _failed(self, group: list[Waiting], error: Exception) -> None:
        """What fails because of one is tried one by one; a disk that fails does so for all."""
        if len(group) > 1 and not isinstance(error, sqlite3.OperationalError):
            for each in group:
                await self._settle([each])
            return
        if not isinstance(error, _UNWRITTEN):
            _log.error("The journal could not do what it was asked. This is a mistake in Holdline.", exc_info=error)
        _fail([future for _, future in group], str(error))

    async def _commit(self, group: list[list[Entry] | Work]) -> list[object]:
        done = False
        try:
            self._db.execute("BEGIN IMMEDIATE")
            puts = iter([_insert(self._db, what) for what in group if isinstance(what, list)])
            works = [what for what in group if not isinstance(what, list)]
            loop = asyncio.get_running_loop()
            results = iter(await loop.run_in_executor(self._committer, _finish, self._db, works))
            done = True
        finally:
            if not done:
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
        return [next(puts) if isinstance(what, list) else next(results) for what in group]


def _finish(db: sqlite3.Connection, works: list[Work]) -> list[object]:
    results = [work(db) for work in works]
    db.execute("COMMIT")
    return results


def _insert(db: sqlite3.Connection, entries: list[Entry]) -> list[Put]:
    """Mostly all of them are new; only where one is not, they are looked at one by one."""
    (last,) = db.execute(tables.LAST).fetchone()
    before = db.total_changes
    db.executemany(tables.INSERT, [row(entry) for entry in entries])
    if db.total_changes - before == len(entries):
        return [Put.NEW] * len(entries)
    known: set[tuple[str, str]] = set()
    return [_put(db, entry, last, known) for entry in entries]


def _put(db: sqlite3.Connection, entry: Entry, last: int, known: set[tuple[str, str]]) -> Put:
    """What became of one of several: the first with its key, in a row behind `last`, is new."""
    key = (entry.source.value, entry.reading.event_id)
    seq, digest = db.execute(tables.KNOWN, key).fetchone()
    new = seq > last and key not in known
    known.add(key)
    if new:
        return Put.NEW
    return Put.DUPLICATE if digest == entry.digest else Put.CONFLICT


def row(entry: Entry) -> tuple[object, ...]:
    """The values of `tables.INSERT`."""
    event, gist = entry.reading, entry.reading.gist
    said = ("", "", 0.0) if gist is None else (str(gist.verdict), str(gist.severity), gist.at.timestamp())
    kept = (entry.digest, entry.received_at, event.lane, str(event.state), event.reason, event.item, entry.trace)
    return (str(entry.source), event.event_id, *kept, *said)


def _resolve(futures: list[asyncio.Future[object]], results: list[object]) -> None:
    for future, result in zip(futures, results, strict=True):
        if not future.done():
            future.set_result(result)


def _fail(futures: list[asyncio.Future[object]], reason: str) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(JournalUnavailable(reason))
