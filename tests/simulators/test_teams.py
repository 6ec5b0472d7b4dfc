"""Teams: a trigger that says 202 before anything is posted, and a workflow that may fail after that."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from holdline.simulators.sandbox import Sandbox, SandboxSettings
from holdline.simulators.settings import TeamsFlow, TeamsSettings

FLOW = TeamsFlow(id="f0110000incidents", signature="sandbox-teams-signature")


def card(*texts: str) -> dict[str, Any]:
    """A message with one card."""
    body = [{"type": "TextBlock", "text": text} for text in texts]
    content = {"type": "AdaptiveCard", "version": "1.4", "body": body}
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": content}]}


@pytest.fixture
async def team() -> AsyncIterator[Sandbox]:
    """A sandbox whose workflows are quick."""
    settings = TeamsSettings(flows=(FLOW,), step=timedelta(0))
    async with Sandbox(SandboxSettings(teams=settings)).running() as sandbox:
        yield sandbox


def address(sandbox: Sandbox, **changes: str) -> str:
    """The address of the workflow's trigger."""
    return sandbox.teams.address(sandbox.teams_url, FLOW.model_copy(update=changes))


async def kinds(sandbox: Sandbox) -> list[str]:
    """What the ledger has, once every workflow has run."""
    await sandbox.teams.settled()
    return [each["kind"] for each in sandbox.teams.ledger]


async def test_a_card_is_taken_and_posted(team: Sandbox, http: httpx.AsyncClient) -> None:
    """202 without a body; it is posted afterwards."""
    taken = await http.post(address(team), json=card("down"), headers={"X-Request-ID": "request-1"})
    assert (202, b"") == (taken.status_code, taken.content)
    assert ["teams.taken", "teams.posted"] == await kinds(team)
    assert ("request-1", "down") == (team.teams.ledger[0]["request_id"], team.teams.ledger[0]["text"])


@pytest.mark.parametrize("body", [b"", b"{}", b'{"type": "message", "attachments": []}', b'{"text": "hello"}'])
async def test_what_is_no_card_is_refused(team: Sandbox, http: httpx.AsyncClient, body: bytes) -> None:
    """400 with a code, and nothing is taken."""
    refused = await http.post(address(team), content=body)
    assert (400, "InvalidRequestContent") == (refused.status_code, refused.json()["error"]["code"])
    assert [] == await kinds(team)


async def test_an_address_may_be_wrong(team: Sandbox, http: httpx.AsyncClient) -> None:
    """401 for another signature, 404 for a workflow that is not there."""
    other = await http.post(address(team, signature="another-signature"), json=card("down"))
    nowhere = await http.post(address(team, id="nowhere"), json=card("down"))
    assert [401, 404] == [other.status_code, nowhere.status_code]


@pytest.mark.parametrize(
    ("change", "status", "ledger"),
    [({"gone": True}, 404, []), ({"orphaned": True}, 202, ["teams.taken", "teams.failed"])],
)
async def test_a_workflow_may_be_lost(
    team: Sandbox, http: httpx.AsyncClient, change: dict[str, bool], status: int, ledger: list[str]
) -> None:
    """One that was deleted refuses; one without an owner takes the card, and posts nothing."""
    await http.post(f"{team.teams_url}/_sim/flows", json={"id": FLOW.id, **change})
    assert status == (await http.post(address(team), json=card("down"))).status_code
    assert ledger == await kinds(team)
    await http.post(f"{team.teams_url}/_sim/flows", json={"id": FLOW.id})
    assert 202 == (await http.post(address(team), json=card("down"))).status_code


async def test_a_card_that_is_too_large_fails_later(team: Sandbox, http: httpx.AsyncClient) -> None:
    """More than 28 KB are taken by the trigger, and refused behind it."""
    assert 202 == (await http.post(address(team), json=card("x" * 29_000))).status_code
    assert ["teams.taken", "teams.failed"] == await kinds(team)


async def test_too_many_cards(http: httpx.AsyncClient) -> None:
    """429 says when to come back."""
    async with Sandbox(SandboxSettings(teams=TeamsSettings(flows=(FLOW,), requests_per_minute=1))).running() as team:
        answers = [await http.post(address(team), json=card("down")) for _ in range(2)]
    assert [202, 429] == [each.status_code for each in answers]
    assert 0 < int(answers[1].headers["retry-after"]) <= 60


async def test_cards_are_shown(team: Sandbox, http: httpx.AsyncClient) -> None:
    """What was taken, and what came through; a workflow that nobody knows cannot be changed."""
    await http.post(address(team), json=card("down"))
    await team.teams.settled()
    world = (await http.get(f"{team.teams_url}/_sim/world")).json()
    assert [1, 1] == [len(world["taken"]), len(world["posted"])]
    assert 404 == (await http.post(f"{team.teams_url}/_sim/flows", json={"id": "nowhere"})).status_code
