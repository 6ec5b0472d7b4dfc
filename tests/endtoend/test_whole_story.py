"""The whole story on real sockets: a trunk fails, a person takes it, the trunk comes back, nothing is left behind."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from holdline.domain.keys import minted
from holdline.domain.lifecycle import State
from holdline.domain.messages import Snapshot
from holdline.domain.timeline import Fact
from holdline.simulators.faults import Fault, FaultKind, Match
from tests.endtoend.canaries import ALICE
from tests.endtoend.configuration import LADDER, Plan
from tests.endtoend.effects import Effects, page_key, texts
from tests.endtoend.incidents import until
from tests.endtoend.rig import Rig, rigged

PATIENT = LADDER.replace('wait = "2s"', 'wait = "1m"')


@dataclass(frozen=True)
class Told:
    """What is left when both incidents are closed and every process has ended."""

    paged: Snapshot
    texted: Snapshot
    done: tuple[Effects, Effects]
    spans: list[dict[str, Any]]
    requests: list[dict[str, Any]]


@pytest.fixture(scope="module")
async def told(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Told]:
    """One incident taken in PagerDuty, one by text message because PagerDuty refuses the page."""
    async with rigged(tmp_path_factory.mktemp("story"), Plan(sites=2, ladder=PATIENT, linger="1s")) as rig:
        rig.aim()
        by_page, by_text = rig.sites(2)
        paged = await _by_page(rig)
        texted = await _by_text(rig)
        requests = [row for each in rig.sandbox.simulators() for row in each.requests]
        done = rig.effects(by_page), rig.effects(by_text)
        await rig.stop()
        yield Told(paged, texted, done, _spans(rig), requests)


async def _by_page(rig: Rig) -> Snapshot:
    place = rig.sandbox.genesys.world.places[0]
    rig.degrade(place)
    await rig.incidents.reaches(place, State.MONITORING)
    desk, people = rig.sandbox.pagerduty.desk, rig.sandbox.pagerduty.people
    await until(lambda: bool(desk.open_with(page_key(place))), "the page is open")
    desk.acknowledge(desk.open_with(page_key(place))[0], people.agent("Maria Huber"), "human")
    await rig.incidents.says(place, "Maria Huber has it")
    rig.heal(place)
    return await rig.incidents.ends(place)


async def _by_text(rig: Rig) -> Snapshot:
    place = rig.sandbox.genesys.world.places[1]
    match = Match(method="POST", path="/v2/enqueue")
    rig.sandbox.pagerduty.faults.add(Fault(kind=FaultKind.STATUS, status=400, match=match))
    rig.degrade(place)
    await until(lambda: bool(texts(rig.sandbox, place)), "the text is sent")
    code = texts(rig.sandbox, place)[0]["body"].partition("Reply ACK ")[2][:6]
    await rig.incidents.reaches(place, State.MONITORING)
    rig.sandbox.twilio.reply(ALICE, f"ack {code.lower()}")
    await rig.incidents.says(place, "alice has it")
    rig.heal(place)
    return await rig.incidents.ends(place)


def _spans(rig: Rig) -> list[dict[str, Any]]:
    files = [rig.folder / f"{role}-spans.jsonl" for role in ("gateway", "worker")]
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def facts(story: Snapshot) -> list[Fact]:
    """The kinds of row of a timeline, in order, without those that only describe."""
    return [entry.fact for entry in story.timeline if entry.fact not in (Fact.SEEN, Fact.STATE)]


async def test_webhook_to_resolution(told: Told) -> None:
    """A failing trunk is paged and repaired, a person takes it in PagerDuty, recovery puts the route back."""
    done = told.done[0]
    assert State.RESOLVED is told.paged.state
    assert "Maria Huber" == told.paged.acknowledged_by
    assert [Fact.ACKNOWLEDGED, Fact.CHANGED, Fact.PAGED, Fact.REVERTED] == sorted(facts(told.paged))
    assert (1, 0, 2) == (len(done.pages), len(done.texts), len(done.orders))
    assert 0 == done.doubled
    assert done.restored
    assert () == done.open


async def test_acknowledged_by_text(told: Told) -> None:
    """Where PagerDuty refuses the page, a text goes out at once, and its code texted back takes the incident."""
    done = told.done[1]
    assert State.RESOLVED is told.texted.state
    assert "alice" == told.texted.acknowledged_by
    assert [Fact.PAGE_FAILED, Fact.PAGED] == [
        each for each in facts(told.texted) if each in (Fact.PAGE_FAILED, Fact.PAGED)
    ]
    assert (0, 1, 2) == (len(done.pages), len(done.texts), len(done.orders))
    assert 0 == done.doubled
    assert done.restored


async def test_one_trace(told: Told) -> None:
    """One trace joins the webhook, the workflow, its activities and the calls to all vendors."""
    webhook = next(span for span in told.spans if span["name"] == "accept genesys")
    names = {span["name"] for span in told.spans if span["context"]["trace_id"] == webhook["context"]["trace_id"]}
    assert {
        "RunWorkflow:Incident",
        "RunActivity:page",
        "POST /v2/enqueue",
        "RunActivity:make_change",
        "PUT /api/v2/telephony/providers/edges/sites/{siteId}/outboundroutes/{routeId}",
    } <= names


async def test_every_call_has_its_request_id(told: Told) -> None:
    """Every request to a vendor carries an X-Request-ID of ours, and its span has the same one."""
    sent = {row["request_id"] for row in told.requests}
    assert all(map(minted, sent))
    assert sent == {
        span["attributes"]["holdline.request_id"] for span in told.spans if "holdline.vendor" in span["attributes"]
    }
