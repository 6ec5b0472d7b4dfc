"""From the webhook to the incident: everything once, in order, whatever Temporal does meanwhile."""

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
from temporalio.client import Client

from holdline.domain.incident import IncidentKind
from holdline.domain.keys import Incident, workflow_id
from holdline.domain.messages import AnswerKind, Observed
from holdline.domain.observation import Verdict
from holdline.intake import TRACE_HEADER
from holdline.ports import Call, Rejected, Unavailable
from tests.gateway.events import envelope, event, raw, signed, text, trunk, webhook
from tests.gateway.running import (
    Running,
    answered,
    configured,
    described,
    eventually,
    history,
    nowhere,
    running,
    told,
)
from tests.support.temporal import connected, embedded_server
from workers.datadir import Server
from workers.server import ServerSpec, start, stop


def ids(signals: list[Observed]) -> list[str]:
    """The ids of every event that the signals stand for, in their order."""
    return [event_id for signal in signals for event_id in signal.ids]


async def has(client: Client, entity: str, wanted: int) -> list[Observed]:
    """Wait until the incident has been told of so many events."""

    async def look() -> list[Observed] | None:
        found = await told(client, entity)
        return found if sum(each.events for each in found) >= wanted else None

    return await eventually(look)


async def test_a_thousand_deliveries_of_fifty_events_are_one_incident(gateway: Running, client: Client) -> None:
    """G5: over several connections, while no worker runs: one run, a small history, every event in the ledger."""
    entity = trunk()
    bodies = [raw(event(entity)) for _ in range(50)]

    async def sender(number: int) -> Counter[str]:
        async with httpx.AsyncClient(base_url=gateway.url, timeout=60, trust_env=False) as http:
            answers: Counter[str] = Counter()
            for turn in range(100):
                body = bodies[(number * 7 + turn) % 50]
                answer = await http.post("/v1/events", content=body, headers=signed(body))
                answers[f"{answer.status_code} {answer.json()['status']}"] += 1
            return answers

    answers = sum(await asyncio.gather(*(sender(number) for number in range(10))), Counter())
    assert {"202 accepted": 50, "202 duplicate": 950} == answers
    signals = await has(client, entity, 50)
    assert 50 == len(set(ids(signals))) == len(ids(signals)) == sum(each.events for each in signals)
    assert len(await history(client, entity)) < 60
    found = await described(client, entity)
    assert found is not None
    assert {"epoch": 1, "label": entity} == await found.memo()
    assert 50 == len([row for row in gateway.rows() if entity in row[4]])


async def test_the_first_event_is_told_at_once_and_repeats_together(gateway: Running, client: Client) -> None:
    """One signal for the first event, then few for all the others."""
    entity = trunk()
    await gateway.event(event(entity))
    await has(client, entity, 1)
    for _ in range(30):
        await gateway.event(event(entity))
    signals = await has(client, entity, 31)
    assert 1 == signals[0].events
    assert len(signals) <= 4


async def test_a_change_does_not_wait(client: Client, tmp_path: Path) -> None:
    """Healthy, or worse, is told at once although the window for repeats is open for half a minute."""
    entity = trunk()
    config = configured(tmp_path, coalesce=timedelta(seconds=30))
    async with running(config, client) as gateway:
        await gateway.event(event(entity, severity="HIGH"))
        await has(client, entity, 1)
        await gateway.event(event(entity, severity="HIGH"))
        await gateway.event(event(entity, severity="CRITICAL"))
        signals = await has(client, entity, 3)
        assert [1, 2] == [each.events for each in signals]
        await gateway.event(event(entity, status="healthy"))
        signals = await has(client, entity, 4)
        assert Verdict.HEALTHY is signals[-1].observations[-1].verdict


async def test_healthy_events_open_nothing_and_say_so(gateway: Running, client: Client) -> None:
    """The fate of the event tells why nothing came of it."""
    entity = trunk()
    sent = event(entity, status="healthy")
    await gateway.event(sent)
    found = await gateway.settles(sent["event_id"], "dropped")
    assert "no incident is open" in found["result"]
    assert await described(client, entity) is None


