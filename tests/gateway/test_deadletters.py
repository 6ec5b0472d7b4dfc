"""Dead letters: looked at, read again with today's code, or given up; nothing is lost and nothing is told twice."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from holdline.domain.incident import IncidentKind
from holdline.domain.keys import Incident, label_of, workflow_id
from holdline.gateway.deadletters import PRESSED
from holdline.gateway.journal import Entry, Journal
from holdline.gateway.listening.messages import Heard
from holdline.gateway.reading import OTHER_FORM, Source, mismatch
from tests.gateway import events
from tests.gateway.events import event, interaction, issue, pressed, trunk
from tests.gateway.running import Running, answered, configured, described, eventually, nowhere, parsed, running, told

TOKEN = {"Authorization": f"Bearer {events.OPERATOR}", "X-Holdline-Operator": "Olga%20Ott"}


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[Running]:
    """A gateway of one test alone, without Temporal."""
    async with running(configured(tmp_path), await nowhere()) as gateway:
        yield gateway


async def asked(gateway: Running, method: str, path: str = "") -> tuple[int, dict[str, Any]]:
    """What an operator is answered."""
    answer = await gateway.http.request(method, f"/v1/deadletters{path}", headers=TOKEN)
    return answer.status_code, dict(answer.json())


async def letters(gateway: Running) -> list[dict[str, Any]]:
    """What is in quarantine."""
    status, found = await asked(gateway, "GET")
    assert (200, False) == (status, found["more"])
    return list(found["letters"])


async def put_aside(folder: Path, source: Source, event_id: str, body: str, why: str = "severity (enum)") -> None:
    """What a release before this one did not understand."""
    journal = Journal(folder / "journal.db")
    reading = mismatch(event_id, b"", None, why)._replace(item=body)
    await journal.put([Entry(source, reading, b"digest", datetime.now(UTC).timestamp())])
    await journal.close()


def state(gateway: Running, event_id: str) -> tuple[str, str, str]:
    """State, reason and body of an event in the journal."""
    (found,) = [row[2:] for row in gateway.rows() if row[1] == event_id]
    return found[0], found[1], found[2]


async def test_a_letter_is_listed_and_shown(own: Running) -> None:
    """Class, reason, time, and the body without numbers and secrets; the list has no bodies."""
    await own.event(event(trunk(), severity="Bad", note="call +447700900123", password="hunter22"))
    (row,) = await letters(own)
    assert {"id", "source", "event_id", "class", "reason", "received_at"} == set(row)
    assert ("own", "schema mismatch", True) == (row["source"], row["class"], "severity (enum)" in row["reason"])
    status, shown = await asked(own, "GET", f"/{row['id']}")
    body = parsed(shown["body"])
    assert (200, "call [number]", "[secret]", "Bad") == (status, body["note"], body["password"], body["severity"])


async def test_what_is_understood_now_reaches_the_incident(client: Client, tmp_path: Path) -> None:
    """S3.14: read as it was received, under its own id, and told once; then it is no letter any more."""
    entity = trunk()
    value = event(entity, severity="HIGH")
    await put_aside(tmp_path, Source.OWN, value["event_id"], events.raw(value).decode())
    async with running(configured(tmp_path), client) as gateway:
        (row,) = await letters(gateway)
        ended = [await asked(gateway, "POST", f"/{row['id']}/replay") for _ in range(2)]
        assert [(200, {"ended": "accepted", "event_id": value["event_id"]}), 404] == [ended[0], ended[1][0]]
        await eventually(lambda: described(client, entity))
        assert [[value["event_id"]]] == [list(each.ids) for each in await told(client, entity)]
        assert [] == await letters(gateway)
        assert (await gateway.event(value)).json()["duplicate"]


async def test_a_text_that_did_not_arrive_is_told_later(client: Client, tmp_path: Path) -> None:
    """What Twilio said of a page was not understood then: the letter knows whose page it was."""
    entity = trunk()
    effect = Incident(workflow_id(IncidentKind.TRUNK_FAILURE, entity), 1).effect("page.tier 1.1", "sms:alice")
    body = {"MessageSid": "SM7", "MessageStatus": "undelivered", "To": "[number]", "ErrorCode": "30005", "page": effect}
    await put_aside(tmp_path, Source.TWILIO_STATUS, "SM7-undelivered", events.raw(body).decode())
    async with running(configured(tmp_path), client) as gateway:
        await gateway.event(event(entity))
        await eventually(lambda: described(client, entity))
        (row,) = await letters(gateway)
        assert "accepted" == (await asked(gateway, "POST", f"/{row['id']}/replay"))[1]["ended"]
        (answer,) = await eventually(lambda: answered(client, entity))
        assert ("SM7", "undelivered, Twilio error 30005") == (answer.page, answer.text)


async def test_many_replays_of_one_letter_are_one(own: Running, tmp_path: Path) -> None:
    """Whoever comes second finds nothing."""
    await own.event(event(trunk(), severity="Bad"))
    value = event(trunk())
    await put_aside_in(own, value)
    row = (await letters(own))[0]
    ended = await asyncio.gather(*(asked(own, "POST", f"/{row['id']}/replay") for _ in range(8)))
    assert [200] + [404] * 7 == sorted(status for status, _ in ended)
    assert 1 == len([each for each in own.rows() if each[1] == value["event_id"]])


async def put_aside_in(gateway: Running, value: dict[str, Any]) -> None:
    """A letter that today's code understands, in the journal of a gateway that runs."""
    wrong = await gateway.event(value | {"severity": "Bad"})
    sealed = wrong.json()["event_id"]
    with_right = events.raw(value).decode()
    rewrite(gateway, "UPDATE events SET item = ? WHERE event_id = ?", with_right, sealed)


