"""Salesforce: upserts, queries, and codes that say more than the status."""

from typing import Any

import httpx
import pytest

from holdline.simulators.sandbox import Sandbox

DATA = "/services/data/v59.0"
KEYED = "/sobjects/Case/Holdline_Key__c"


class Org:
    """Its API as a caller with a session uses it."""

    def __init__(self, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        self._sandbox = sandbox
        self._http = http
        self._token = ""

    async def login(self, secret: str = "") -> httpx.Response:
        """A new session; without a secret with the right one."""
        known = self._sandbox.settings.salesforce
        url, form = f"{self._sandbox.salesforce_url}/services/oauth2/token", {"grant_type": "client_credentials"}
        response = await self._http.post(url, data=form, auth=(known.client_id, secret or known.client_secret))
        self._token = response.json().get("access_token", "")
        return response

    async def ask(self, method: str, path: str, **rest: Any) -> httpx.Response:
        """A request below the data of a version."""
        if not self._token:
            await self.login()
        headers = {"authorization": f"Bearer {self._token}"}
        return await self._http.request(method, f"{self._sandbox.salesforce_url}{DATA}{path}", headers=headers, **rest)

    async def rows(self, query: str) -> list[dict[str, Any]]:
        """The records that a query finds."""
        found: list[dict[str, Any]] = (await self.ask("GET", "/query", params={"q": query})).json()["records"]
        return found

    async def control(self, path: str, **fields: Any) -> httpx.Response:
        """A request below /_sim."""
        return await self._http.post(f"{self._sandbox.salesforce_url}/_sim{path}", json=fields)


@pytest.fixture
def org(sandbox: Sandbox, http: httpx.AsyncClient) -> Org:
    """The org at its start."""
    return Org(sandbox, http)


def code(response: httpx.Response) -> tuple[int, str]:
    """The status and the code of an error."""
    return response.status_code, response.json()[0]["errorCode"]


async def test_a_login_says_nothing_of_its_end(org: Org) -> None:
    """A session, an instance, an id; a wrong secret is a 400 of OAuth's own shape."""
    granted, refused = await org.login(), await org.login("wrong")
    assert {"access_token", "instance_url", "id", "token_type", "issued_at", "signature", "scope"} == set(
        granted.json()
    )
    assert (400, "invalid_client") == (refused.status_code, refused.json()["error"])


async def test_an_upsert_creates_once(sandbox: Sandbox, org: Org) -> None:
    """201 with `created`, then 200 without; the external id may not be repeated in the body."""
    first = await org.ask("PATCH", f"{KEYED}/one", json={"Subject": "Down"})
    second = await org.ask("PATCH", f"{KEYED}/ONE", json={"Subject": "Down"})
    assert [(201, True), (200, False)] == [(each.status_code, each.json()["created"]) for each in (first, second)]
    assert first.json()["id"] == second.json()["id"]
    assert (400, "INVALID_FIELD") == code(await org.ask("PATCH", f"{KEYED}/two", json={"Holdline_Key__c": "two"}))
    assert 1 == len(sandbox.salesforce.ledger)


async def test_two_with_one_key_are_a_list(org: Org) -> None:
    """300, for reading and for writing."""
    for _ in range(2):
        await org.ask("POST", "/sobjects/Case", json={"Subject": "Down", "Holdline_Key__c": "one"})
    for method in ("PATCH", "GET"):
        answer = await org.ask(method, f"{KEYED}/one", json={})
        assert (300, 2) == (answer.status_code, len(answer.json()))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"Colour": "red"}, "INVALID_FIELD"),
        ({"Priority": "P1"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"Subject": "s" * 256}, "STRING_TOO_LONG"),
    ],
)
async def test_a_field_that_does_not_fit(sandbox: Sandbox, org: Org, fields: dict[str, str], expected: str) -> None:
    """400 with a code of its own, and nothing is committed."""
    assert (400, expected) == code(await org.ask("POST", "/sobjects/Case", json=fields))
    assert [] == sandbox.salesforce.ledger


