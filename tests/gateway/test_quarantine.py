"""What was not understood is seen: a line in the log now and then, and a list for operators (S4.6)."""

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from holdline.gateway.backlog import Backlog
from holdline.gateway.gateway import late
from holdline.gateway.journal import Journal
from holdline.gateway.ledger import Ledger
from holdline.gateway.quarantine import Quarantine
from tests.domain.times import START
from tests.gateway import events
from tests.gateway.events import OWN, envelope, event, trunk
from tests.gateway.running import Running, configured, nowhere, rows, running

TOKEN = {"Authorization": f"Bearer {events.OPERATOR}"}
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[Running]:
    """A gateway of one test alone."""
    async with running(configured(tmp_path), await nowhere()) as gateway:
        yield gateway


async def listed(gateway: Running) -> dict[str, Any]:
    """What is in quarantine, as an operator sees it."""
    answer = await gateway.http.get("/v1/events", params={"state": "quarantined"}, headers=TOKEN)
    assert 200 == answer.status_code, answer.text
    return dict(answer.json())


def renamed() -> dict[str, Any]:
    """A trunk's event after the vendor has renamed a field."""
    found = envelope(trunk())
    found["detail"]["eventBody"]["connectionStatus"] = found["detail"]["eventBody"].pop("connectedStatus")
    return found


def told(log: pytest.LogCaptureFixture) -> list[str]:
    """The warnings about the quarantine."""
    return [each.getMessage() for each in log.records if each.name == "holdline.gateway.quarantine"]


async def test_the_list_has_the_newest_first(own: Running) -> None:
    """Id, source, time and reason, of what is in quarantine and of nothing else."""
    drifted = renamed()
    assert 202 == (await own.genesys(drifted)).status_code
    await own.event(event(trunk()))
    second = (await own.event(event(trunk(), severity=None))).json()["event_id"]
    found = await listed(own)
    assert [("own", second), ("genesys", drifted["id"])] == [
        (each["source"], each["event_id"]) for each in found["events"]
    ]
    assert [{"source", "event_id", "received_at", "reason"}] * 2 == [set(each) for each in found["events"]]
    assert found["events"][1]["reason"].startswith("schema mismatch: ")
    assert found["more"] is False


async def test_the_list_is_bounded(own: Running) -> None:
    """A hundred, and whether there are more."""
    sent = [renamed() for _ in range(101)]
    for each in sent:
        await own.genesys(each)
    found = await listed(own)
    assert (100, sent[100]["id"], sent[1]["id"], True) == (
        len(found["events"]),
        found["events"][0]["event_id"],
        found["events"][-1]["event_id"],
        found["more"],
    )


async def test_the_list_is_for_operators(door: Running) -> None:
    """As the fate of one event is."""
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {OWN}"}):
        assert 401 == (await door.http.get("/v1/events?state=quarantined", headers=headers)).status_code


@pytest.mark.parametrize("query", ["", "?state=", "?state=lost", "?state=accepted", "?state=quarantined&state=lost"])
async def test_another_state_is_not_listed(door: Running, query: str) -> None:
    """The answer says what can be asked for, and repeats nothing."""
    answer = await door.http.get(f"/v1/events{query}", headers=TOKEN)
    assert (400, {"error": "name what is listed: ?state=quarantined"}) == (answer.status_code, answer.json())


async def test_the_log_says_it_once_a_minute(own: Running, caplog: pytest.LogCaptureFixture) -> None:
    """A storm of what is not understood is one line, with the field and without the event."""
    sent = [renamed() for _ in range(5)]
    with caplog.at_level(logging.WARNING):
        for each in (*sent, sent[0]):
            await own.genesys(each)
    (line,) = told(caplog)
    assert "1 more from genesys (schema mismatch: " in line
    assert "no status" in line
    assert "`holdline deadletter list` shows them" in line
    assert sent[0]["id"] not in line
    assert sent[0]["detail"]["eventBody"]["id"] not in line


async def test_what_is_understood_is_not_told(own: Running, caplog: pytest.LogCaptureFixture) -> None:
    """Neither what is accepted nor what is dropped on purpose."""
    other = envelope(trunk())
    other["detail"]["topicName"] = "v2.users.8a1f.presence"
    await own.genesys(other)
    await own.event(event(trunk()))
    assert [] == told(caplog)


def test_the_next_line_counts_those_between(caplog: pytest.LogCaptureFixture) -> None:
    """Each source and reason has a minute of its own, also where the clock is put back."""
    now = [START]
    aside = Quarantine(lambda: now[0])
    for after in (timedelta(0), timedelta(seconds=20), timedelta(seconds=59), MINUTE, -MINUTE):
        now[0] = START + after
        aside.take("genesys", "schema mismatch: time (missing)")
    aside.take("own", "schema mismatch: time (missing)")
    assert ["1 more from genesys", "3 more from genesys", "1 more from genesys", "1 more from own"] == [
        line.partition(": ")[2].partition(" (")[0] for line in told(caplog)
    ]


def test_many_reasons_are_one(caplog: pytest.LogCaptureFixture) -> None:
    """A sender with ever new reasons fills neither the log nor the memory; a minute later reasons have names again."""
    now = [START]
    aside = Quarantine(lambda: now[0])
    for number in range(500):
        aside.take("own", f"schema mismatch: field{number}")
    assert 33 == len(told(caplog))
    now[0] += MINUTE
    aside.take("own", "schema mismatch: another")
    assert "1 more from own" in told(caplog)[-1]
    assert "another" in told(caplog)[-1]


def test_no_line_holds_a_number(caplog: pytest.LogCaptureFixture) -> None:
    """S1.10: a reason may name a key that a sender chose."""
    Quarantine().take("own", "schema mismatch: metrics.+447700900123 (float_type)")
    assert "7700900123" not in caplog.text
    assert "[number]" in caplog.text


def test_the_list_reads_only_what_it_shows(tmp_path: Path) -> None:
    """A journal of an earlier release has the index from the next start on: a million rows are not looked through."""
    Ledger(tmp_path / "journal.db").close()
    with_index = rows(tmp_path / "journal.db", "SELECT name FROM sqlite_master WHERE name = 'quarantined'")
    plan = rows(
        tmp_path / "journal.db",
        "EXPLAIN QUERY PLAN SELECT event_id FROM events WHERE state = 'quarantined' ORDER BY seq DESC LIMIT 9",
    )
    assert [("quarantined",)] == with_index
    assert ["USING INDEX quarantined" in step[-1] for step in plan] == [True]


async def test_what_was_not_understood_lately_is_counted(tmp_path: Path) -> None:
    """Events of the last hour, no more than are asked for; older ones are listed and counted no more."""
    config = configured(tmp_path)
    async with running(config, await nowhere()) as gateway:
        for id in ("drift-1", "drift-2", "drift-3"):
            await gateway.genesys(renamed() | {"id": id})
    journal, now = Journal(config.journal), datetime.now(UTC)
    backlog = Backlog(journal)
    assert [3, 2, 0] == [late(backlog, 10, now), late(backlog, 2, now), late(backlog, 10, now + timedelta(hours=1))]
    await journal.close()
