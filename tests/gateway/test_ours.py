"""No loops: what our own changes cause is taken, written down as ours, and opens and feeds nothing (S3.9)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import Client

from holdline.domain.incident import IncidentKind
from holdline.domain.keys import request_id
from holdline.gateway.ours import BY_CLIENT, BY_REQUEST
from holdline.gateway.topics.topic import rules
from holdline.settings.events import GenesysEvents, OperationRule
from tests.gateway import events
from tests.gateway.running import Running, configured, described, running, told

CLIENT = "3f1f5c0a-9f0b-4f7e-8a55-0c6d3b1e0009"
SOMEBODY = "8c1b3e0a-0000-4000-8000-00000000000c"
MINTED = request_id("probe-1", "incident/trunk_failure/trunk-a:1:route")
RULES = rules(GenesysEvents(operations={"Queue full": OperationRule(kind=IncidentKind.QUEUE_OVERFLOW)}), client=CLIENT)
DROPPED = (202, "dropped", "dropped", BY_REQUEST, "")
"""It was taken, and is in the journal with the reason; no incident hears of it."""

AUDITS = "v2.audits.entitytype.Queue.entityid.5f3c0e6a-0000-4000-8000-00000000000b"


@pytest.fixture
async def gateway(tmp_path_factory: pytest.TempPathFactory, client: Client) -> AsyncIterator[Running]:
    """A gateway that knows its OAuth client, before a Temporal server where no worker runs."""
    async with running(configured(tmp_path_factory.mktemp("ours"), genesys=RULES), client) as gateway:
        yield gateway


async def fate_of(gateway: Running, answer: Any) -> tuple[int, str, str, str, str]:
    """How it was answered, and what the journal says of it: state, reason, lane."""
    fate = await gateway.fate(answer.json()["event_id"])
    return answer.status_code, answer.json()["status"], fate["state"], fate["reason"], fate["lane"]


async def test_an_event_that_names_our_request(gateway: Running, client: Client) -> None:
    """A middleware that we called says so in the body, or hands the header on."""
    for over, headers in (({"request_id": MINTED}, {}), ({}, {"X-Request-ID": MINTED})):
        entity = events.trunk()
        answer = await gateway.event(events.event(entity) | over, **headers)
        assert DROPPED == await fate_of(gateway, answer)
        assert await described(client, entity) is None


async def test_an_event_that_names_our_request_feeds_nothing(gateway: Running, client: Client) -> None:
    """The open incident hears of others' events only."""
    entity = events.trunk()
    first = await gateway.event(events.event(entity))
    await gateway.settles(first.json()["event_id"], "delivered")
    await gateway.event(events.event(entity) | {"request_id": MINTED, "event_id": f"ours-{entity}"})
    last = await gateway.event(events.event(entity) | {"event_id": f"last-{entity}"})
    await gateway.settles(last.json()["event_id"], "delivered")
    heard = [each for observed in await told(client, entity) for each in observed.ids]
    assert [first.json()["event_id"], f"last-{entity}"] == heard


@pytest.mark.parametrize("foreign", ["0" * 32, MINTED[:-1] + "g", MINTED + "0", MINTED.upper(), "", 7, None, [MINTED]])
async def test_what_is_no_request_of_ours_silences_nothing(gateway: Running, client: Client, foreign: object) -> None:
    """A proxy numbers its requests as well, and a mistake in that place must not cost the alarm."""
    entity = events.trunk()
    headers = {"X-Request-ID": foreign} if isinstance(foreign, str) else {}
    answer = await gateway.event(events.event(entity) | {"request_id": foreign}, **headers)
    assert "accepted" == answer.json()["status"]
    await gateway.settles(answer.json()["event_id"], "delivered")
    assert await described(client, entity) is not None


async def test_genesys_correlates_an_event_with_our_request(gateway: Running, client: Client) -> None:
    """The metadata of the envelope names it; a correlation id of others says nothing."""
    entity, other = events.trunk(), events.trunk()
    ours, theirs = events.envelope(entity), events.envelope(other)
    ours["detail"]["metadata"] = {"CorrelationId": MINTED}
    assert DROPPED == await fate_of(gateway, await gateway.genesys(ours))
    assert await described(client, entity) is None
    assert "accepted" == (await gateway.genesys(theirs)).json()["status"]


def envelope(topic: str, body: object) -> dict[str, Any]:
    """An envelope of a topic."""
    found = events.envelope("none")
    found["detail"] |= {"topicName": topic, "eventBody": body}
    return found


@pytest.mark.parametrize(
    ("made_by", "reason"),
    [
        ({"id": CLIENT}, BY_CLIENT),
        ({"id": CLIENT.upper()}, BY_CLIENT),
        ({"id": SOMEBODY}, "the topic is not one of ours"),
        ({"id": 7}, "the topic is not one of ours"),
        (CLIENT, "the topic is not one of ours"),
        (None, "the topic is not one of ours"),
    ],
)
async def test_an_audit_message_of_our_own_client(gateway: Running, made_by: object, reason: str) -> None:
    """What our OAuth client did is told apart from what others did; neither opens anything."""
    answer = await gateway.genesys(envelope(AUDITS, {"id": "a-1", "clientId": made_by, "action": "UPDATE"}))
    fate = await gateway.fate(answer.json()["event_id"])
    assert ("dropped", reason) == (fate["state"], fate["reason"])


def operation(by: object, ago: timedelta | None, **over: Any) -> dict[str, Any]:
    """An operational event about a queue that somebody changed that long ago."""
    now = datetime.now(UTC)
    body: dict[str, Any] = {
        "eventEntity": {"id": "e-1", "name": "Queue full"},
        "entityId": SOMEBODY,
        "timestamp": int(now.timestamp() * 1000),
        "entityModifiedBy": by,
    }
    modified = {} if ago is None else {"entityModifiedDate": (now - ago).isoformat()}
    return envelope("v2.operations.events.e-1", body | modified | over)


NOW = timedelta(seconds=2)


@pytest.mark.parametrize(
    "ours",
    [
        operation(CLIENT, NOW),
        operation(CLIENT, None, entityModifiedDate=int(datetime.now(UTC).timestamp() * 1000) - 2000),
    ],
)
async def test_an_operational_event_just_after_our_change(gateway: Running, ours: dict[str, Any]) -> None:
    """Our OAuth client changed the entity within the minute before."""
    answer = await gateway.genesys(ours)
    fate = await gateway.fate(answer.json()["event_id"])
    assert ("dropped", BY_CLIENT) == (fate["state"], fate["reason"])


@pytest.mark.parametrize(
    "theirs",
    [
        operation(SOMEBODY, NOW),
        operation(CLIENT, timedelta(minutes=2)),
        operation(CLIENT, timedelta(minutes=-2)),
        operation(CLIENT, None),
        operation(None, NOW),
        operation(CLIENT, None, entityModifiedDate="yesterday"),
        operation(CLIENT, None, entityModifiedDate=10**30),
        operation(CLIENT, None, entityModifiedDate=True),
        operation({"id": CLIENT}, NOW),
    ],
)
async def test_an_operational_event_that_we_did_not_cause(gateway: Running, theirs: dict[str, Any]) -> None:
    """Another changed it, or we did long ago, or nobody can tell: then the event counts."""
    answer = await gateway.genesys(theirs)
    assert "accepted" == answer.json()["status"]
