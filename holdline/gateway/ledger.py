"""The journal's file: opened only when it is whole and nobody else has it."""

import fcntl
import os
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from holdline.gateway.tables import ASIDE, PRAGMAS, SCHEMA, VERSION

_FILES: Final = ("", "-wal", "-shm")


class JournalUnusable(Exception):
    """The journal cannot be opened; the sentence says why and what to do."""


class Ledger:
    """One SQLite file, held by one process through a lock file beside it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock: int | None = _hold(path)
        try:
            self.writer = _open(path)
            self.reader = _connect(path)
            self._counter = _connect(path)
        except JournalUnusable:
            self.release()
            raise

    def count(self, query: str) -> Any:
        """The one row of a query, on a connection of its own."""
        return self._counter.execute(query).fetchone()

    def release(self) -> None:
        """Let the next process have it, once: the number of a closed file may be somebody else's by now."""
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    def close(self) -> None:
        """Close the connections; the writer's last checkpoint empties the write-ahead file."""
        self._counter.close()
        self.reader.close()
        self.writer.close()
        self.release()


def _hold(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise JournalUnusable(f"The journal {path} cannot be created: {error.strerror}.") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise JournalUnusable(
            f"Another gateway uses the journal {path}. Stop that one, or give this one another data_dir."
        ) from None
    return lock


def _open(path: Path) -> sqlite3.Connection:
    """Check the whole file before anything is answered from it, and create it where there is none."""
    with suppress(OSError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    try:
        return _prepared(_connect(path), path)
    except sqlite3.OperationalError as error:
        raise JournalUnusable(f"The journal {path} cannot be opened: {error}.") from None
    except sqlite3.DatabaseError:
        aside = _set_aside(path)
        raise JournalUnusable(
            f"The journal {path} is damaged. It was kept as {aside}; what it had accepted and not delivered is "
            "still in there, and `sqlite3 FILE .recover` reads it. Start again to begin with an empty journal."
        ) from None


def _connect(path: Path) -> sqlite3.Connection:
    # Two threads use a connection, never at the same time.
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=64)


def _prepared(db: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    whole = False
    try:
        db.executescript(PRAGMAS)
        if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("the check failed")
        _upgrade(db, path)
        whole = True
    finally:
        if not whole:
            db.close()
    return db


def _upgrade(db: sqlite3.Connection, path: Path) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise JournalUnusable(
            f"The journal {path} was written by a newer Holdline (format {version}, this one knows {VERSION}). "
            "Run that release."
        )
    if version == 0:
        db.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
    db.execute(ASIDE)


def _set_aside(path: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    for suffix in _FILES:
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(aside.with_name(aside.name + suffix))
    return aside