def rewrite(gateway: Running, statement: str, *values: object) -> None:
    """Change the journal as nobody does but a test."""
    with closing(sqlite3.connect(gateway.config.journal, timeout=5)) as db, db:
        db.execute(statement, values)


async def test_what_is_still_not_understood_is_kept(own: Running) -> None:
    """With today's reason."""
    await own.event(event(trunk(), severity="Bad"))
    (row,) = await letters(own)
    rewrite(own, "UPDATE events SET reason = 'schema mismatch: older words'")
    status, ended = await asked(own, "POST", f"/{row['id']}/replay")
    assert (200, "kept", True) == (status, ended["ended"], "severity (enum)" in ended["reason"])
    assert [row["reason"]] == [each["reason"] for each in await letters(own)]


async def test_what_came_again_meanwhile_is_known(own: Running) -> None:
    """The sender mended it and sent it again: the letter ends, and the event stays one."""
    value = event(trunk())
    await put_aside_in(own, value)
    assert "accepted" == (await own.event(value)).json()["status"]
    (row,) = await letters(own)
    assert (200, {"ended": "known already", "event_id": value["event_id"]}) == await asked(
        own, "POST", f"/{row['id']}/replay"
    )
    assert [] == await letters(own)


async def test_a_letter_may_turn_out_to_be_nobodys(own: Running, tmp_path: Path) -> None:
    """Then it is dropped with the reason."""
    value = issue("telephony", {"field": "assignee", "to": "5b10", "toString": "Otto"}, timestamp="soon")
    value["issue"]["fields"]["labels"] = None
    key = "holdline/trunk_failure/7f3a/1"
    fields = {"labels": [label_of(key)], "description": key}
    await own.jira(value | {"issue": {"fields": fields}})
    (row,) = await letters(own)
    _, shown = await asked(own, "GET", f"/{row['id']}")
    rewrite(own, "UPDATE events SET item = ?", shown["body"].replace(key, "other"))
    assert (200, {"ended": "dropped", "reason": "not a ticket of ours"}) == await asked(
        own, "POST", f"/{row['id']}/replay"
    )
    assert "replayed by Olga Ott: not a ticket of ours" == state(own, row["event_id"])[1]