@pytest.mark.parametrize(
    ("oddities", "expected"),
    [
        ({"validation_rule": "A site is needed."}, (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION")),
        ({"locked": True}, (400, "UNABLE_TO_LOCK_ROW")),
        ({"readonly": True}, (403, "INSUFFICIENT_ACCESS_OR_READONLY")),
        ({"exhausted": True}, (403, "REQUEST_LIMIT_EXCEEDED")),
        ({"raced": True}, (400, "DUPLICATE_VALUE")),
    ],
)
async def test_oddities(org: Org, oddities: dict[str, Any], expected: tuple[int, str]) -> None:
    """A status for several reasons."""
    await org.control("/oddities", **oddities)
    assert expected == code(await org.ask("PATCH", f"{KEYED}/one", json={"Subject": "Down"}))


async def test_a_list_is_a_success_whatever_became_of_its_rows(org: Org) -> None:
    """200, and each row with its own."""
    id = (await org.ask("PATCH", f"{KEYED}/one", json={"Subject": "Down"})).json()["id"]
    rows = [{"id": id, "Status": "Working"}, {"id": id, "Status": "Odd"}, {"id": "500000000000009AAA"}]
    answer = await org.ask("PATCH", "/composite/sobjects", json={"records": rows})
    told = [(row["success"], [each["statusCode"] for each in row["errors"]]) for row in answer.json()]
    assert 200 == answer.status_code
    assert [
        (True, []),
        (False, ["INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"]),
        (False, ["NOT_FOUND"]),
    ] == told


async def test_queries(org: Org) -> None:
    """Conditions, order, limit, names across a relation; an empty field is null, a quote is escaped."""
    for key in ("it's", "b"):
        await org.ask("PATCH", f"{KEYED}/{key}", json={"Subject": key})
    found = await org.rows("SELECT Subject, Site__c, Owner.Name FROM Case WHERE Holdline_Key__c = 'it\\'s'")
    (row,) = [{name: value for name, value in row.items() if name != "attributes"} for row in found]
    assert {
        "Subject": "it's",
        "Site__c": None,
        "Owner": {"attributes": {"type": "Name"}, "Name": "Telephony"},
    } == row
    ordered = await org.rows("SELECT Subject FROM Case ORDER BY CaseNumber DESC LIMIT 1")
    assert ["b"] == [row["Subject"] for row in ordered]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT Id FROM Case WHERE Colour = 'red'", "INVALID_FIELD"),
        ("SELECT Id FROM Colour", "INVALID_TYPE"),
        ("DELETE Case", "MALFORMED_QUERY"),
    ],
)
async def test_a_query_that_cannot_be_answered(org: Org, query: str, expected: str) -> None:
    """Told before any row is looked at."""
    assert (400, expected) == code(await org.ask("GET", "/query", params={"q": query}))


async def test_comments_and_people(sandbox: Sandbox, org: Org) -> None:
    """A comment needs a case; people change cases and comment on them."""
    id = (await org.ask("PATCH", f"{KEYED}/one", json={"Subject": "Down"})).json()["id"]
    made = await org.ask("POST", "/sobjects/CaseComment", json={"ParentId": id, "CommentBody": "On it."})
    lost = await org.ask("POST", "/sobjects/CaseComment", json={"ParentId": "500x", "CommentBody": "On it."})
    assert (201, (400, "INVALID_CROSS_REFERENCE_KEY")) == (made.status_code, code(lost))
    await org.control("/deeds", record="00000001", fields={"Status": "Closed"}, comment="Done.")
    (case,) = sandbox.salesforce.cases.all.values()
    assert (True, ["On it.", "Done."]) == (case.closed, [each["CommentBody"] for each in case.comments])
    assert 400 == (await org.control("/deeds", record="9")).status_code


async def test_a_closed_case_may_be_final(sandbox: Sandbox, org: Org) -> None:
    """It takes neither a change nor a comment; an open one takes both."""
    id = (await org.ask("PATCH", f"{KEYED}/one", json={"Subject": "Down"})).json()["id"]
    await org.control("/oddities", final=True)
    for status, expected in (("New", (204, 201)), ("Closed", (400, 400))):
        await org.control("/deeds", record="00000001", fields={"Status": status})
        changed = await org.ask("PATCH", f"/sobjects/Case/{id}", json={"Subject": "Up"})
        said = await org.ask("POST", "/sobjects/CaseComment", json={"ParentId": id, "CommentBody": "On it."})
        assert expected == (changed.status_code, said.status_code)


async def test_reading_one(org: Org) -> None:
    """By either length of its id, with the fields asked for; usage is told with every answer."""
    id = (await org.ask("PATCH", f"{KEYED}/one", json={"Subject": "Down"})).json()["id"]
    answer = await org.ask("GET", f"/sobjects/Case/{id[:15]}", params={"fields": "CaseNumber,IsClosed"})
    assert ("00000001", False) == (answer.json()["CaseNumber"], answer.json()["IsClosed"])
    assert answer.headers["sforce-limit-info"].startswith("api-usage=2/")
    assert (404, "NOT_FOUND") == code(await org.ask("GET", "/sobjects/Case/500000000000009AAA"))
    assert (400, "INVALID_FIELD") == code(await org.ask("GET", f"/sobjects/Case/{id}", params={"fields": "Colour"}))


async def test_a_session_that_ended(sandbox: Sandbox, org: Org) -> None:
    """401 INVALID_SESSION_ID, whatever was asked."""
    await org.login()
    sandbox.salesforce.revoke_tokens()
    assert (401, "INVALID_SESSION_ID") == code(await org.ask("GET", "/query", params={"q": "SELECT Id FROM Case"}))
