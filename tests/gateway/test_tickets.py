"""From the ticket to its incident: over HTTP, once, and whatever Temporal does meanwhile."""

from pathlib import Path

from temporalio.client import Client

from holdline.domain.keys import Incident
from holdline.domain.messages import Answer, AnswerKind
from tests.gateway import events
from tests.gateway.events import deed, event, issue, trunk
from tests.gateway.running import Running, answered, configured, described, eventually, nowhere, running


def key(entity: str, epoch: int = 1) -> str:
    """The correlation id of a trunk's ticket."""
    return Incident(f"incident/trunk_failure/{entity}", epoch).ticket_key("0a1b2c3d")


async def fails(gateway: Running, client: Client) -> str:
    """A trunk fails; its id when the incident is open."""
    entity = trunk()
    await gateway.event(event(entity))
    await eventually(lambda: described(client, entity))
    return entity


async def heard(client: Client, entity: str, wanted: int) -> list[Answer]:
    """What the incident was told, once it is so many answers."""

    async def look() -> list[Answer] | None:
        found = await answered(client, entity)
        return found if len(found) >= wanted else None

    return await eventually(look)


async def test_what_is_done_to_a_ticket_reaches_its_incident_once(gateway: Running, client: Client) -> None:
    """S4.7: each deed is one signal with the epoch, however often the sender repeats it."""
    entity = await fails(gateway, client)
    sent = [deed(kind, key(entity), text="on it") for kind in ("assigned", "commented", "resolved")]
    assert [202] * 6 == [(await gateway.deed(each)).status_code for each in (*sent, *sent)]
    found = await heard(client, entity, 3)
    assert [AnswerKind.ACKNOWLEDGED, AnswerKind.COMMENTED, AnswerKind.RESOLVED] == [each.kind for each in found]
    assert {(1, "Maria Huber", "on it")} == {(each.epoch, each.by, each.text) for each in found}


async def test_an_issue_of_jira_reaches_its_incident_once(gateway: Running, client: Client) -> None:
    """The same body again is the same event."""
    entity = await fails(gateway, client)
    sent = issue(key(entity), {"field": "assignee", "to": "5b10", "toString": "Otto Berger"})
    assert ["accepted", "duplicate"] == [(await gateway.jira(sent)).json()["status"] for _ in range(2)]
    (answer,) = await heard(client, entity, 1)
    assert (AnswerKind.ACKNOWLEDGED, "Otto Berger") == (answer.kind, answer.by)


async def test_a_ticket_of_no_open_incident_is_told(gateway: Running) -> None:
    """The fate of the event says why nothing came of it."""
    sent = deed("resolved", key(trunk()))
    await gateway.deed(sent)
    assert "is not open" in (await gateway.settles(sent["event_id"], "dropped"))["reason"]


async def test_what_was_kept_while_temporal_was_away_is_told_later(client: Client, tmp_path: Path) -> None:
    """S3.3: accepted means on disk; another process of the gateway delivers it."""
    config = configured(tmp_path)
    async with running(config, client) as gateway:
        entity = await fails(gateway, client)
    sent = deed("acknowledged", key(entity))
    async with running(config, await nowhere()) as gateway:
        assert "accepted" == (await gateway.deed(sent)).json()["status"]
    async with running(config, client):
        (answer,) = await heard(client, entity, 1)
    assert f"servicenow:{sent['event_id']}" == answer.event_id


async def test_tickets_without_proof_get_401(door: Running) -> None:
    """Each system has secrets of its own, and one without any is closed."""
    sent = deed("assigned", key(trunk()))
    assert 401 == (await door.deed(sent, events.OWN)).status_code
    assert 401 == (await door.jira(issue(key(trunk())), events.TICKETS)).status_code
    body = events.raw(sent)
    for path in ("salesforce", "azure_devops"):
        answer = await door.http.post(f"/v1/tickets/{path}", content=body, headers=events.signed(body))
        assert 401 == answer.status_code
    assert 404 == (await door.http.post("/v1/tickets/zendesk", content=body)).status_code