async def test_a_letter_is_given_up(own: Running) -> None:
    """Its body goes, who did it stays, and the same delivery is known for ever."""
    value = event(trunk(), severity="Bad")
    await own.event(value)
    (row,) = await letters(own)
    assert [(200, {"ended": "dropped"}), 404] == [
        (await asked(own, "POST", f"/{row['id']}/drop")),
        (await asked(own, "POST", f"/{row['id']}/drop"))[0],
    ]
    assert ("dropped", "given up by Olga Ott", "") == state(own, row["event_id"])
    assert [] == await letters(own)
    assert (await own.event(value)).json()["duplicate"]


async def test_a_notification_is_read_again(own: Running) -> None:
    """It has no entrance, and is read by what is known of its channel."""
    entity = trunk()
    heard = Heard("streaming-1", 7, datetime.now(UTC), "")
    body = {
        "topicName": f"v2.telephony.providers.edges.trunks.{entity}",
        "version": "2",
        "eventBody": {"id": entity, "connectedStatus": {"connected": False}},
    }
    rewrite(
        own,
        "INSERT INTO events"
        " (source, event_id, digest, received_at, lane, state, reason, item, trace, verdict, severity, at) VALUES"
        " ('genesys websocket', ?, x'00', ?, '', 'quarantined', 'schema mismatch: x', ?, '', '', '', 0)",
        *(heard.event_id, heard.at.timestamp(), events.raw(body).decode()),
    )
    (row,) = await letters(own)
    assert (200, {"ended": "accepted", "event_id": heard.event_id}) == await asked(own, "POST", f"/{row['id']}/replay")


async def test_what_another_release_wrote_is_tried_again(own: Running) -> None:
    """It was understood; the drain tries to read it once more, in a place behind all others."""
    value = event(trunk())
    await own.event(value)
    rewrite(own, "UPDATE events SET state = 'quarantined', reason = ?, batch = NULL", OTHER_FORM)
    (row,) = await letters(own)
    status, ended = await asked(own, "POST", f"/{row['id']}/replay")
    assert (200, "accepted", value["event_id"]) == (status, ended["ended"], ended["event_id"])
    assert state(own, value["event_id"])[0] in ("accepted", "batched")


async def test_a_press_that_was_kept_has_no_address(own: Running) -> None:
    """What lets anybody write into the conversation is on no disk; and nobody's order is carried out days later."""
    await own.slack(pressed("hold", {"w": "incident/trunk_failure/7f3a", "e": "one", "t": "t"}))
    broken = interaction(pressed("hold", {}))[:-3]
    await own.http.post("/v1/slack/actions", content=broken, headers=events.slacked(broken))
    assert 2 == len(await letters(own))
    assert "hooks.slack.com" not in str(own.rows())
    for row in await letters(own):
        assert (200, {"ended": "kept", "reason": PRESSED}) == await asked(own, "POST", f"/{row['id']}/replay")


async def test_letters_are_for_operators_alone(door: Running) -> None:
    """Not for the key that EventBridge sends, which may ask for the fate of an event."""
    for headers in ({}, {"Authorization": f"Bearer {events.GENESYS}"}, {"Authorization": "Bearer wrong"}):
        for method, path in (("GET", ""), ("GET", "/event:1"), ("POST", "/event:1/replay"), ("POST", "/event:1/drop")):
            answer = await door.http.request(method, f"/v1/deadletters{path}", headers=headers)
            assert 401 == answer.status_code


@pytest.mark.parametrize("id", ["event:0", "event:x", "event:" + "9" * 30, "ticket:1", "%20"])
async def test_what_is_no_letter_is_not_found(door: Running, id: str) -> None:
    """And the answer repeats nothing."""
    for method, path in (("GET", ""), ("POST", "/replay"), ("POST", "/drop")):
        assert 404 == (await asked(door, method, f"/{id}{path}"))[0]


async def test_an_instant_outlives_the_redaction(own: Running) -> None:
    """A number is masked, an instant in milliseconds under such a name is not: it could not be read again."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    await own.event(event(trunk(), severity="Bad", sentTime=now, ani=447700900123, number=now))
    (row,) = await letters(own)
    body = parsed((await asked(own, "GET", f"/{row['id']}"))[1]["body"])
    assert (now, "[number]", "[number]") == (body["sentTime"], body["ani"], body["number"])