async def test_two_sources_feed_one_incident(gateway: Running, client: Client) -> None:
    """S1.3: our own event and the vendor's are about the same cause."""
    entity = trunk()
    found = envelope(entity)
    await gateway.event(event(entity))
    await gateway.genesys(found)
    signals = await has(client, entity, 2)
    assert found["id"] in ids(signals)
    assert 1 == len({each.entity.id for signal in signals for each in signal.observations})


async def test_an_acknowledgement_at_pagerduty_reaches_its_incident(gateway: Running, client: Client) -> None:
    """By the page's key, with the epoch it belongs to; what is no page of ours, or not open, is dropped."""
    entity = trunk()
    await gateway.event(event(entity))
    await has(client, entity, 1)
    for key, kind, state in (
        (f"holdline/trunk_failure/{entity}/1", "acknowledged", "delivered"),
        (f"holdline/trunk_failure/{entity}/1/r2", "unacknowledged", "delivered"),
        (f"holdline/trunk_failure/{trunk()}/1", "acknowledged", "dropped"),
        (None, "acknowledged", "dropped"),
    ):
        sent = webhook(f"incident.{kind}", key)
        await gateway.pagerduty(sent)
        assert state == (await gateway.settles(sent["event"]["id"], "delivered", "dropped"))["state"]
    found = await answered(client, entity)
    assert [AnswerKind.ACKNOWLEDGED, AnswerKind.UNACKNOWLEDGED] == [each.kind for each in found]
    assert {("Maria Huber", 1)} == {(each.by, each.epoch) for each in found}


class Names:
    """The port PageNames: knows one incident, and is out of reach for the first call."""

    def __init__(self, incident: str, key: str) -> None:
        self._incident = incident
        self._key = key
        self.calls: list[Call] = []

    async def key_of(self, incident_id: str, call: Call) -> str | None:
        """The key, once the vendor answers."""
        self.calls.append(call)
        if len(self.calls) == 1:
            raise Unavailable("PagerDuty", "no connection")
        if incident_id != self._incident:
            raise Rejected("PagerDuty", "there is no such incident")
        return self._key


async def test_a_page_without_a_key_is_asked_for(client: Client, tmp_path: Path) -> None:
    """The vendor leaves the key out now and then; an outage there only delays the answer."""
    entity = trunk()
    names = Names("Q1", f"holdline/trunk_failure/{entity}/1")
    async with running(configured(tmp_path), client, names) as gateway:
        await gateway.event(event(entity))
        await has(client, entity, 1)
        known = webhook("incident.acknowledged", None, incident="Q1")
        unknown = webhook("incident.acknowledged", None, incident="Q2")
        await gateway.pagerduty(known)
        assert "delivered" == (await gateway.settles(known["event"]["id"], "delivered", "dropped"))["state"]
        await gateway.pagerduty(unknown)
        assert "dropped" == (await gateway.settles(unknown["event"]["id"], "delivered", "dropped"))["state"]
    assert 1 == len(await answered(client, entity))
    assert names.calls[0].request_id == names.calls[1].request_id


async def test_a_text_acknowledges_by_its_code(gateway: Running, client: Client) -> None:
    """From a contact, by name; the number goes nowhere."""
    entity = trunk()
    await gateway.event(event(entity))
    await has(client, entity, 1)
    code = Incident(workflow_id(IncidentKind.TRUNK_FAILURE, entity), 1).ack_code()
    sent = text(f"ack {code.lower()} on it")
    await gateway.twilio(sent)
    assert "delivered" == (await gateway.settles(sent["MessageSid"], "delivered", "dropped"))["state"]
    (found,) = await answered(client, entity)
    assert ("alice", "sms", AnswerKind.ACKNOWLEDGED) == (found.by, found.via, found.kind)


