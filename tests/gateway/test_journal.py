"""The journal: what is put is on disk, ids are remembered, and a file that cannot be trusted is not used."""

import asyncio
import os
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from holdline.gateway.backlog import Backlog
from holdline.gateway.config import GatewayRefused
from holdline.gateway.journal import Entry, Journal, JournalUnavailable, Put
from holdline.gateway.ledger import JournalUnusable
from holdline.gateway.reading import Reading, Source, State, dropped
from tests.gateway.events import event, trunk
from tests.gateway.running import configured, nowhere, rows, running

NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
_NUMBERS = count(1)


def entry(event_id: str, digest: bytes = b"d", age: timedelta = timedelta(0), state: State = State.ACCEPTED) -> Entry:
    """An event to keep."""
    reading = Reading(event_id, state, "page/Q1", '{"x":1}')
    return Entry(Source.OWN, reading, digest, (NOW - age).timestamp())


async def put(journal: Journal, one: Entry) -> Put:
    """Put one event into the journal."""
    (became,) = await journal.put([one])
    return became


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Journal]:
    """A journal, closed at the end."""
    journal = Journal(path)
    try:
        yield journal
    finally:
        await journal.close()


async def test_what_is_put_is_there_after_a_restart(tmp_path: Path) -> None:
    """The row is in the file, and the next process reads it."""
    async with opened(tmp_path / "j.db") as journal:
        assert Put.NEW is await put(journal, entry("a"))
    async with opened(tmp_path / "j.db") as journal:
        assert ["page/Q1"] == Backlog(journal).lanes()
        assert Put.DUPLICATE is await put(journal, entry("a"))


async def test_many_at_once_are_kept_in_the_order_they_came(tmp_path: Path) -> None:
    """A group of events is one commit, and nobody is told before it."""
    async with opened(tmp_path / "j.db") as journal:
        puts = await asyncio.gather(*(put(journal, entry(f"e{number:04d}")) for number in range(2000)))
        assert {Put.NEW} == set(puts)
    found = rows(tmp_path / "j.db", "SELECT event_id FROM events ORDER BY seq")
    assert [f"e{number:04d}" for number in range(2000)] == [event_id for (event_id,) in found]


async def test_one_of_many_equal_events_is_new(tmp_path: Path) -> None:
    """G5: also when they arrive in the same instant; another body with the same id is told apart."""
    async with opened(tmp_path / "j.db") as journal:
        puts = await asyncio.gather(*(put(journal, entry("a")) for _ in range(1000)))
        assert (1, 999) == (puts.count(Put.NEW), puts.count(Put.DUPLICATE))
        assert Put.CONFLICT is await put(journal, entry("a", digest=b"other"))


async def test_ids_are_remembered_for_as_long_as_it_is_said(tmp_path: Path) -> None:
    """A10: 71 hours later it is a duplicate, after 73 hours it is forgotten; what is not delivered stays."""
    async with opened(tmp_path / "j.db") as journal:
        backlog, memory = Backlog(journal), timedelta(hours=72)
        for event_id, hours, state in (
            ("old", 73, State.DROPPED),
            ("young", 71, State.DROPPED),
            ("waiting", 73, State.ACCEPTED),
            ("in review", 73, State.QUARANTINED),
            ("reviewed", 31 * 24, State.QUARANTINED),
        ):
            await put(journal, entry(event_id, age=timedelta(hours=hours), state=state))
        assert 2 == await backlog.prune(memory, NOW)
        assert 0 == await backlog.prune(memory, NOW)
        assert Put.NEW is await put(journal, entry("old"))
        for event_id in ("young", "waiting", "in review"):
            assert Put.DUPLICATE is await put(journal, entry(event_id))


async def test_a_journal_is_used_by_one_process(tmp_path: Path) -> None:
    """A second gateway on the same file is told who has it."""
    async with opened(tmp_path / "j.db"):
        with pytest.raises(JournalUnusable, match="Another gateway uses the journal"):
            Journal(tmp_path / "j.db")
    async with opened(tmp_path / "j.db"):
        pass


async def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    """It holds events: the folder and the files are the owner's."""
    async with opened(tmp_path / "data" / "j.db") as journal:
        await put(journal, entry("a"))
        modes = {path.stat().st_mode & 0o077 for path in (tmp_path / "data").iterdir()}
        assert {0} == modes | {(tmp_path / "data").stat().st_mode & 0o077}


