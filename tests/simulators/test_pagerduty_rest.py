"""PagerDuty: incidents over REST, people, lapsing acknowledgements, signed webhooks."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest

from holdline.simulators.sandbox import Sandbox, SandboxSettings, WebhookTarget
from holdline.simulators.settings import PagerDutySettings, PagerService, Retries
from tests.simulators.receiver import Post, Receiver
from tests.simulators.vendors import Vendors


async def opened(vendors: Vendors) -> str:
    """Trigger an incident; its id."""
    await vendors.enqueue(vendors.event())
    return str(vendors.sandbox.pagerduty.ledger[-1]["incident_id"])


async def deed(vendors: Vendors, what: str, **body: str) -> int:
    """Let a person act; the status of the answer."""
    response = await vendors.http.post(f"{vendors.sandbox.pagerduty_url}/_sim/{what}", json=body)
    return response.status_code


async def test_an_incident_is_found_by_dedup_key(vendors: Vendors) -> None:
    """The query matches the alert's key although the incident's own key is null."""
    id = await opened(vendors)
    found = (await vendors.rest("GET", "/incidents?incident_key=incident-1&date_range=all")).json()
    assert [(id, None, "triggered")] == [(i["id"], i["incident_key"], i["status"]) for i in found["incidents"]]
    assert [] == (await vendors.rest("GET", "/incidents?incident_key=other")).json()["incidents"]


async def test_alerts_carry_the_key(vendors: Vendors) -> None:
    """An incident's alert has the dedup_key, and is triggered even while the incident is acknowledged."""
    id = await opened(vendors)
    await deed(vendors, "ack", dedup_key="incident-1")
    (alert,) = (await vendors.rest("GET", f"/incidents/{id}/alerts")).json()["alerts"]
    assert ("incident-1", "triggered", id) == (alert["alert_key"], alert["status"], alert["incident"]["id"])
    assert [] == (await vendors.rest("GET", f"/incidents/{id}/alerts?alert_key=other")).json()["alerts"]


async def test_acknowledgers_are_shown_in_full_on_request(vendors: Vendors) -> None:
    """An acknowledgement names the person by reference, or in full when included."""
    id = await opened(vendors)
    await deed(vendors, "ack", incident_id=id, by="jonas.weber@example.com")
    brief = (await vendors.rest("GET", f"/incidents/{id}")).json()["incident"]
    full = (await vendors.rest("GET", "/incidents?include[]=acknowledgers")).json()["incidents"][0]
    assert ("acknowledged", "user_reference", "user", "Jonas Weber") == (
        brief["status"],
        brief["acknowledgements"][0]["acknowledger"]["type"],
        full["acknowledgements"][0]["acknowledger"]["type"],
        full["acknowledgements"][0]["acknowledger"]["name"],
    )


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("statuses[]=triggered", 2),
        ("statuses[]=resolved&statuses[]=acknowledged", 1),
        ("service_ids[]=PSVC002", 0),
        ("limit=2", 2),
        ("limit=2&offset=2", 1),
        ("since=2001-01-01T00:00:00Z&until=2001-02-01T00:00:00Z", 0),
    ],
)
async def test_incidents_are_filtered_and_paged(vendors: Vendors, query: str, count: int) -> None:
    """The list keeps to statuses, services, dates and pages."""
    for key in ("a", "b", "c"):
        await vendors.enqueue(vendors.event(key=key))
    await deed(vendors, "resolve", dedup_key="a")
    assert count == len((await vendors.rest("GET", f"/incidents?{query}")).json()["incidents"])


async def test_more_says_whether_a_page_follows(vendors: Vendors) -> None:
    """`more` is true until the last page, and `total` is only counted on request."""
    for key in ("a", "b", "c"):
        await vendors.enqueue(vendors.event(key=key))
    pages = [(await vendors.rest("GET", f"/incidents?limit=2&offset={n}&total=true")).json() for n in (0, 2)]
    assert [(True, 3), (False, 3)] == [(page["more"], page["total"]) for page in pages]
    assert (await vendors.rest("GET", "/incidents")).json()["total"] is None


@pytest.mark.parametrize(
    "query",
    ["limit=101", "limit=x", "offset=10001", "statuses[]=open", "since=noon", "since=2001-01-01T00:00:00Z"],
)
async def test_a_bad_query_is_refused(vendors: Vendors, query: str) -> None:
    """400 in PagerDuty's error body."""
    await opened(vendors)
    response = await vendors.rest("GET", f"/incidents?{query}")
    assert (400, 2001) == (response.status_code, response.json()["error"]["code"])


async def test_rest_needs_the_key_and_counts(vendors: Vendors) -> None:
    """401 without the key; with it, the standing in the headers."""
    response = await vendors.rest("GET", "/incidents", headers={"authorization": "Token token=no"})
    assert (401, 2006) == (response.status_code, response.json()["error"]["code"])
    headers = (await vendors.rest("GET", "/incidents")).headers
    assert ("960", "959") == (headers["ratelimit-limit"], headers["ratelimit-remaining"])


async def test_an_unknown_incident(vendors: Vendors) -> None:
    """404 in PagerDuty's error body."""
    response = await vendors.rest("GET", "/incidents/Q0")
    assert (404, {"message": "Not Found", "code": 2100, "errors": []}) == (
        response.status_code,
        response.json()["error"],
    )


FROM = {"from": "holdline@example.com"}


