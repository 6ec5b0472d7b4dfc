"""What the gateway answers: 202 once it is kept, 401 without a word, and an error that repeats nothing."""

import gzip
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.gateway import events
from tests.gateway.events import OTHER, OWN, envelope, event, paged, raw, signed, text, trunk, webhook
from tests.gateway.running import Running, parsed

MARK = "zebra-mark-in-the-input"


async def test_an_accepted_event_has_an_id_and_a_fate(door: Running) -> None:
    """S3.3: 202, the event's id, and a row in the journal that an operator can ask for."""
    sent = event(trunk())
    answer = await door.event(sent)
    assert 202 == answer.status_code
    assert {"event_id": sent["event_id"], "status": "accepted"} == answer.json()
    found = await door.fate(sent["event_id"])
    assert ("own", sent["event_id"]) == (found["source"], found["event_id"])
    assert found["state"] in ("accepted", "batched")


async def test_the_same_id_is_a_duplicate(door: Running) -> None:
    """A9, A11: answered 202, so that the sender stops; the first body wins, and a second one is counted."""
    sent = event(trunk(), severity="LOW")
    first, again = await door.event(sent), await door.event(sent)
    other = await door.event(sent | {"severity": "CRITICAL"})
    assert [None, True, True] == [each.json().get("duplicate") for each in (first, again, other)]
    assert {202} == {each.status_code for each in (first, again, other)}
    (row,) = [row for row in door.rows() if row[1] == sent["event_id"]]
    assert "LOW" == parsed(row[4])["severity"]
    assert await door.counted("own", "duplicate", "same id, another body") >= 1
    assert await door.counted("own", "duplicate", "duplicate") >= 1


async def test_another_id_is_another_event(door: Running) -> None:
    """A12: the sender's id decides, not the content."""
    sent = event(trunk())
    assert "accepted" == (await door.event(sent)).json()["status"]
    assert "accepted" == (await door.event(sent | {"event_id": f"{sent['event_id']}-b"})).json()["status"]


async def test_the_same_id_of_another_source_is_another_event(door: Running) -> None:
    """Sources choose their ids without knowing of each other."""
    found = envelope(trunk())
    assert "accepted" == (await door.genesys(found)).json()["status"]
    assert "accepted" == (await door.event(event(trunk(), event_id=found["id"]))).json()["status"]


REFUSED: list[Any] = [
    pytest.param({}, id="A1 unsigned"),
    pytest.param({"secrets": (OTHER,)}, id="A2 another secret"),
    pytest.param({"secrets": (events.PAGERDUTY,)}, id="A13 the secret of another source"),
    pytest.param({"age": timedelta(minutes=6)}, id="A8 stale"),
    pytest.param({"age": -timedelta(minutes=6)}, id="A8 from the future"),
]


@pytest.mark.parametrize("how", REFUSED)
async def test_what_is_not_authentic_gets_401_without_detail(door: Running, how: dict[str, Any]) -> None:
    """S3.2: one body for all of them, no row, and a counter that knows why."""
    entity = trunk()
    body = raw(event(entity, reason=MARK))
    headers = signed(body, **how) if how else {"Content-Type": "application/json"}
    answer = await door.http.post("/v1/events", content=body, headers=headers)
    assert (401, b'{"error":"not authentic"}') == (answer.status_code, answer.content)
    assert entity not in str(door.rows())


async def test_an_altered_body_gets_401(door: Running) -> None:
    """A3: the signature belongs to these bytes and no others."""
    body = raw(event(trunk()))
    answer = await door.http.post("/v1/events", content=body.replace(b"HIGH", b"LOW"), headers=signed(body))
    assert 401 == answer.status_code


async def test_a_replay_of_an_old_event_with_a_new_signature_gets_401(door: Running) -> None:
    """S3.2: the event's own time counts as well."""
    answer = await door.event(event(trunk(), timestamp="2026-01-01T00:00:00Z"))
    assert 401 == answer.status_code
    assert await door.counted("own", "refused", "the event is stale") >= 1


async def test_vendors_without_proof_get_401(door: Running) -> None:
    """Each by its own scheme."""
    for path, body in (
        ("/v1/events/genesys", raw(envelope(trunk()))),
        ("/webhooks/pagerduty", raw(webhook("incident.acknowledged", "k"))),
        ("/webhooks/twilio/sms", events.form(text("ACK 7K2M9Q"))),
    ):
        assert 401 == (await door.http.post(path, content=body)).status_code
        wrong = {
            "Authorization": "Bearer wrong",
            "X-PagerDuty-Signature": paged(body, ("wrong",))["X-PagerDuty-Signature"],
            "X-Twilio-Signature": "d3Jvbmc=",
        }
        assert 401 == (await door.http.post(path, content=body, headers=wrong)).status_code


async def test_drift_is_accepted_and_put_aside(door: Running) -> None:
    """S4.6: never a 4xx for what is authentic: the vendor would drop it, and disable us."""
    entity = trunk()
    sent = event(entity, reason=MARK) | {"severity": None}
    answer = await door.event(sent)
    assert (202, "quarantined", True) == (
        answer.status_code,
        answer.json()["status"],
        answer.json()["quarantined"],
    )
    assert MARK not in answer.text
    assert {"quarantined"} == {
        (await door.genesys(envelope(trunk(), time=None))).json()["status"],
        (await door.pagerduty(webhook("incident.acknowledged", "k", occurred_at=None))).json()["status"],
    }
    assert "schema mismatch: severity" in next(row[3] for row in door.rows() if entity in row[4])