def damaged(path: Path, how: str) -> bytes:
    """Damage a journal file, and return what it is then."""
    content = bytearray(path.read_bytes())
    if how == "not a database":
        content = bytearray(b"this was never a database " * 400)
    elif how == "a broken page":
        content[4096 : len(content)] = os.urandom(len(content) - 4096)
    else:
        content = content[: len(content) // 2]
    path.write_bytes(content)
    return bytes(content)


def aside(folder: Path) -> bytes:
    """What was kept of a damaged journal."""
    (found,) = [path for path in folder.glob("journal.db.damaged-*") if not path.name.endswith(("-wal", "-shm"))]
    return found.read_bytes()


@pytest.mark.parametrize("how", ["not a database", "a broken page", "cut off"])
async def test_a_damaged_journal_is_kept_aside(tmp_path: Path, how: str) -> None:
    """G4: the gateway refuses to start, in a sentence, and the file is there to be looked at."""
    path = tmp_path / "journal.db"
    async with opened(path) as journal:
        await asyncio.gather(*(put(journal, entry(f"e{number}")) for number in range(500)))
    content = damaged(path, how)
    with pytest.raises(GatewayRefused, match=r"is damaged\. It was kept as .*journal\.db\.damaged-"):
        async with running(configured(tmp_path), await nowhere()):
            pass
    assert content == aside(tmp_path)
    async with running(configured(tmp_path), await nowhere()) as gateway:
        assert "accepted" == (await gateway.event(event(trunk()))).json()["status"]


async def test_a_journal_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    """Going back a release must not destroy what it does not understand."""
    async with opened(tmp_path / "j.db"):
        pass
    db = sqlite3.connect(tmp_path / "j.db")
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(JournalUnusable, match="written by a newer Holdline"):
        Journal(tmp_path / "j.db")
    assert (tmp_path / "j.db").exists()


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """The sentence names the path."""
    (tmp_path / "file").touch()
    with pytest.raises(JournalUnusable, match="cannot be created"):
        Journal(tmp_path / "file" / "j.db")


async def test_a_dropped_event_keeps_nothing_but_its_id(tmp_path: Path) -> None:
    """What is not for us is not stored."""
    async with opened(tmp_path / "j.db") as journal:
        await put(journal, Entry(Source.GENESYS, dropped("a", "the topic is not one of ours"), b"d", 0.0))
        assert [] == Backlog(journal).lanes()
    assert [("a", "", "")] == rows(tmp_path / "j.db", "SELECT event_id, item, lane FROM events")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(path)], capture_output=True, check=False
    )
    if mount.returncode != 0:
        pytest.skip("mounting a file system is not permitted here")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


async def test_a_full_disk_is_answered_503(small_disk: Path) -> None:
    """G3: the sender keeps it and tries again; what was answered 202 is kept, and space makes it go on."""
    async with running(configured(small_disk), await nowhere()) as gateway:
        ballast = small_disk / "ballast"
        accepted, status = [], 202
        while status == 202:
            sent = event(trunk(), padding="x" * 2000, reason="r" * 190)
            status = (await gateway.event(sent)).status_code
            accepted += [sent["event_id"]] if status == 202 else []
            if not ballast.exists():
                ballast.write_bytes(b"x" * 300_000)
        assert 503 == status
        assert 503 == (await gateway.http.get("/readyz")).status_code
        ballast.unlink()
        assert 202 == (await gateway.event(event(trunk()))).status_code
        assert set(accepted) <= {row[1] for row in gateway.rows()}


async def test_a_journal_that_cannot_be_written_is_answered_503(tmp_path: Path) -> None:
    """G3: somebody else holds the file; the gateway goes on when it is free."""
    async with running(configured(tmp_path), await nowhere()) as gateway:
        assert 202 == (await gateway.event(event(trunk()))).status_code
        journal = Path(gateway.config.journal)
        db = sqlite3.connect(journal, timeout=0.1, isolation_level=None)
        db.execute("BEGIN EXCLUSIVE")
        assert 503 == (await gateway.event(event(trunk()))).status_code
        db.execute("ROLLBACK")
        db.close()
        assert 202 == (await gateway.event(event(trunk()))).status_code


async def test_nothing_is_taken_after_closing(tmp_path: Path) -> None:
    """A request that comes while the gateway stops is told to come again."""
    journal = Journal(tmp_path / "j.db")
    await journal.close()
    with pytest.raises(JournalUnavailable):
        await put(journal, entry("a"))


async def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    """What is closed again is left alone: its lock may be another one's file by now."""
    journal = Journal(tmp_path / "j.db")
    await journal.close()
    with (tmp_path / "other").open("w") as other:
        await journal.close()
        assert len("still open") == other.write("still open")
    async with opened(tmp_path / "j.db") as again:
        assert [] == again.look("SELECT event_id FROM events")


@pytest.mark.parametrize("event_id", ["\ud800", 2**70])
async def test_what_cannot_be_written_does_not_stop_the_writer(tmp_path: Path, event_id: Any) -> None:
    """A value that the file cannot keep is refused, and the next event is written."""
    async with opened(tmp_path / "j.db") as journal:
        with pytest.raises(JournalUnavailable):
            await put(journal, entry(event_id))
        assert Put.NEW is await put(journal, entry("a"))


async def test_what_cannot_be_written_costs_nobody_else_anything(tmp_path: Path) -> None:
    """Of many that would be one commit, the one that the file cannot keep is refused, and the others are kept."""
    async with opened(tmp_path / "j.db") as journal:
        several = (put(journal, entry(event_id)) for event_id in ("a", "\ud800", "b"))
        puts = await asyncio.gather(*several, return_exceptions=True)
        assert [Put.NEW, JournalUnavailable, Put.NEW] == [
            each if isinstance(each, Put) else type(each) for each in puts
        ]
        assert Put.DUPLICATE is await put(journal, entry("b"))


async def test_a_mistake_in_a_change_does_not_stop_the_writer(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever asked for it hears of it, the log says why, and whoever came with it or comes after it is served."""

    def mistaken(_db: sqlite3.Connection) -> None:
        raise LookupError("a mistake")

    async with asyncio.timeout(30), opened(tmp_path / "j.db") as journal:
        with_it = asyncio.create_task(put(journal, entry("a")))
        with pytest.raises(JournalUnavailable, match="a mistake"):
            await journal.change(mistaken)
        assert Put.NEW is await with_it
        assert Put.NEW is await put(journal, entry("b"))
    assert "This is a mistake in Holdline." in caplog.text
