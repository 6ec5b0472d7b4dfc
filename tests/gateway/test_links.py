"""Links: GET shows, POST orders, once; and what is wrong with a link is told with what to do."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.client import Client

from holdline.domain.button import Button
from holdline.domain.timeline import Fact
from holdline.links import PATH, Link, Links, mint
from tests.cli.floor import incident
from tests.gateway import events
from tests.gateway.presses import Ward, opened, ward
from tests.gateway.running import Running, configured, nowhere, running
from tests.support.estate import real_crew
from workers.datadir import Server


@pytest.fixture
async def room(server: Server, client: Client, tmp_path: Path) -> AsyncIterator[Ward]:
    """A worker and a gateway."""
    async with ward(server, client, tmp_path) as found:
        yield found


def path(line: str, order: Button = Button.ACKNOWLEDGE, person: str = "alice", **over: Any) -> str:
    """The path of a link about a trunk's incident."""
    about: dict[str, Any] = {"workflow_id": incident(line), "epoch": 1, "opening": 1, "at": datetime.now(UTC)} | over
    return Links(lambda: [events.LINK], "").url(person, order, **about)


async def asked(room: Ward, line: str) -> dict[str, str]:
    """What names the plan that an incident asks about."""
    proposal = (await room.floor.story(line)).proposal
    assert proposal is not None
    return {"proposal": proposal.id, "digest": proposal.digest}


async def test_a_link_shows_and_its_button_acts(room: Ward) -> None:
    """However often it is looked at nothing happens; one press takes the incident, and the page says so."""
    line = await room.floor.fails()
    http, address = room.gateway.http, path(line)
    for method in ("GET", "HEAD", "GET"):
        shown = await http.request(method, address)
        assert 200 == shown.status_code
    assert all(word in shown.text for word in ("Take this incident?", "Carrier A", "nobody", "alice", "once"))
    assert (await room.floor.story(line)).acknowledged_by is None
    done = await http.post(address)
    assert (200, True) == (done.status_code, "Carrier A: acknowledged by alice; no further tier is paged." in done.text)
    assert ["alice has it (link)"] == await room.facts(line, Fact.ACKNOWLEDGED)


async def test_a_second_press_is_the_first(room: Ward) -> None:
    """It says what became of the first one; many at once are one; and the page has no button any more."""
    line = await room.floor.fails()
    http, address = room.gateway.http, path(line, Button.ESCALATE)
    answers = await asyncio.gather(*(http.post(address) for _ in range(5)))
    assert 4 == sum("This link was used already." in each.text for each in answers)
    assert {True} == {"Carrier A: " in each.text for each in answers}
    assert ["alice escalates"] == await room.facts(line, Fact.OPERATOR)
    looked = await http.get(address)
    assert "<form" not in looked.text
    assert "This link was used." in looked.text


async def test_exactly_the_plan_of_the_link_is_approved(room: Ward) -> None:
    """By the proof of the person's own token; whoever is no approver is refused by the incident."""
    line = await room.floor.asks()
    plan = await asked(room, line)
    http = room.gateway.http
    shown = await http.get(path(line, Button.APPROVE, **plan))
    assert f"{plan['digest']}: route Vienna out: carrier-b first" in shown.text
    refused = await http.post(path(line, Button.APPROVE, "bob", **plan))
    assert "Nothing was changed: bob has not the role approver." in refused.text
    nobody = await http.post(path(line, Button.APPROVE, "mallory", **plan))
    assert "there is no operator mallory" in nobody.text
    other = path(line, Button.APPROVE, **plan | {"digest": "another"})
    assert "it is not asked any more" in (await http.get(other)).text
    assert "the plan is another one by now" in (await http.post(other)).text
    done = await http.post(path(line, Button.APPROVE, **plan))
    assert "approved by alice, 1 of 1: it is done now." in done.text


async def test_a_link_of_an_older_episode_does_nothing(room: Ward) -> None:
    """It says so; also after a re-opening, and when the incident is closed."""
    line = await room.floor.fails()
    stale: list[dict[str, Any]] = [{"epoch": 2}, {"opening": 2}]
    for over in stale:
        assert "older episode" in (await room.gateway.http.post(path(line, **over))).text
    await room.floor.recovers(line)
    assert "over and closed" in (await room.gateway.http.post(path(line))).text


