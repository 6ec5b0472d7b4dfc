"""PagerDuty's webhooks: what a person did to a page, and what is none of our business."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from holdline.domain.messages import AnswerKind
from holdline.gateway import pagerduty
from holdline.gateway.authentic import Delivery
from holdline.gateway.reading import PageAnswer, Reading, State
from tests.gateway.events import raw, webhook

KEY = "holdline/trunk_failure/7f3a/3"


def read(value: object) -> Reading:
    """Read a webhook that is verified."""
    return pagerduty.read(Delivery(raw(value), ()), datetime.now(UTC), timedelta(hours=72))


@pytest.mark.parametrize("kind", list(pagerduty.KINDS.values()))
def test_what_a_person_does_is_an_answer(kind: AnswerKind) -> None:
    """Acknowledged, taken back, resolved: by name, with the page's key."""
    sent = webhook(f"incident.{kind.value}", KEY)
    answer = PageAnswer.model_validate_json(read(sent).item)
    assert (kind, "Maria Huber", KEY, "Q2AIXW2ZIT3I8G") == (answer.kind, answer.by, answer.key, answer.incident)
    assert datetime.fromisoformat(sent["event"]["occurred_at"]) == answer.at
    assert "page/Q2AIXW2ZIT3I8G" == read(sent).lane


def test_the_key_may_be_null() -> None:
    """Then it is asked for when the answer is delivered."""
    assert PageAnswer.model_validate_json(read(webhook("incident.acknowledged", None)).item).key is None


@pytest.mark.parametrize("kind", ["incident.escalated", "incident.triggered", "service.updated", "pagey.ping"])
def test_other_event_types_are_dropped(kind: str) -> None:
    """They are authentic and say nothing about an acknowledgement."""
    assert (State.DROPPED, "") == (read(webhook(kind, KEY)).state, read(webhook(kind, KEY)).item)


@pytest.mark.parametrize("agent", [None, {"type": "service_reference", "summary": "Holdline"}])
def test_our_own_deeds_are_not_answers(agent: Any) -> None:
    """S3.9: what an integration did comes back as an event, and must not count as a person's word."""
    for kind in ("incident.resolved", "incident.acknowledged"):
        assert State.DROPPED == read(webhook(kind, KEY, agent=agent)).state


def test_pages_of_others_are_dropped() -> None:
    """The subscription may cover services that we do not page."""
    for key in ("somebody-elses-key", "holdline/trunk_failure/7f3a", "holdline/trunk_failure/7f3a/x", ""):
        assert (State.DROPPED, "") == (
            read(webhook("incident.acknowledged", key)).state,
            read(webhook("incident.acknowledged", key)).item,
        )


def test_an_acknowledgement_that_lapsed_is_nobodys_deed() -> None:
    """The vendor takes it back by itself, and that counts."""
    assert State.ACCEPTED == read(webhook("incident.unacknowledged", KEY, agent=None)).state


def test_an_old_webhook_is_dropped() -> None:
    """A10: the signature has no time, so the memory for ids is the defence, and it ends."""
    old = (datetime.now(UTC) - timedelta(hours=73)).isoformat()
    assert State.DROPPED == read(webhook("incident.acknowledged", KEY, occurred_at=old)).state
    late = (datetime.now(UTC) - timedelta(hours=47)).isoformat()
    assert State.ACCEPTED == read(webhook("incident.acknowledged", KEY, occurred_at=late)).state


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("event", {}),
        ("event", {"event": None}),
        ("event", {"events": []}),
        ("event_type", {"event": {"id": "1"}}),
        ("occurred_at", webhook("incident.acknowledged", KEY, occurred_at=None)),
        ("occurred_at", webhook("incident.acknowledged", KEY, occurred_at=1_763_700_000)),
        ("data", webhook("incident.acknowledged", KEY, data=None)),
        ("data.id", webhook("incident.acknowledged", KEY, data={"identifier": "Q1"})),
        ("data.id", webhook("incident.acknowledged", KEY, data={"id": "../x"})),
        ("incident_key", webhook("incident.acknowledged", KEY, data={"id": "Q1", "incident_key": 7})),
        ("event.id", webhook("incident.acknowledged", KEY, id=None)),
    ],
)
def test_drift_goes_to_review(path: str, value: Any) -> None:
    """S4.6: a webhook that changed its form is put aside, not refused: refusing would disable the subscription."""
    assert State.QUARANTINED == read(value).state
    assert path in read(value).reason


@pytest.mark.parametrize("body", [b"", b"[]", b'{"event":{"id":"a","id":"b"}}'])
def test_what_is_no_json_goes_to_review(body: bytes) -> None:
    """Also then."""
    reading = pagerduty.read(Delivery(body, ()), datetime.now(UTC), timedelta(hours=72))
    assert State.QUARANTINED == reading.state
