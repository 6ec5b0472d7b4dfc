"""`holdline demo`: from nothing to a resolved incident."""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from holdline.cli.demo.ledger import Count, Ledgers
from tests.cli.console import holdline, terminal
from workers.server import running

LONGEST = 350.0


@pytest.mark.timeout(400)
async def test_the_story_tells_itself(tmp_path: Path) -> None:
    """Without a terminal: two tiers paged, the worker killed, a text, an answer, recovery, and every effect once."""
    done = await holdline("demo", environ={"TMPDIR": str(tmp_path)}, patience=LONGEST)
    assert (0, "") == (done.code, done.err), done.out
    told = done.out
    for part in (
        "Waits are shortened by configuration: each tier has 12s to answer instead of 5m",
        "Temporal UI: http://127.0.0.1:",
        "tier 1 telephony on call by pagerduty:telephony because the incident is confirmed",
        "ticket INC0000001 in servicenow opened",
        "tier 2 platform on call by pagerduty:platform because nobody acknowledged within 12s",
        "worker was ended by SIGKILL; it starts again in 3 s",
        "tier 3 duty manager by sms:duty-manager because nobody acknowledged within 12s",
        "Maria Huber has it (pagerduty)",
        "RESOLVED: 2 healthy observations in a row",
    ):
        assert told.count(part) == 1, told
    ledger = (
        "2 pages opened and closed, 1 text, 1 ticket opened and closed, 1 message in a room, "
        "route changed once and put back once, 0 duplicates"
    )
    assert f"-- the ledgers say: {ledger}" == done.lines[-1]
    assert [] == os.listdir(tmp_path)


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_whoever_watches_plays(tmp_path: Path) -> None:
    """On a terminal k kills the worker, a acknowledges, q leaves; --keep keeps the data."""
    environ = {"TMPDIR": str(tmp_path), "HOLDLINE_OPERATOR": "olga"}
    async with terminal("demo", "--keep", environ=environ) as shown:
        await shown.shows("a acknowledge · k kill -9 the worker · q quit", LONGEST)
        await shown.shows("tier 1 telephony on call", LONGEST)
        shown.press("k")
        await shown.shows("worker runs again, pid ", LONGEST)
        shown.press("a")
        await shown.shows("olga has it (cli)", LONGEST)
        shown.press("q")
        assert 0 == await shown.ends(LONGEST)
    assert re.search(r"kill -9 \d+: the worker is gone; the timers go on", shown.seen)
    (kept,) = os.listdir(tmp_path)
    assert f"The data stays in {tmp_path / kept}." in shown.seen.replace("\r\n", "")
    assert running(tmp_path / kept) is None


def entry(kind: str, **fields: object) -> dict[str, object]:
    """A row of a ledger."""
    return {"kind": kind, **fields}


def page(service: str, incident: str) -> dict[str, object]:
    """A page that was opened."""
    return entry("page.triggered", service=service, dedup_key="key", incident_id=incident)


def route(before: str, after: str) -> dict[str, object]:
    """A change of the route."""
    return entry("route.changed", route_id="route", before=list(before), after=list(after))


def test_the_ledgers_are_counted() -> None:
    """Each kind of effect is counted, and what did not happen is left out of the sentence."""
    pages = [page("a", "1"), page("b", "2"), *(entry("page.resolved", incident_id=each) for each in "12")]
    texts = [entry("sms.created", to="1", body="x")]
    tickets = [entry("ticket.created", correlation="key"), entry("ticket.closed", id="1")]
    count = Ledgers([route("AB", "BA"), route("BA", "AB")], pages, texts, tickets, []).count()
    expected = Count(opened=2, closed=2, folded=0, texts=1, changed=1, put_back=1, duplicates=0)
    assert replace(expected, tickets=1, tickets_closed=1) == count
    assert (
        "2 pages opened and closed, 1 text, 1 ticket opened and closed, route changed once and put back once, "
        "0 duplicates"
    ) == count.sentence()
    assert "0 duplicates" == Ledgers([], [], [], [], []).count().sentence()


def test_what_happened_twice_is_found() -> None:
    """A second page for the same key, a second text with the same words, a second change are duplicates."""
    pages = [page("a", "1"), page("a", "2"), entry("page.resolved", incident_id="1")]
    texts = [entry("sms.created", to="1", body="x")] * 2
    tickets = [entry("ticket.created", correlation="key")] * 2
    posted = [entry("slack.posted", count=1), entry("slack.posted", count=2)]
    count = Ledgers([route("AB", "BA"), route("BA", "AB"), route("AB", "BA")], pages, texts, tickets, posted).count()
    assert 5 == count.duplicates
    assert [
        "5 effects happened twice",
        "2 pages were opened and 1 closed",
        "2 tickets were opened and 0 closed",
        "the route was changed 2 times and put back 1 times",
    ] == count.complaints()