async def test_put_acknowledges_and_resolves(sandbox: Sandbox, vendors: Vendors) -> None:
    """PUT moves an incident on in the name of the From header, once it is resolved no further."""
    id = await opened(vendors)
    answers = []
    for status in ("acknowledged", "resolved", "acknowledged"):
        body = {"incident": {"type": "incident", "status": status}}
        answers.append(await vendors.rest("PUT", f"/incidents/{id}", json=body, headers=FROM))
    assert [200, 200, 400] == [answer.status_code for answer in answers]
    assert [("page.acknowledged", "Holdline", "rest"), ("page.resolved", "Holdline", "rest")] == [
        (entry["kind"], entry["by"], entry["via"]) for entry in sandbox.pagerduty.ledger[1:]
    ]


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        ({"incident": {"type": "incident", "status": "resolved"}}, {}, 1008),
        ({"incident": {"status": "resolved"}}, FROM, 2001),
        ({"incident": {"type": "incident", "status": "triggered"}}, FROM, 2001),
        ({"incident": {"type": "incident", "escalation_level": 0}}, FROM, 2001),
        ([], FROM, 2001),
    ],
)
async def test_a_bad_put_is_refused(vendors: Vendors, body: object, headers: dict[str, str], code: int) -> None:
    """400 for a PUT without a known person, a type or a possible wish."""
    id = await opened(vendors)
    response = await vendors.rest("PUT", f"/incidents/{id}", json=body, headers=headers)
    assert (400, code) == (response.status_code, response.json()["error"]["code"])


async def test_unack_and_escalate_trigger_again(sandbox: Sandbox, vendors: Vendors) -> None:
    """An acknowledgement taken back, or an escalation, leaves the incident triggered."""
    id = await opened(vendors)
    assert 400 == await deed(vendors, "unack", incident_id=id)
    for what in ("ack", "unack", "ack", "escalate"):
        assert 200 == await deed(vendors, what, incident_id=id)
    assert ("triggered", 2) == (sandbox.pagerduty.ledger[-1]["status"], sandbox.pagerduty.ledger[-1]["level"])


def event(post: Post) -> dict[str, Any]:
    """The event of a webhook."""
    found: dict[str, Any] = json.loads(post.body)["event"]
    return found


async def test_an_acknowledgement_lapses(receiver: Receiver, vendors: Vendors) -> None:
    """After the service's timeout an acknowledged incident is triggered again, and says so."""
    service = PagerService(id="P1", name="One", routing_key="1" * 32, ack_timeout=timedelta(milliseconds=20))
    account = PagerDutySettings(services=(service,), webhooks=WebhookTarget(url=receiver.url))
    async with Sandbox(SandboxSettings(pagerduty=account)).running() as sandbox:
        lapsing = Vendors(sandbox, vendors.http)
        id = await opened(lapsing)
        await deed(lapsing, "ack", incident_id=id)
        posts = await receiver.at_least(3)
        incident = (await lapsing.rest("GET", f"/incidents/{id}")).json()["incident"]
    assert "incident.unacknowledged" in {event(post)["event_type"] for post in posts}
    assert ("triggered", [], "page.unacknowledged") == (
        incident["status"],
        incident["acknowledgements"],
        sandbox.pagerduty.ledger[-1]["kind"],
    )


async def test_webhooks_tell_the_story(sandbox: Sandbox, vendors: Vendors, receiver: Receiver) -> None:
    """Every change of an incident is one webhook with the incident's key and its new status."""
    sandbox.pagerduty.target = WebhookTarget(url=receiver.url)
    id = await opened(vendors)
    for what in ("ack", "unack", "escalate", "resolve"):
        await deed(vendors, what, incident_id=id)
    await sandbox.pagerduty.courier.settled()
    told = {event(post)["event_type"]: event(post)["data"] for post in receiver.posts}
    names = ("triggered", "acknowledged", "unacknowledged", "escalated", "resolved")
    assert {f"incident.{name}" for name in names} == set(told)
    assert {(id, "incident-1")} == {(data["id"], data["incident_key"]) for data in told.values()}
    assert "acknowledged" == told["incident.acknowledged"]["status"]


async def test_webhooks_are_signed_with_every_secret(sandbox: Sandbox, vendors: Vendors, receiver: Receiver) -> None:
    """While a secret is rotated, the signature header carries one signature for each."""
    secrets = ("old-secret", "new-secret")
    sandbox.pagerduty.target = WebhookTarget(url=receiver.url, secrets=secrets)
    await opened(vendors)
    (post,) = await receiver.at_least(1)
    digests = [hmac.new(s.encode(), post.body, hashlib.sha256).hexdigest() for s in secrets]
    assert ",".join(f"v1={digest}" for digest in digests) == post.headers["x-pagerduty-signature"]


async def test_a_refused_webhook_is_repeated(sandbox: Sandbox, vendors: Vendors, receiver: Receiver) -> None:
    """At least once: the same event comes again until it is accepted."""
    receiver.refuse = 2
    sandbox.pagerduty.target = WebhookTarget(url=receiver.url)
    await opened(vendors)
    await sandbox.pagerduty.courier.settled()
    assert (3, 1) == (len(receiver.posts), len({event(post)["id"] for post in receiver.posts}))


async def test_a_webhook_is_given_up_in_the_end(vendors: Vendors) -> None:
    """When nobody ever answers, the log of deliveries says that it was given up."""
    retries = Retries(first=timedelta(milliseconds=1), attempts=3)
    account = PagerDutySettings(webhooks=WebhookTarget(url="http://127.0.0.1:9/hook"))
    async with Sandbox(SandboxSettings(pagerduty=account, retries=retries)).running() as sandbox:
        await opened(Vendors(sandbox, vendors.http))
        await sandbox.pagerduty.courier.settled()
        (entry,) = sandbox.pagerduty.courier.log
    assert (3, "given up", "ConnectError") == (entry["attempts"], entry["outcome"], entry["status"])
