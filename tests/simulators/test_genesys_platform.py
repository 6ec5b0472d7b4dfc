"""Genesys: login, tokens, permissions, limits, reads, and the strict write of a route."""

from typing import Any

import httpx
import pytest

from holdline.simulators.sandbox import Sandbox, SandboxSettings
from holdline.simulators.settings import GenesysSettings
from tests.simulators.vendors import EDGES, Vendors


@pytest.mark.parametrize(
    ("secret", "content_type", "body", "status", "error"),
    [
        ("wrong", "application/x-www-form-urlencoded", "grant_type=client_credentials", 401, "invalid_client"),
        ("", "application/json", "{}", 400, "invalid_request"),
        ("", "application/x-www-form-urlencoded", "", 400, "invalid_request"),
        ("", "application/x-www-form-urlencoded", "grant_type=password", 400, "unsupported_grant_type"),
    ],
)
async def test_login_errors_have_the_oauth_shape(
    sandbox: Sandbox, http: httpx.AsyncClient, secret: str, content_type: str, body: str, status: int, error: str
) -> None:
    """A refused login says error and description, not the platform's error body."""
    client = sandbox.settings.genesys.clients[0]
    response = await http.post(
        f"{sandbox.genesys_url}/oauth/token",
        content=body,
        headers={"content-type": content_type},
        auth=(client.id, secret or client.secret),
    )
    assert (status, error) == (response.status_code, response.json()["error"])
    assert {"error", "description", "error_description"} == set(response.json())


@pytest.mark.parametrize(
    ("authorization", "code"),
    [({}, "authentication.required"), ({"authorization": "Bearer nobody"}, "bad.credentials")],
)
async def test_a_request_without_a_good_token_is_refused(
    sandbox: Sandbox, http: httpx.AsyncClient, authorization: dict[str, str], code: str
) -> None:
    """401 names what is wrong with the credentials, in the platform's error body."""
    response = await http.get(f"{sandbox.genesys_url}/api/v2/date", headers=authorization)
    assert (401, code) == (response.status_code, response.json()["code"])
    assert response.headers["ININ-Correlation-Id"] == response.json()["contextId"]


@pytest.mark.parametrize(("action", "code"), [("expire", "credentials.expired"), ("revoke", "bad.credentials")])
async def test_tokens_end(sandbox: Sandbox, vendors: Vendors, action: str, code: str) -> None:
    """An expired token and a revoked one are refused, each in its own words."""
    headers = await vendors.login()
    await vendors.http.post(f"{sandbox.genesys_url}/_sim/tokens", json={"action": action})
    response = await vendors.http.get(f"{sandbox.genesys_url}/api/v2/date", headers=headers)
    assert (401, code) == (response.status_code, response.json()["code"])


async def test_logging_out_voids_the_token(sandbox: Sandbox, vendors: Vendors) -> None:
    """DELETE of one's own token ends it."""
    headers, url = await vendors.login(), f"{sandbox.genesys_url}/api/v2/tokens/me"
    codes = [(await vendors.http.request(m, url, headers=headers)).status_code for m in ("HEAD", "DELETE", "HEAD")]
    assert [200, 200, 401] == codes


async def test_a_client_without_the_permission_is_refused(sandbox: Sandbox, vendors: Vendors) -> None:
    """403 names the permission that the role lacks."""
    headers = await vendors.login(client=1)
    response = await vendors.http.get(f"{sandbox.genesys_url}{EDGES}/trunks", headers=headers)
    assert (403, "missing.any.permissions") == (response.status_code, response.json()["code"])
    assert "telephony:plugin:all" in response.json()["message"]


async def test_the_301st_request_of_a_minute_is_throttled(vendors: Vendors) -> None:
    """A token has 300 requests a minute, sees them counted, and is then told when to come back."""
    headers, url = await vendors.login(), f"{vendors.sandbox.genesys_url}/api/v2/date"
    answers = [await vendors.http.get(url, headers=headers) for _ in range(301)]
    assert ("300", "300") == tuple(answers[299].headers[f"inin-ratelimit-{n}"] for n in ("count", "allowed"))
    assert (429, "too.many.requests.retry.after") == (answers[300].status_code, answers[300].json()["code"])
    assert f"[{answers[300].headers['retry-after']}] seconds" in answers[300].json()["message"]


@pytest.mark.parametrize(
    "path",
    ["/trunks/x", "/trunkbasesettings/x", "/sites/x", "/sites/x/outboundroutes", "/x", "/trunks/metrics?trunkIds=x"],
)
async def test_what_does_not_exist_is_not_found(vendors: Vendors, path: str) -> None:
    """404 comes in the platform's error body."""
    response = await vendors.genesys("GET", EDGES + path)
    assert (404, "not.found") == (response.status_code, response.json()["code"])


async def test_a_path_that_genesys_does_not_have(vendors: Vendors) -> None:
    """An invented URL is refused like a missing entity."""
    assert 404 == (await vendors.genesys("GET", "/api/v2/trunks")).status_code