async def test_drift_is_remembered_as_well(door: Running) -> None:
    """A quarantined delivery that is repeated is a duplicate."""
    sent = envelope(trunk(), time=None)
    assert ["quarantined", "duplicate"] == [(await door.genesys(sent)).json()["status"] for _ in range(2)]


async def test_topics_and_types_of_no_interest_are_dropped(door: Running) -> None:
    """S3.1: accepted, counted with a reason, nothing kept of them."""
    other = envelope(trunk())
    other["detail"]["topicName"] = "v2.users.8a1f.presence"
    assert "dropped" == (await door.genesys(other)).json()["status"]
    assert "dropped" == (await door.pagerduty(webhook("incident.escalated", "k"))).json()["status"]
    assert await door.counted("genesys", "dropped", "the topic is not one of ours") >= 1


async def test_a_text_message_is_answered_in_twiml(door: Running) -> None:
    """The sender reads it, so it says what is known."""
    answer = await door.twilio(text("ack 7k2m9q please"))
    assert (202, "text/xml; charset=utf-8") == (answer.status_code, answer.headers["content-type"])
    assert "received ACK 7K2M9Q" in answer.text
    assert "cannot read this" in (await door.twilio(text("who is this?"))).text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ({"Content-Type": "application/json; charset=utf-16"}, 202),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415),
        ({"Content-Type": "application/json", "Content-Encoding": "br"}, 415),
        ({"Content-Type": "application/json", "Content-Encoding": "identity"}, 202),
    ],
)
async def test_only_plain_json_is_taken_from_our_own_senders(
    door: Running, headers: dict[str, str], status: int
) -> None:
    """H1, H2, E7, E8: nothing is unpacked, and the bytes are UTF-8 whatever the header says."""
    body = raw(event(trunk()))
    answer = await door.http.post("/v1/events", content=body, headers=signed(body, headers))
    assert status == answer.status_code


async def test_a_bomb_is_not_unpacked(door: Running) -> None:
    """E7: a compressed body is a body we do not read."""
    body = gzip.compress(b"0" * 10_000_000)
    for path, headers in (("/v1/events", signed(body)), ("/webhooks/pagerduty", paged(body))):
        answer = await door.http.post(path, content=body, headers=headers | {"Content-Encoding": "gzip"})
        assert 415 == answer.status_code


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_large_body_is_refused_while_it_comes(door: Running, chunked: bool) -> None:
    """J10, H4: 64 kB and no more, whether the length is told or not."""

    async def chunks() -> Any:
        for _ in range(80):
            yield b"x" * 1024

    content = chunks() if chunked else b"x" * 80 * 1024
    answer = await door.http.post("/v1/events", content=content, headers={"Content-Type": "application/json"})
    assert 413 == answer.status_code


async def test_the_largest_body_is_taken(door: Running) -> None:
    """Exactly 64 kB is not too large."""
    sent = event(trunk(), padding="")
    sent["padding"] = "x" * (64 * 1024 - len(raw(sent)))
    assert 64 * 1024 == len(raw(sent))
    assert "accepted" == (await door.event(sent)).json()["status"]


@pytest.mark.parametrize("path", ["/", "/v1", "/webhooks/slack", "/webhooks/pagerduty/", "//v1/events", "/V1/events"])
async def test_an_unknown_path_gets_404_in_json(door: Running, path: str) -> None:
    """H6: a path that looks like one of ours is not."""
    answer = await door.http.post(httpx.URL(door.url).copy_with(raw_path=path.encode()), content=b"{}")
    assert (404, {"error": "there is nothing here"}) == (answer.status_code, answer.json())


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/v1/events", "/webhooks/pagerduty", "/webhooks/twilio/sms"])
async def test_another_method_gets_405_in_json(door: Running, method: str, path: str) -> None:
    """H3, H9: deliveries are POSTs."""
    for answer in (await door.http.request(method, path), await door.http.get("/webhooks/pagerduty")):
        assert (405, {"error": "this method is not offered here"}) == (answer.status_code, answer.json())


async def test_health_tells_what_waits(door: Running) -> None:
    """Alive is the process; ready is a journal that takes writes and a drain that runs, with what waits in it."""
    assert {"status": "alive"} == (await door.http.get("/healthz")).json()
    await door.event(event(trunk()))
    ready = await door.ready()
    assert ("ready", "takes writes") == (ready["status"], ready["journal"])
    assert ready["waiting"] >= 1
    assert ready["oldest_seconds"] >= 0


async def test_the_fate_of_an_event_is_for_operators(door: Running) -> None:
    """Without a token nobody learns which ids exist."""
    sent = event(trunk())
    await door.event(sent)
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {OWN}"}):
        assert 401 == (await door.http.get(f"/v1/events/{sent['event_id']}", headers=headers)).status_code
    token = {"Authorization": f"Bearer {events.OPERATOR}"}
    assert 404 == (await door.http.get("/v1/events/never-seen", headers=token)).status_code


async def test_no_error_repeats_what_was_sent(door: Running) -> None:
    """Whatever the mistake, the answer's words are ours."""
    for path, content, headers in (
        (f"/{MARK}", b"{}", {}),
        ("/v1/events", MARK.encode(), signed(MARK.encode())),
        ("/v1/events", MARK.encode() * 5000, {"Content-Type": "application/json"}),
        ("/v1/events", MARK.encode(), {"Content-Type": MARK}),
        ("/webhooks/pagerduty", json.dumps({MARK: 1}).encode(), paged(json.dumps({MARK: 1}).encode())),
    ):
        assert MARK not in (await door.http.post(path, content=content, headers=headers)).text
