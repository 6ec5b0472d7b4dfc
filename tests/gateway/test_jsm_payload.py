"""Jira Service Management's webhook: what a person did to an alert, and what is none of our business."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client

from holdline.domain.acknowledgement import Via
from holdline.domain.incident import IncidentKind
from holdline.domain.keys import Incident, alias_of, workflow_id
from holdline.domain.messages import Answer, AnswerKind
from holdline.gateway import jsm
from holdline.gateway.authentic import Delivery
from holdline.gateway.reading import PageAnswer, Reading, State
from holdline.simulators.jsm.alert import Alert
from holdline.simulators.sandbox import Sandbox
from holdline.simulators.settings import JsmTarget
from tests.gateway.events import JSM, event, raw, trunk
from tests.gateway.running import Running, answered, described, eventually

KEY = "holdline/trunk_failure/7f3a/3"
WHO = "maria.huber"
MARIA = f"{WHO}@example.com"


def told(action: str = "Acknowledge", kind: str = "web", **alert: Any) -> dict[str, Any]:
    """A webhook about an alert of ours."""
    about = {
        "alertId": "052652ac-5d1c-464a-812a-7dd18bbfba8c",
        "alias": alias_of(KEY),
        "username": MARIA,
        "updatedAt": int(datetime.now(UTC).timestamp() * 10**9),
        "message": "Trunk down",
    }
    return {"action": action, "source": {"name": "", "type": kind}, "alert": about | alert}


def read(value: object) -> Reading:
    """Read a webhook that is verified."""
    return jsm.read(Delivery(raw(value), ()), datetime.now(UTC), timedelta(hours=72))


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("Acknowledge", AnswerKind.ACKNOWLEDGED),
        ("UnAcknowledge", AnswerKind.UNACKNOWLEDGED),
        ("Close", AnswerKind.RESOLVED),
    ],
)
def test_what_a_person_does_is_an_answer(action: str, kind: AnswerKind) -> None:
    """Acknowledged, taken back, closed: by name, with the page's key."""
    answer = PageAnswer.model_validate_json(read(told(action)).item)
    assert (kind, WHO, KEY) == (answer.kind, answer.by, answer.key)
    assert "page/052652ac-5d1c-464a-812a-7dd18bbfba8c" == read(told(action)).lane


@pytest.mark.parametrize("unit", [10**9, 10**6, 10**3])
def test_the_time_may_be_in_nanoseconds_or_less(unit: int) -> None:
    """The vendor's own examples have both."""
    at = datetime.now(UTC) - timedelta(minutes=5)
    answer = PageAnswer.model_validate_json(read(told(updatedAt=int(at.timestamp() * unit))).item)
    assert timedelta(seconds=1) > abs(answer.at - at)


def test_a_clock_that_runs_ahead_is_not_believed() -> None:
    """Nothing is done in the future."""
    ahead = int((datetime.now(UTC) + timedelta(hours=1)).timestamp() * 10**9)
    answer = PageAnswer.model_validate_json(read(told(updatedAt=ahead)).item)
    assert answer.at <= datetime.now(UTC)


def test_a_repetition_is_the_same_event() -> None:
    """The vendor names no delivery: alert, action and instant do."""
    once = told()
    assert read(once).event_id == read({**once, "integrationName": "again"}).event_id
    assert read(once).event_id != read({**once, "action": "Close"}).event_id


@pytest.mark.parametrize("action", ["Create", "AddNote", "AssignOwnership", "Escalate", "Snooze", "TestAction"])
def test_other_actions_are_dropped(action: str) -> None:
    """They are authentic and say nothing about an acknowledgement."""
    assert (State.DROPPED, "") == (read(told(action)).state, read(told(action)).item)


@pytest.mark.parametrize("over", [{"kind": "API"}, {"username": "Holdline"}])
def test_our_own_deeds_are_not_answers(over: dict[str, str]) -> None:
    """S3.9: what we did comes back as an event, and must not count as a person's word."""
    for action in ("Acknowledge", "Close"):
        assert State.DROPPED == read(told(action, **over)).state
    assert State.ACCEPTED == read(told("UnAcknowledge", **over)).state