async def test_trunks_are_listed_page_by_page(vendors: Vendors) -> None:
    """Pages carry totals and the way to their neighbours."""
    page = (await vendors.genesys("GET", f"{EDGES}/trunks?pageSize=4&pageNumber=2")).json()
    assert (6, 2, 2, 2) == (page["total"], page["pageCount"], page["pageNumber"], len(page["entities"]))
    assert ("nextUri" in page, "previousUri" in page) == (False, True)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("trunkBase.id={0.primary_base_id}", 1),
        ("trunkType=EXTERNAL", 6),
        ("trunkType=PHONE", 0),
        ("edge.id=x", 0),
    ],
)
async def test_trunks_are_filtered(vendors: Vendors, query: str, count: int) -> None:
    """The listing keeps to its filters."""
    page = await vendors.genesys("GET", f"{EDGES}/trunks?{query.format(vendors.vienna)}")
    assert count == page.json()["total"]


@pytest.mark.parametrize("query", ["trunks?pageSize=0", "trunks?pageNumber=x", "trunks?trunkType=X", "trunks/metrics"])
async def test_a_bad_query_is_refused(vendors: Vendors, query: str) -> None:
    """400 for a query that the platform does not take."""
    assert 400 == (await vendors.genesys("GET", f"{EDGES}/{query}")).status_code


async def test_a_trunk_leads_to_its_site(vendors: Vendors) -> None:
    """From a trunk over its edge to the site and the routes of the site."""
    trunk = (await vendors.genesys("GET", f"{EDGES}/trunks/{vendors.vienna.primary_trunk_id}")).json()
    edge = (await vendors.genesys("GET", f"{EDGES}/{trunk['edge']['id']}")).json()
    routes = await vendors.genesys("GET", f"{EDGES}/sites/{edge['site']['id']}/outboundroutes")
    assert [vendors.vienna.route_id] == [route["id"] for route in routes.json()["entities"]]


async def test_a_write_raises_the_version_and_is_in_the_ledger(sandbox: Sandbox, vendors: Vendors) -> None:
    """Reordering a route commits one change with its order before and after."""
    response = await vendors.reorder()
    first, second = vendors.vienna.primary_base_id, vendors.vienna.secondary_base_id
    assert 2 == response.json()["version"]
    (entry,) = sandbox.genesys.ledger
    assert ("route.changed", [first, second], [second, first], 2) == (
        entry["kind"],
        entry["before"],
        entry["after"],
        entry["version"],
    )


async def test_a_stale_version_conflicts(sandbox: Sandbox, vendors: Vendors) -> None:
    """A write with yesterday's version gets 409 and changes nothing."""
    await vendors.reorder()
    response = await vendors.reorder(version=1)
    assert (409, "general.conflict", 1) == (
        response.status_code,
        response.json()["code"],
        len(sandbox.genesys.ledger),
    )


async def test_a_write_of_the_same_is_no_change(sandbox: Sandbox, vendors: Vendors) -> None:
    """Writing a route as it is raises its version, and the ledger calls it unchanged."""
    body = (await vendors.genesys("GET", vendors.route_path())).json()
    assert 2 == (await vendors.genesys("PUT", vendors.route_path(), json=body)).json()["version"]
    assert ["route.unchanged"] == [entry["kind"] for entry in sandbox.genesys.ledger]


async def test_what_a_write_omits_is_cleared(sandbox: Sandbox, vendors: Vendors) -> None:
    """PUT replaces the whole: a body without trunk bases leaves the site without a carrier."""
    response = await vendors.genesys("PUT", vendors.route_path(), json={"name": "Vienna", "version": 1})
    assert ([], False) == (response.json()["externalTrunkBases"], response.json()["enabled"])
    assert 1.0 == sandbox.genesys.view()["sites"][0]["failing_share"]


@pytest.mark.parametrize(
    "changes",
    [
        {"version": None},
        {"version": "1"},
        {"name": " "},
        {"distribution": "WEIGHTED"},
        {"enabled": "yes"},
        {"classificationTypes": "National"},
        {"externalTrunkBases": ["x"]},
        {"externalTrunkBases": [{"id": "x"}]},
        {"externalTrunkBases": [{"id": ["x"]}]},
    ],
)
async def test_a_bad_route_is_refused(sandbox: Sandbox, vendors: Vendors, changes: dict[str, Any]) -> None:
    """400 for a body that is no route, and nothing is committed."""
    assert 400 == (await vendors.reorder(**changes)).status_code
    assert [] == sandbox.genesys.ledger


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b" " * 512_001, "application/json", 413),
    ],
)
async def test_a_body_that_is_no_json_object_is_refused(
    vendors: Vendors, content: bytes, content_type: str, status: int
) -> None:
    """The platform takes JSON objects of at most 512,000 bytes."""
    headers = {**await vendors.login(), "content-type": content_type}
    url = vendors.sandbox.genesys_url + vendors.route_path()
    assert status == (await vendors.http.put(url, content=content, headers=headers)).status_code


async def test_a_method_that_a_path_does_not_take(vendors: Vendors) -> None:
    """405 comes in the platform's error body."""
    response = await vendors.genesys("PATCH", vendors.route_path())
    assert (405, "method.not.allowed") == (response.status_code, response.json()["code"])


async def test_limits_can_be_taken_off_for_benchmarks() -> None:
    """Without limits no window is ever full."""
    settings = SandboxSettings(genesys=GenesysSettings(requests_per_minute=1)).without_limits()
    assert (None, None) == (settings.genesys.requests_per_minute, settings.pagerduty.events_per_minute)
