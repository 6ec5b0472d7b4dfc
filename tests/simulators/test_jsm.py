"""Jira Service Management: orders are taken first and carried out later, folded by alias, and told by webhook."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from holdline.simulators.sandbox import Sandbox, SandboxSettings
from holdline.simulators.settings import JsmSettings, JsmTarget
from tests.simulators.receiver import Receiver


class Site:
    """The alerts as somebody with the right key uses them."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        self.sandbox = sandbox
        self.http = http

    async def ask(self, method: str, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        """A request by the key of the first team."""
        key = key or f"GenieKey {self.sandbox.settings.jsm.teams[0].key}"
        headers = {"authorization": key, "x-request-id": "r-1"}
        return await self.http.request(method, self.sandbox.jsm_url + path, json=body, headers=headers)

    async def create(self, **over: Any) -> httpx.Response:
        """Create an alert."""
        return await self.ask("POST", "/v2/alerts", {"message": "Trunk down", "alias": "k-1", **over})

    async def outcome(self, taken: httpx.Response) -> dict[str, Any]:
        """Wait for what becomes of an order."""
        while True:
            found = await self.ask("GET", f"/v2/alerts/requests/{taken.json()['requestId']}")
            if found.status_code == 200:
                return dict(found.json()["data"])
            assert (404, "Request not found. It might not be processed, yet.") == (
                found.status_code,
                found.json()["message"],
            )
            await asyncio.sleep(0.005)


@pytest.fixture
def site(sandbox: Sandbox, http: httpx.AsyncClient) -> Site:
    """The alerts of the sandbox."""
    sandbox.jsm.target = None
    return Site(sandbox, http)


def kinds(sandbox: Sandbox) -> list[str]:
    """The kinds of the ledger, in order."""
    return [entry["kind"] for entry in sandbox.jsm.ledger]


async def test_an_alert_is_taken_then_created_then_folded(site: Site) -> None:
    """202 at once; the request is unknown for a while; the same alias joins the open alert."""
    taken = await site.create(priority="P1")
    assert (202, "Request will be processed") == (taken.status_code, taken.json()["result"])
    first, second = await site.outcome(taken), await site.outcome(await site.create())
    assert (True, "Create", "k-1") == (first["isSuccess"], first["action"], first["alias"])
    assert first["alertId"] == second["alertId"]
    alert = (await site.ask("GET", "/v2/alerts/k-1?identifierType=alias")).json()["data"]
    assert (2, "open", False, "P1") == (alert["count"], alert["status"], alert["acknowledged"], alert["priority"])
    assert ["alert.created", "alert.deduplicated"] == kinds(site.sandbox)
    assert {"r-1"} == {entry["request_id"] for entry in site.sandbox.jsm.ledger}


async def test_a_taken_order_may_fail(site: Site) -> None:
    """It says so only to whoever asks afterwards."""
    await site.http.post(f"{site.sandbox.jsm_url}/_sim/processing", json={"refusals": ["Alert quota is used up"]})
    outcome = await site.outcome(await site.create())
    assert (False, "Alert quota is used up") == (outcome["isSuccess"], outcome["status"])
    assert ["alert.refused"] == kinds(site.sandbox)
    assert 404 == (await site.ask("GET", "/v2/alerts/k-1?identifierType=alias")).status_code


async def test_an_alert_is_acknowledged_and_closed_by_alias(site: Site) -> None:
    """What cannot be done is an order that fails; a closed alias is free again."""
    told = []
    await site.outcome(await site.create())
    for verb in ("acknowledge", "acknowledge", "unacknowledge", "close", "close"):
        outcome = await site.outcome(
            await site.ask("POST", f"/v2/alerts/k-1/{verb}?identifierType=alias", {"user": "A"})
        )
        told.append((verb, outcome["isSuccess"]))
    assert [True, False, True, True, False] == [done for _, done in told]
    await site.outcome(await site.create())
    assert ["alert.created", "alert.acknowledged", "alert.unacknowledged", "alert.closed", "alert.created"] == kinds(
        site.sandbox
    )


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"message": ""}, "message"),
        ({"message": "x" * 131}, "message"),
        ({"alias": "x" * 513}, "alias"),
        ({"priority": "critical"}, "priority"),
        ({"details": {"n": 1}}, "details"),
    ],
)
async def test_a_bad_alert_is_refused_at_once(site: Site, over: dict[str, Any], field: str) -> None:
    """422 with the field; nothing is taken."""
    answer = await site.create(**over)
    assert (422, [field]) == (answer.status_code, list(answer.json()["errors"]))
    assert {} == site.sandbox.jsm.desk.orders


async def test_wrong_credentials(site: Site) -> None:
    """A key does not read below /v1, and an account does not order below /v2."""
    answers = [
        await site.ask("POST", "/v2/alerts", {"message": "m"}, key="GenieKey wrong"),
        await site.ask("GET", "/v1/alerts"),
        await site.ask("GET", "/v1/alerts/alias?alias=k-1", key="Basic wrong"),
    ]
    assert [401, 401, 401] == [each.status_code for each in answers]


async def test_too_many_requests(http: httpx.AsyncClient) -> None:
    """429 takes nothing."""
    async with Sandbox(SandboxSettings(jsm=JsmSettings(requests_per_minute=1))).running() as sandbox:
        answers = [await Site(sandbox, http).create() for _ in range(2)]
    assert [202, 429] == [each.status_code for each in answers]


async def test_the_webhook_brings_the_header_of_the_operator(site: Site, receiver: Receiver) -> None:
    """Nothing is signed; each action of a person and of ours is told, and repeated until it is answered."""
    desk = site.sandbox.jsm.desk
    desk.pending, receiver.refuse = timedelta(0), 1
    site.sandbox.jsm.target = JsmTarget(url=receiver.url, header="x-shared", value="the secret")
    await site.outcome(await site.create(user="Holdline"))
    answer = await site.http.post(f"{site.sandbox.jsm_url}/_sim/ack", json={"alias": "k-1", "by": "maria"})
    assert {"done": True} == {"done": answer.json()["done"]}
    posts = await receiver.at_least(3)
    await site.sandbox.jsm.courier.settled()
    assert {"the secret"} == {post.headers["x-shared"] for post in posts}
    bodies = {each["action"]: each for each in (json.loads(post.body) for post in posts)}
    assert ("API", "Holdline") == (bodies["Create"]["source"]["type"], bodies["Create"]["alert"]["username"])
    assert ("web", "maria") == (bodies["Acknowledge"]["source"]["type"], bodies["Acknowledge"]["alert"]["username"])
    assert ("k-1", 19) == (
        bodies["Acknowledge"]["alert"]["alias"],
        len(str(bodies["Acknowledge"]["alert"]["updatedAt"])),
    )


async def test_nobody_acts_on_an_alert_that_is_not_open(site: Site) -> None:
    """The control says so."""
    answer = await site.http.post(f"{site.sandbox.jsm_url}/_sim/close", json={"alias": "none"})
    assert (404, "No open alert has the alias none.") == (answer.status_code, answer.json()["error"])
