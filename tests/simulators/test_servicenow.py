"""ServiceNow: what its instance refuses, what it drops, and what people do there."""

from typing import Any

import httpx
import pytest

from holdline.simulators.sandbox import Sandbox, SandboxSettings
from holdline.simulators.settings import ServiceNowSettings

KEY = "holdline/queue_overflow/5f3c0e6a/1"


class Instance:
    """Its API as a caller with the right password uses it."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        self._sandbox = sandbox
        self._http = http

    async def ask(self, method: str, path: str, **rest: Any) -> httpx.Response:
        """A request below /api/now/table/incident."""
        known = self._sandbox.settings.servicenow
        url = f"{self._sandbox.servicenow_url}/api/now/table/incident{path}"
        return await self._http.request(method, url, auth=(known.user, known.password), **rest)

    async def insert(self, **fields: str) -> dict[str, Any]:
        """A new incident."""
        response = await self.ask("POST", "", json={"short_description": "Down", "correlation_id": KEY, **fields})
        found: dict[str, Any] = response.json()["result"]
        return found

    async def control(self, path: str, **fields: Any) -> httpx.Response:
        """A request below /_sim."""
        return await self._http.post(f"{self._sandbox.servicenow_url}/_sim{path}", json=fields)


@pytest.fixture
def instance(sandbox: Sandbox, http: httpx.AsyncClient) -> Instance:
    """The instance at its start."""
    return Instance(sandbox, http)


async def test_a_query_is_encoded(instance: Instance) -> None:
    """Conditions are joined by carets, order and limit count, and what nobody knows is passed over."""
    one, two = await instance.insert(), await instance.insert(impact="1")
    await instance.insert(correlation_id="other")

    async def numbers(query: str, **more: str) -> list[str]:
        answer = await instance.ask("GET", "", params={"sysparm_query": query, **more})
        return [row["number"] for row in answer.json()["result"]]

    assert [one["number"], two["number"]] == await numbers(f"correlation_id={KEY.upper()}^ORDERBYnumber")
    assert [two["number"]] == await numbers(f"correlation_id={KEY}^ORDERBYDESCnumber", sysparm_limit="1")
    assert [two["number"]] == await numbers(f"correlation_id={KEY}^impact!=")
    assert 3 == len(await numbers("u_nothing=1"))


async def test_values_have_two_faces(instance: Instance) -> None:
    """The value, what people see, or both; a reference has a link unless nobody wants it; journals are display only."""
    id = (await instance.insert(work_notes="first"))["sys_id"]
    person = "5137153cc611227c000bbd1bd8cd2005"
    await instance.ask("PATCH", f"/{id}", json={"assigned_to": person, "work_notes": "second"})
    plain = (await instance.ask("GET", f"/{id}")).json()["result"]
    shown = (await instance.ask("GET", f"/{id}", params={"sysparm_display_value": "all"})).json()["result"]
    assert (person, "") == (plain["assigned_to"]["value"], plain["work_notes"])
    assert ("Maria Huber", "New") == (shown["assigned_to"]["display_value"], shown["state"]["display_value"])
    notes = shown["work_notes"]["display_value"]
    assert notes.index("second") < notes.index("first")


@pytest.mark.parametrize(
    ("oddities", "status", "detail"),
    [
        ({"business_rule": "Group"}, 403, "was aborted by Business Rule 'Group"),
        ({"mandatory": ["category"]}, 403, "Data Policy Exception"),
        ({"forbidden": ["insert"]}, 403, "ACL Exception Insert Failed"),
    ],
)
async def test_refusals_differ_by_their_words(
    sandbox: Sandbox, instance: Instance, oddities: dict[str, Any], status: int, detail: str
) -> None:
    """One code for three reasons; nothing is committed."""
    await instance.control("/oddities", **oddities)
    response = await instance.ask("POST", "", json={"short_description": "Down"})
    assert (status, "failure") == (response.status_code, response.json()["status"])
    assert detail in response.json()["error"]["detail"]
    assert [] == sandbox.servicenow.ledger


@pytest.mark.parametrize("page", [200, 203])
async def test_a_sleeping_instance_answers_with_a_page(instance: Instance, page: int) -> None:
    """A success by its status, and HTML by its type."""
    await instance.control("/oddities", page=page)
    response = await instance.ask("GET", "")
    assert (page, True) == (response.status_code, response.headers["content-type"].startswith("text/html"))


async def test_the_hourly_rule(http: httpx.AsyncClient) -> None:
    """What is left is in the headers; what is too much says when to come back."""
    async with Sandbox(SandboxSettings(servicenow=ServiceNowSettings(requests_per_hour=1))).running() as alone:
        first, second = [await Instance(alone, http).ask("GET", "") for _ in range(2)]
    assert (200, "1", "holdline-hourly") == (
        first.status_code,
        first.headers["x-ratelimit-limit"],
        first.headers["x-ratelimit-rule"],
    )
    assert 429 == second.status_code
    assert 3000 < int(second.headers["retry-after"]) <= 3600


@pytest.mark.parametrize(
    ("path", "status"), [("/00000000000000000000000000000000", 404), ("/x/y", 404), ("?sysparm_limit=1", 200)]
)
async def test_what_is_not_there(instance: Instance, path: str, status: int) -> None:
    """No record and no path are both 404, worded as errors are."""
    response = await instance.ask("GET", path)
    assert status == response.status_code
    assert "error" in response.json() or 200 == status


async def test_people_work_on_incidents(sandbox: Sandbox, instance: Instance) -> None:
    """By number or id; a comment is in the journal, and a deed without a record is an error."""
    number = (await instance.insert())["number"]
    await instance.control("/deeds", record=number, fields={"state": "2", "comments": "On it."})
    (record,) = sandbox.servicenow.records.all.values()
    assert ("2", ["On it."]) == (record.values["state"], [each.text for each in record.journal])
    assert 400 == (await instance.control("/deeds", record="INC9", fields={})).status_code


async def test_a_patch_that_changes_nothing_is_no_effect(sandbox: Sandbox, instance: Instance) -> None:
    """Absolute state; a note is an effect each time."""
    id = (await instance.insert())["sys_id"]
    for _ in range(2):
        await instance.ask("PATCH", f"/{id}", json={"impact": "1", "work_notes": "note"})
    kinds = [entry["kind"] for entry in sandbox.servicenow.ledger]
    assert ["ticket.created", "ticket.changed", "ticket.commented", "ticket.commented"] == kinds


@pytest.mark.parametrize(("content", "status"), [(b"{", 400), (b"[]", 400)])
async def test_a_body_that_is_none(instance: Instance, content: bytes, status: int) -> None:
    """400 for what is no object, 415 for what is no JSON."""
    headers = {"content-type": "application/json"}
    assert status == (await instance.ask("POST", "", content=content, headers=headers)).status_code
    assert 415 == (await instance.ask("POST", "", content=content)).status_code