@pytest.mark.parametrize(
    "alias", ["", "somebody-elses", "holdline~trunk_failure~7f3a", "holdline~trunk_failure~7f3a~x"]
)
def test_alerts_of_others_are_dropped(alias: str) -> None:
    """The integration may cover teams that we do not page."""
    assert State.DROPPED == read(told(alias=alias)).state


def test_an_old_webhook_is_dropped() -> None:
    """A10: nothing is signed with a time, so the memory for ids is the defence, and it ends."""
    old = int((datetime.now(UTC) - timedelta(hours=73)).timestamp() * 10**9)
    assert State.DROPPED == read(told(updatedAt=old)).state


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("action", {"alert": {}}),
        ("alert", {"action": "Close"}),
        ("alert.alertId", told(alertId="../x")),
        ("alert.alertId", told(alertId=None)),
        ("alert.alias", told(alias=None)),
        ("alert.updatedAt", told(updatedAt="yesterday")),
        ("alert.updatedAt", told(updatedAt=10**30)),
        ("alert.updatedAt", told(updatedAt=-1)),
    ],
)
def test_drift_goes_to_review(path: str, value: Any) -> None:
    """S4.6: a webhook that changed its form is put aside, not refused."""
    assert State.QUARANTINED == read(value).state
    assert path in read(value).reason


@pytest.mark.parametrize("body", [b"", b"[]", b'{"action":"a","action":"b"}'])
def test_what_is_no_json_goes_to_review(body: bytes) -> None:
    """Also then."""
    assert State.QUARANTINED == jsm.read(Delivery(body, ()), datetime.now(UTC), timedelta(hours=72)).state


@asynccontextmanager
async def aimed(gateway: Running, header: str, value: str) -> AsyncIterator[Sandbox]:
    """A site whose webhook goes to the gateway."""
    async with Sandbox().running() as sandbox:
        sandbox.jsm.target = JsmTarget(url=f"{gateway.url}/v1/jsm", header=header, value=value)
        yield sandbox


def opened(sandbox: Sandbox, entity: str) -> Alert:
    """An alert of the first episode of a trunk."""
    at, key = datetime.now(UTC), Incident(workflow_id(IncidentKind.TRUNK_FAILURE, entity), 1).page_key(1)
    alert = Alert(str(uuid4()), 1, alias_of(key), "Voice", {"message": "m"}, at, at)
    sandbox.jsm.desk.alerts.append(alert)
    return alert


@pytest.mark.parametrize(("header", "value"), [("x-api-key", JSM), ("authorization", f"Bearer {JSM}")])
async def test_a_person_who_acknowledges_there_has_the_incident(
    gateway: Running, client: Client, header: str, value: str
) -> None:
    """From the vendor's webhook to the incident, once, by the person's name."""
    entity = trunk()
    await gateway.event(event(entity))
    await eventually(lambda: described(client, entity))
    async with aimed(gateway, header, value) as sandbox:
        sandbox.jsm.desk.acknowledge(opened(sandbox, entity), MARIA)

        async def heard() -> list[Answer] | None:
            return await answered(client, entity) or None

        (answer,) = await eventually(heard)
        await sandbox.jsm.courier.settled()
    assert (AnswerKind.ACKNOWLEDGED, WHO, Via.JSM, 1) == (answer.kind, answer.by, answer.via, answer.epoch)


async def test_without_the_shared_secret_nobody_is_believed(gateway: Running) -> None:
    """No header, and another's value: 401 without detail."""
    body = raw(told())
    for headers in ({}, {"x-api-key": "x" * 40}, {"authorization": "Bearer wrong"}):
        reply = await gateway.http.post("/v1/jsm", content=body, headers=headers)
        assert (401, {"error": "not authentic"}) == (reply.status_code, reply.json())