@asynccontextmanager
async def own_server(folder: Path) -> AsyncIterator[Server]:
    """A Temporal server that a test may freeze and kill."""
    async with embedded_server(folder / "temporal") as server:
        yield server


async def sent_in_turn(gateway: Running, entities: list[str], each: int) -> dict[str, list[str]]:
    """Send so many events about each entity, one after the other; return the ids by entity."""
    sent: dict[str, list[str]] = {entity: [] for entity in entities}
    for _ in range(each):
        for entity in entities:
            value = event(entity)
            answer = await gateway.event(value)
            assert 202 == answer.status_code
            sent[entity].append(value["event_id"])
    return sent


async def test_what_comes_while_temporal_is_down_is_delivered_in_order(tmp_path: Path) -> None:
    """G2: accepted at once, kept, and told in the order it came when Temporal returns."""
    async with own_server(tmp_path) as server:
        client = await connected(server)
        await stop(server.data_dir)
        entities = [trunk() for _ in range(12)]
        async with running(configured(tmp_path), client) as gateway:
            sent = await sent_in_turn(gateway, entities, 4)
            assert 48 == (await gateway.ready())["waiting"]
            await start(ServerSpec(server.data_dir, port=server.port, ui_port=None))
            for entity in entities:
                assert sent[entity] == ids(await has(client, entity, 4))


async def test_a_frozen_temporal_delays_and_doubles_nothing(tmp_path: Path) -> None:
    """G2: a call whose answer never came is repeated under its own id."""
    async with own_server(tmp_path) as server:
        client = await connected(server)
        entities = [trunk() for _ in range(6)]
        async with running(configured(tmp_path), client) as gateway:
            first = await sent_in_turn(gateway, entities, 1)
            os.kill(server.pid, signal.SIGSTOP)
            try:
                second = await sent_in_turn(gateway, entities, 3)
                assert (await gateway.ready())["status"] == "ready"
                await eventually(lambda: failed(gateway))
            finally:
                os.kill(server.pid, signal.SIGCONT)
            for entity in entities:
                assert first[entity] + second[entity] == ids(await has(client, entity, 4))


async def failed(gateway: Running) -> int:
    """How many deliveries have failed."""
    return await gateway.counted("drain", "failed", "NotTaken")


async def test_what_a_former_process_left_is_delivered_first(client: Client, tmp_path: Path) -> None:
    """G1: a gateway that was away finds its journal, and delivers it without a new event."""
    entity = trunk()
    async with running(configured(tmp_path), await nowhere()) as gateway:
        sent = await sent_in_turn(gateway, [entity], 3)
    async with running(configured(tmp_path), client):
        assert sent[entity] == ids(await has(client, entity, 3))


async def test_no_worker_for_long_keeps_the_history_small(client: Client, tmp_path: Path) -> None:
    """A sender that goes on and on is told of ever more seldom: hundreds of events, a handful of signals."""
    entity = trunk()
    async with running(configured(tmp_path, coalesce=timedelta(milliseconds=50)), client) as gateway:
        for _ in range(300):
            await gateway.event(event(entity))
        signals = await has(client, entity, 300)
    assert len(signals) <= 12
    assert 300 == len(set(ids(signals)))


async def test_a_senders_trace_goes_on_in_the_incident(gateway: Running, client: Client) -> None:
    """S3.15: through the journal and the drain, into the header that workers read."""
    entity = trunk()
    sender = f"{number_of(entity):032x}"
    await gateway.event(event(entity), traceparent=f"00-{sender}-{'b' * 16}-01")
    await has(client, entity, 1)
    started = (await history(client, entity))[0].workflow_execution_started_event_attributes
    carrier = json.loads(started.header.fields[TRACE_HEADER].data)
    assert sender == carrier["traceparent"].split("-")[1]


def number_of(entity: str) -> int:
    """A number that belongs to this trunk alone."""
    return int(entity.replace("-", ""), 16)
