"""PagerDuty: the Events API is strict about events and folds triggers of an open key together."""

from typing import Any

import pytest

from holdline.simulators.sandbox import Sandbox, SandboxSettings
from holdline.simulators.settings import PagerDutySettings
from tests.simulators.vendors import Vendors


def kinds(sandbox: Sandbox) -> list[str]:
    """The kinds of the ledger, in order."""
    return [entry["kind"] for entry in sandbox.pagerduty.ledger]


async def test_a_trigger_opens_once(sandbox: Sandbox, vendors: Vendors) -> None:
    """The second trigger of an open key joins the first."""
    answers = [await vendors.enqueue(vendors.event()) for _ in range(2)]
    assert [{"status": "success", "message": "Event processed", "dedup_key": "incident-1"}] * 2 == [
        answer.json() for answer in answers
    ]
    assert ["page.triggered", "page.deduplicated"] == kinds(sandbox)


async def test_another_service_opens_its_own(sandbox: Sandbox, vendors: Vendors) -> None:
    """The same key on another service is another incident."""
    for service in sandbox.settings.pagerduty.services[:2]:
        await vendors.enqueue(vendors.event(routing_key=service.routing_key))
    assert ["page.triggered"] * 2 == kinds(sandbox)


async def test_a_key_is_free_again_after_resolve(sandbox: Sandbox, vendors: Vendors) -> None:
    """A trigger after resolve opens a new incident."""
    for action in ("trigger", "acknowledge", "resolve", "trigger"):
        assert 202 == (await vendors.enqueue(vendors.event(action))).status_code
    assert ["page.triggered", "page.acknowledged", "page.resolved", "page.triggered"] == kinds(sandbox)
    assert 2 == len({entry["incident_id"] for entry in sandbox.pagerduty.ledger})


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
async def test_an_unknown_key_is_accepted_without_effect(sandbox: Sandbox, vendors: Vendors, action: str) -> None:
    """Acknowledging or resolving what is not open is 202 and nothing else."""
    assert 202 == (await vendors.enqueue(vendors.event(action, key="unknown"))).status_code
    assert [] == sandbox.pagerduty.ledger


async def test_a_trigger_without_key_gets_one(sandbox: Sandbox, vendors: Vendors) -> None:
    """Without a dedup_key the vendor makes one up, each time another."""
    keys = {(await vendors.enqueue(vendors.event(key=None))).json()["dedup_key"] for _ in range(2)}
    assert (2, ["page.triggered"] * 2) == (len(keys), kinds(sandbox))


PAYLOAD = {"summary": "s", "source": "x", "severity": "critical"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"routing_key": "short"}, "Length of 'routing_key' is incorrect (should be 32 characters)"),
        ({"routing_key": "-" * 32}, "'routing_key' cannot contain non-alphanumeric characters."),
        ({"routing_key": "X" * 32}, "Invalid routing key"),
        ({"routing_key": None}, "'routing_key' is missing or blank"),
        ({"event_action": "shout"}, "'event_action' is missing or invalid"),
        ({"dedup_key": "k" * 256}, "'dedup_key' is too long"),
        ({"dedup_key": 7}, "'dedup_key' must be a non-empty string"),
        ({"event_action": "resolve", "dedup_key": None}, "'dedup_key' is missing or blank"),
        ({"payload": None}, "'payload' is missing or blank"),
        ({"payload": {**PAYLOAD, "severity": "HIGH"}}, "'payload.severity' is invalid"),
        ({"payload": {**PAYLOAD, "severity": ["critical"]}}, "'payload.severity' is invalid"),
        ({"payload": {**PAYLOAD, "summary": ""}}, "'payload.summary' is missing or blank"),
        ({"payload": {**PAYLOAD, "summary": "s" * 1025}}, "'payload.summary' is too long"),
        ({"payload": {**PAYLOAD, "source": None}}, "'payload.source' is missing or blank"),
        ({"payload": {**PAYLOAD, "timestamp": "noon"}}, "'payload.timestamp' is not a valid"),
        ({"payload": {**PAYLOAD, "custom_details": "x"}}, "'payload.custom_details' must be an object"),
        ({"links": {}}, "'links' must be an array of objects"),
    ],
)
async def test_an_invalid_event_is_refused(
    sandbox: Sandbox, vendors: Vendors, changes: dict[str, Any], said: str
) -> None:
    """400 lists what is wrong, and nothing is committed."""
    response = await vendors.enqueue(vendors.event(**changes))
    assert (400, "invalid event") == (response.status_code, response.json()["status"])
    assert any(error.startswith(said) for error in response.json()["errors"])
    assert [] == sandbox.pagerduty.ledger


@pytest.mark.parametrize(("content", "status"), [(b"{", 400), (b"[]", 400), (b" " * 512_001, 413)])
async def test_a_body_that_is_no_event_is_refused(vendors: Vendors, content: bytes, status: int) -> None:
    """An event is a JSON object of at most 512 kB."""
    url = f"{vendors.sandbox.pagerduty_url}/v2/enqueue"
    assert status == (await vendors.http.post(url, content=content)).status_code


async def test_too_many_events_are_throttled(vendors: Vendors) -> None:
    """Each integration key has its own limit, and 429 names no time."""
    settings = SandboxSettings(pagerduty=PagerDutySettings(events_per_minute=2))
    async with Sandbox(settings).running() as sandbox:
        strict = Vendors(sandbox, vendors.http)
        answers = [await strict.enqueue(strict.event()) for _ in range(3)]
        other = strict.event(routing_key=settings.pagerduty.services[1].routing_key)
        assert 202 == (await strict.enqueue(other)).status_code
    assert [202, 202, 429] == [answer.status_code for answer in answers]
    assert "retry-after" not in answers[2].headers
