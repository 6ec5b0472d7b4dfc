"""Azure DevOps: 203 for a wrong token, patches guarded by revisions, and answers that ask for a rest."""

import base64
import json
from typing import Any

import httpx
import pytest

from holdline.simulators.sandbox import Sandbox, SandboxSettings
from holdline.simulators.settings import AzureSettings

WIT = "/Operations/_apis/wit"


class Organisation:
    """The work items as somebody with the right token uses them."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        self.sandbox = sandbox
        self.http = http

    async def ask(self, method: str, path: str, body: Any = None, token: str | None = None) -> httpx.Response:
        """A request by the token; a list is sent as a patch."""
        token = token or self.sandbox.settings.azure.token
        kind = "application/json-patch+json" if isinstance(body, list) else "application/json"
        basic = base64.b64encode(f":{token}".encode()).decode()
        headers = {"authorization": f"Basic {basic}", "content-type": kind}
        url = f"{self.sandbox.azure_url}{WIT}{path}{'&' if '?' in path else '?'}api-version=7.1"
        return await self.http.request(method, url, content=json.dumps(body), headers=headers)

    async def create(self, **fields: str) -> httpx.Response:
        """Create a work item."""
        fields = {"System.Title": "Trunk down", "System.Tags": "a; holdline-1", **fields}
        patch = [{"op": "add", "path": f"/fields/{name}", "value": value} for name, value in fields.items()]
        return await self.ask("POST", "/workitems/$Issue", patch)


@pytest.fixture
def organisation(sandbox: Sandbox, http: httpx.AsyncClient) -> Organisation:
    """The work items of the sandbox."""
    return Organisation(sandbox, http)


async def test_a_work_item_is_created_in_its_first_state(organisation: Organisation) -> None:
    """200 with id, revision and fields, in the documented shape; nothing is folded."""
    made = [(await organisation.create()).json() for _ in range(2)]
    assert [(1, 1), (2, 1)] == [(each["id"], each["rev"]) for each in made]
    assert ("To Do", "a; holdline-1") == tuple(made[0]["fields"][f"System.{name}"] for name in ("State", "Tags"))
    assert ["ticket.created"] * 2 == [each["kind"] for each in organisation.sandbox.azure.ledger]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"System.Title": ""}, "System.Title"),
        ({"System.Title": "x" * 256}, "too long"),
        ({"Custom.None": "x"}, "Cannot find field Custom.None"),
        ({"System.State": "Closed"}, "'Closed'"),
    ],
)
async def test_a_bad_work_item_is_refused(organisation: Organisation, fields: dict[str, str], said: str) -> None:
    """400 with a sentence, and nothing is created."""
    answer = await organisation.create(**fields)
    assert (400, True) == (answer.status_code, said in answer.json()["message"])
    assert {} == organisation.sandbox.azure.items.all


async def test_a_wrong_token_gets_a_page(organisation: Organisation) -> None:
    """203 and HTML; a missing version and an unknown project or type are errors of their own."""
    answer = await organisation.ask("GET", "/workitems/1", token="wrong")
    assert (203, True) == (answer.status_code, answer.headers["content-type"].startswith("text/html"))
    assert 404 == (await organisation.ask("GET", "/workitems/1")).status_code
    assert 404 == (await organisation.ask("GET", "/workitemtypes/Bug")).status_code
    assert 200 == (await organisation.ask("GET", "/workitemtypes/Issue")).status_code
    assert 415 == (await organisation.ask("POST", "/workitems/$Issue", {})).status_code


async def test_a_change_is_guarded_by_its_revision(organisation: Organisation) -> None:
    """409 for another one; the history of a change is a comment."""
    await organisation.create()
    history = {"op": "add", "path": "/fields/System.History", "value": "taken &amp; told"}
    answers = [
        await organisation.ask("PATCH", "/workitems/1", [{"op": "test", "path": "/rev", "value": rev}, history])
        for rev in (1, 1, 2)
    ]
    assert [200, 409, 200] == [each.status_code for each in answers]
    comments = (await organisation.ask("GET", "/workItems/1/comments?$top=1&order=desc")).json()
    assert (2, ["taken &amp; told"]) == (comments["totalCount"], [each["text"] for each in comments["comments"]])
    texts = [each["text"] for each in organisation.sandbox.azure.ledger.of("ticket.commented")]
    assert ["taken & told"] * 2 == texts


async def test_a_query_finds_by_tag(organisation: Organisation) -> None:
    """References only; the fields are read by their ids. A query without a bound is refused."""
    await organisation.create()
    await organisation.create(**{"System.Tags": "holdline-12"})
    wiql = "SELECT [System.Id] FROM WorkItems WHERE [System.Tags] CONTAINS 'holdline-1'"
    found = (await organisation.ask("POST", "/wiql", {"query": wiql})).json()["workItems"]
    assert [1] == [each["id"] for each in found]
    listed = (await organisation.ask("GET", "/workitems?ids=1,2,9&fields=System.State")).json()
    assert [(1, {"System.State": "To Do"}), (2, {"System.State": "To Do"})] == [
        (each["id"], each["fields"]) for each in listed["value"]
    ]
    assert 400 == (await organisation.ask("POST", "/wiql", {"query": "SELECT [System.Id] FROM WorkItems"})).status_code


async def test_oddities_and_deeds(organisation: Organisation) -> None:
    """An answer may ask for a rest although it is a success; people write fields."""
    control = f"{organisation.sandbox.azure_url}/_sim"
    await organisation.create()
    await organisation.http.post(f"{control}/oddities", json={"delay": 7})
    await organisation.http.post(f"{control}/deeds", json={"item": 1, "assign": True})
    answer = await organisation.ask("GET", "/workitems/1?fields=System.AssignedTo")
    assert (200, "7", "0.5") == (
        answer.status_code,
        answer.headers["retry-after"],
        answer.headers["x-ratelimit-delay"],
    )
    assert "Maria Huber" == answer.json()["fields"]["System.AssignedTo"]["displayName"]
    missing = await organisation.http.post(f"{control}/deeds", json={"item": 9})
    assert (404, True) == (missing.status_code, "TF401232" in missing.json()["error"])


async def test_too_many_requests(http: httpx.AsyncClient) -> None:
    """429 creates nothing and says when to come back."""
    async with Sandbox(SandboxSettings(azure=AzureSettings(requests_per_minute=1))).running() as sandbox:
        answers = [await Organisation(sandbox, http).create() for _ in range(2)]
    assert [(200, None), (429, "10")] == [(each.status_code, each.headers.get("retry-after")) for each in answers]