async def test_a_link_of_another_day_does_nothing(room: Ward) -> None:
    """An incident that the server has forgotten had the same number: its link says so, and shows nothing here."""
    line = await room.floor.fails()
    shown = await room.gateway.http.get(path(line, episode="00000000"))
    assert "Carrier A" not in shown.text
    assert "older episode" in (await room.gateway.http.post(path(line, episode="00000000"))).text
    ours = path(line, episode=await room.floor.mark(line))
    assert "Carrier A" in (await room.gateway.http.get(ours)).text
    assert "acknowledged by alice" in (await room.gateway.http.post(ours)).text


async def test_a_link_that_has_ended_says_what_to_do(door: Running) -> None:
    """Nothing is kept of it."""
    address = path("any", at=datetime.now(UTC) - timedelta(minutes=30))
    before = len(door.rows())
    for method in ("GET", "POST"):
        answer = await door.http.request(method, address)
        assert (410, True) == (answer.status_code, "newest message" in answer.text)
    assert before == len(door.rows())


async def test_a_link_that_is_not_ours_says_what_to_do(door: Running) -> None:
    """Tampered, foreign or nonsense: one page, which repeats nothing."""
    about = Link(person="alice", order=Button.HOLD, workflow_id="w", epoch=1, opening=1, expires_at=datetime.now(UTC))
    ours = path("any")
    for address in (
        f"{ours}x",
        PATH + mint(about, "a-secret-of-somebody-else-0001"),
        f"{PATH}%3Cscript%3E",
        f"{PATH}a.b",
    ):
        for method in ("GET", "POST"):
            answer = await door.http.request(method, address)
            assert (404, True) == (answer.status_code, "This link is not valid" in answer.text)
            assert "script" not in answer.text
    assert 405 == (await door.http.put(ours)).status_code


async def test_a_page_loads_and_runs_nothing(door: Running) -> None:
    """S0.6: no third party, no script, no frame, no trace in caches or referrers; what it shows is text."""
    answer = await door.http.get(path("any", person='<img src="evil">'))
    assert "&lt;img" in answer.text
    assert "<img" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "form-action 'self'; frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert ("no-store", "no-referrer") == (answer.headers["cache-control"], answer.headers["referrer-policy"])
    assert [] == [each for each in ("http:", "https:", "//", "<script", "<link") if each in answer.text]


async def test_a_press_waits_for_a_worker(server: Server, client: Client, tmp_path: Path) -> None:
    """It is kept and says so; the same page tells later what became of it."""
    async with ward(server, client, tmp_path, works=False) as room:
        line = await opened(room)
        answer = await room.gateway.http.post(path(line))
        assert (202, True) == (answer.status_code, "It is kept" in answer.text)
        address = path(line, Button.HOLD)
        pressing = asyncio.create_task(room.gateway.http.post(address))
        async with real_crew(client, room.floor.outside):
            assert "held by alice" in (await pressing).text
            assert "held by alice" in (await room.gateway.http.get(address)).text


async def test_a_link_is_used_once_at_two_gateways(room: Ward, client: Client, tmp_path: Path) -> None:
    """Each has a journal of its own, and the incident knows the press: the second one is told what became of it."""
    line = await room.floor.fails()
    address = path(line, Button.ESCALATE)
    async with running(configured(tmp_path / "other"), client) as other:
        first, second = await asyncio.gather(room.gateway.http.post(address), other.http.post(address))
        words = "Carrier A: the next tier is paged now."
        assert [True, True] == [words in each.text for each in (first, second)]
    assert ["alice escalates"] == await room.facts(line, Fact.OPERATOR)


async def test_a_press_outlives_the_gateway(server: Server, client: Client, tmp_path: Path) -> None:
    """Killed between the journal and the incident: the next process carries it out, and the link is used up there."""
    async with ward(server, client, tmp_path / "a") as room:
        line = await room.floor.fails()
        address = path(line)
        async with running(configured(tmp_path), await nowhere()) as gateway:
            with pytest.raises(httpx.ReadTimeout):
                await gateway.http.post(address, timeout=0.5)
            assert address.rpartition("/")[2] not in str(gateway.rows())
        async with running(configured(tmp_path), client) as gateway:
            assert "alice" == (await room.acknowledged(line)).acknowledged_by
            assert "This link was used already." in (await gateway.http.post(address)).text
        assert 1 == len(await room.facts(line, Fact.ACKNOWLEDGED))
