"""The journal: an event is in it, on disk, before it is answered (S3.3); it remembers ids and drives the drain."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeVar

from holdline.gateway import tables
from holdline.gateway.ledger import Ledger
from holdline.gateway.reading import Reading, Source

T = TypeVar("T")
_GROUP: Final = 512


class JournalUnavailable(Exception):
    """Nothing was written: the disk is full, read-only or failing. The sender may try again."""


class Put(StrEnum):
    """What became of an event that was put into the journal."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICT = "same id, another body"


@dataclass(frozen=True, slots=True)
class Entry:
    """An event to be kept; `digest` is of the raw body, `trace` a W3C traceparent or empty, the time in seconds."""

    source: Source
    reading: Reading
    digest: bytes
    received_at: float
    trace: str = ""


Work = Callable[[sqlite3.Connection], object]


class Journal:
    """One writer: what has gathered while the last commit was under way becomes the next transaction.

    The rows are written on the event loop, where nobody contends for the interpreter; the commit, which waits for
    the disk, and what changes many rows at once are in a thread.
    """

    def __init__(self, path: Path) -> None:
        self._ledger = Ledger(path)
        self._db = self._ledger.writer
        self._waiting: list[tuple[Entry | Work, asyncio.Future[object]]] = []
        self._more = asyncio.Event()
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._counter = ThreadPoolExecutor(1, thread_name_prefix="journal-count")
        self._writing = asyncio.get_running_loop().create_task(self._write())
        self._closing = False

    async def put(self, entry: Entry) -> Put:
        """Keep an event and return when it is on disk. Raises JournalUnavailable."""
        kept: Put = await self._soon(entry)
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
        """Commit what is waiting, and close the file."""
        self._closing = True
        self._more.set()
        await self._writing
        self._committer.shutdown()
        self._counter.shutdown()
        self._ledger.close()

    async def _soon(self, what: Entry | Work) -> Any:
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
            try:
                results = await self._commit([what for what, _ in group])
            except sqlite3.Error as error:
                _fail([future for _, future in group], str(error))
            else:
                _resolve([future for _, future in group], results)

    async def _commit(self, group: list[Entry | Work]) -> list[object]:
        done = False
        try:
            self._db.execute("BEGIN IMMEDIATE")
            kept = [_insert(self._db, what) if isinstance(what, Entry) else None for what in group]
            works = [what for what in group if not isinstance(what, Entry)]
            loop = asyncio.get_running_loop()
            worked = iter(await loop.run_in_executor(self._committer, _finish, self._db, works))
            done = True
        finally:
            if not done:
                with suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
        return [next(worked) if put is None else put for put in kept]


def _finish(db: sqlite3.Connection, works: list[Work]) -> list[object]:
    results = [work(db) for work in works]
    db.execute("COMMIT")
    return results


def _insert(db: sqlite3.Connection, entry: Entry) -> Put:
    event = entry.reading
    key = (entry.source.value, event.event_id)
    gist = event.gist
    said = ("", "", 0.0) if gist is None else (gist.verdict.value, gist.severity.value, gist.at.timestamp())
    kept = (entry.digest, entry.received_at, event.lane, event.state.value, event.reason, event.item, entry.trace)
    if db.execute(tables.INSERT, (*key, *kept, *said)).rowcount == 1:
        return Put.NEW
    (digest,) = db.execute(tables.KNOWN, key).fetchone()
    return Put.DUPLICATE if digest == entry.digest else Put.CONFLICT


def _resolve(futures: list[asyncio.Future[object]], results: list[object]) -> None:
    for future, result in zip(futures, results, strict=True):
        if not future.done():
            future.set_result(result)


def _fail(futures: list[asyncio.Future[object]], reason: str) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(JournalUnavailable(reason))
