"""The controls below `/_sim`: faults, ledger, requests, reset, and sentences for bad input."""

import httpx
import pytest

from holdline.simulators.sandbox import Sandbox
from tests.simulators.vendors import Vendors


async def test_faults_are_ordered_listed_and_withdrawn(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    """The order of a fault has the documented shape, and so has the list of what remains."""
    faults = f"{sandbox.pagerduty_url}/_sim/faults"
    order = {"match": {"method": "POST", "path": "/v2"}, "kind": "status", "when": "after", "times": 2}
    assert 201 == (await http.post(faults, json={**order, "retry_after": 3})).status_code
    (listed,) = (await http.get(faults)).json()
    assert {**order, "retry_after": 3, "status": 503, "seconds": None} == listed
    assert {"removed": 1} == (await http.delete(faults)).json()
    assert [] == (await http.get(faults)).json()


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({"kind": "gremlin"}, "kind: Input should be 'latency', 'status'"),
        ({"kind": "reset", "when": "sometimes"}, "when: Input should be 'before' or 'after'"),
        ({"kind": "reset", "match": {"path": "v2"}}, "match.path"),
        ({"kind": "reset", "times": 0}, "times: Input should be greater than or equal to 1"),
        ({"kind": "reset", "often": 3}, "often: Extra inputs are not permitted"),
        ({}, "kind: Field required"),
        ({"kind": "token_revoked"}, "This vendor issues no tokens"),
    ],
)
async def test_a_bad_fault_is_refused(
    sandbox: Sandbox, http: httpx.AsyncClient, order: dict[str, object], said: str
) -> None:
    """A fault that cannot be carried out gets 400 and a sentence that names the field."""
    response = await http.post(f"{sandbox.pagerduty_url}/_sim/faults", json=order)
    assert (400, True) == (response.status_code, said in response.json()["error"])


@pytest.mark.parametrize(
    ("simulator", "path", "body", "status", "said"),
    [
        ("genesys", "/_sim/world/trunks/none", {"connected": False}, 404, "There is no trunk none"),
        ("genesys", "/_sim/targets", {"url": "ftp://x"}, 400, "url: "),
        ("genesys", "/_sim/targets", {"url": "http://x", "api_key": "a", "bearer": "b"}, 400, "not both"),
        ("genesys", "/_sim/tokens", {"action": "melt"}, 400, "action: "),
        ("pagerduty", "/_sim/ack", {}, 400, "either a dedup_key or an incident_id"),
        ("pagerduty", "/_sim/ack", {"dedup_key": "none"}, 404, "No open incident has none."),
        ("pagerduty", "/_sim/targets", {"url": "http://x", "secrets": []}, 400, "secrets: "),
        ("twilio", "/_sim/reply", {"from": "0660", "body": "ACK"}, 400, "from: "),
        ("twilio", "/_sim/reply", {"from": "+43660123456", "body": "ACK"}, 400, "No inbound target is set"),
        ("twilio", "/_sim/nothing", {}, 404, "/_sim/nothing takes no POST."),
    ],
)
async def test_bad_input_is_answered_with_a_sentence(
    sandbox: Sandbox, http: httpx.AsyncClient, simulator: str, path: str, body: object, status: int, said: str
) -> None:
    """Whatever a control cannot follow, it says why."""
    response = await http.post(sandbox.urls()[simulator] + path, json=body)
    assert (status, True) == (response.status_code, said in response.json()["error"])


async def test_a_body_that_is_no_json_is_refused(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    """A control says so when its body is not JSON."""
    response = await http.post(f"{sandbox.twilio_url}/_sim/faults", content=b"{")
    assert (400, True) == (response.status_code, "needs a JSON object" in response.json()["error"])


async def test_the_request_log_holds_no_credential(sandbox: Sandbox, vendors: Vendors) -> None:
    """The log of requests shows paths and outcomes, and neither headers nor bodies."""
    await vendors.genesys("GET", "/api/v2/date")
    await vendors.http.get(f"{sandbox.genesys_url}/api/v2/date", headers={"x-request-id": "r-1"})
    log = await vendors.http.get(f"{sandbox.genesys_url}/_sim/requests")
    assert [200, 200, 401] == [entry["status"] for entry in log.json()]
    assert "r-1" == log.json()[-1]["request_id"]
    assert "secret" not in log.text


async def test_the_ledger_is_served_in_the_order_of_commits(sandbox: Sandbox, vendors: Vendors) -> None:
    """The ledger lists each effect with its number, time, kind, count and request id."""
    for _ in range(3):
        await vendors.enqueue(vendors.event(), **{"x-request-id": "r-7"})
    entries = (await vendors.http.get(f"{sandbox.pagerduty_url}/_sim/ledger")).json()
    assert [(1, "page.triggered", 1), (2, "page.deduplicated", 1), (3, "page.deduplicated", 2)] == [
        (entry["seq"], entry["kind"], entry["count"]) for entry in entries
    ]
    assert {"r-7"} == {entry["request_id"] for entry in entries}


async def test_reset_puts_everything_back(sandbox: Sandbox, vendors: Vendors) -> None:
    """Reset empties ledger, request log and faults, and mends the world."""
    sandbox.genesys.set_trunk(vendors.vienna.primary_trunk_id, connected=False)
    await vendors.reorder()
    await vendors.http.post(f"{sandbox.genesys_url}/_sim/faults", json={"kind": "reset"})
    await vendors.http.post(f"{sandbox.genesys_url}/_sim/reset")
    site = sandbox.genesys.view()["sites"][0]
    assert (1, 0.0) == (site["route"]["version"], site["failing_share"])
    assert ([], [], []) == (sandbox.genesys.ledger, sandbox.genesys.faults.listed(), [*sandbox.genesys.requests])
