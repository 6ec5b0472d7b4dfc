"""EventBridge envelopes: which topics are ours, what a trunk's status means, and what goes to review."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from holdline.domain.incident import Severity
from holdline.domain.observation import Observation, Verdict
from holdline.gateway import genesys
from holdline.gateway.authentic import Delivery
from holdline.gateway.reading import Reading, State
from holdline.gateway.topics.topic import rules
from tests.gateway.events import envelope, raw

TRUNK = "7f3a0000-1111-4222-8333-444444444444"
TEMPLATE = "v2.telephony.providers.edges.trunks.{id}"


def read(value: object) -> Reading:
    """Read an envelope that is verified."""
    return genesys.read(Delivery(raw(value), ()), datetime.now(UTC), timedelta(hours=72), rules())


def about(body: dict[str, Any], topic: str | None = None, **over: Any) -> dict[str, Any]:
    """An envelope with this body of the topic."""
    found = envelope(TRUNK, **over)
    found["detail"]["eventBody"] = {"id": TRUNK, **body}
    if topic is not None:
        found["detail"]["topicName"] = topic
    return found


def options(*states: bool) -> list[dict[str, Any]]:
    """The OPTIONS state of each far end."""
    return [{"proxyAddress": f"10.0.0.{number}", "optionState": state} for number, state in enumerate(states)]


def registers(*states: bool) -> list[dict[str, Any]]:
    """The registration at each far end."""
    return [{"proxyAddress": f"10.0.0.{number}", "registerState": state} for number, state in enumerate(states)]


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ({"connectedStatus": {"connected": False}}, Verdict.BREACH),
        ({"connectedStatus": {"connected": True}}, Verdict.HEALTHY),
        ({"connectedStatus": {"connected": True}, "optionsStatus": options(False, False)}, Verdict.BREACH),
        ({"connectedStatus": {"connected": True}, "optionsStatus": options(False, True)}, Verdict.HEALTHY),
        ({"connectedStatus": None, "registersStatus": registers(False)}, Verdict.BREACH),
        ({"registersStatus": registers(True)}, Verdict.HEALTHY),
        ({"optionsStatus": [], "registersStatus": []}, Verdict.UNKNOWN),
        ({"optionsStatus": options(False), "optionsEnabledStatus": "DISABLED"}, Verdict.UNKNOWN),
        ({"registersStatus": registers(False), "registersEnabledStatus": "NOT_SUPPORTED"}, Verdict.UNKNOWN),
        ({"connectedStatus": {"connected": False}, "inService": False}, Verdict.UNKNOWN),
        ({"connectedStatus": {"connected": False}, "state": "inactive"}, Verdict.UNKNOWN),
        ({"connectedStatus": {"connected": False}, "inService": True, "state": "active"}, Verdict.BREACH),
    ],
)
def test_a_trunk_is_down_only_when_it_says_so(body: dict[str, Any], verdict: Verdict) -> None:
    """S1.1: missing is unknown, and out of service is an administrator's wish."""
    reading = read(about(body))
    assert State.ACCEPTED == reading.state, reading.reason
    assert verdict is Observation.model_validate_json(reading.item).verdict


def test_a_breach_of_a_trunk_is_critical() -> None:
    """The same severity as when the trunk is read; its name and the envelope's time come along."""
    found = envelope(TRUNK)
    found["detail"]["eventBody"]["name"] = "Carrier A"
    seen = Observation.model_validate_json(read(found).item)
    assert (Severity.CRITICAL, "Carrier A", "genesys") == (seen.severity, seen.entity.name, seen.source)
    assert datetime.fromisoformat(found["time"]) == seen.at
    assert found["id"] == seen.event_id


@pytest.mark.parametrize("topic", [TEMPLATE, f"v2.telephony.providers.edges.trunks.{TRUNK}"])
def test_the_topic_may_be_the_template_or_the_concrete_one(topic: str) -> None:
    """Both forms have been seen."""
    assert State.ACCEPTED == read(about({"connectedStatus": {"connected": False}}, topic)).state


def test_without_a_topic_name_the_detail_type_counts() -> None:
    """The envelope is parsed defensively."""
    found = envelope(TRUNK)
    del found["detail"]["topicName"]
    assert State.ACCEPTED == read(found).state


@pytest.mark.parametrize(
    "topic",
    [
        f"v2.telephony.providers.edges.trunks.{TRUNK}.metrics",
        "v2.telephony.providers.edges.8a1f.metrics",
        "v2.routing.queues.8a1f.users",
        "nonsense",
    ],
)
def test_other_topics_are_dropped(topic: str) -> None:
    """S3.1: counted, with a reason, and nothing of it is kept."""
    reading = read(about({}, topic))
    assert (State.DROPPED, "the topic is not one of ours", "") == (reading.state, reading.reason, reading.item)


def without(*path: str) -> dict[str, Any]:
    """An envelope without one field."""
    found = envelope(TRUNK)
    inner: Any = found
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return found


DRIFT: list[tuple[str, Any]] = [
    ("id", without("id")),
    ("time", without("time")),
    ("detail", without("detail")),
    ("eventBody", without("detail", "eventBody")),
    ("eventBody.id", without("detail", "eventBody", "id")),
    ("no status", without("detail", "eventBody", "connectedStatus")),
    ("connected", about({"connectedStatus": {"isConnected": False}})),
    ("connected", about({"connectedStatus": {"connected": None}})),
    ("connected", about({"connectedStatus": {"connected": "false"}})),
    ("connected", about({"connectedStatus": {"connected": 0}})),
    ("optionState", about({"optionsStatus": [{"state": True}]})),
    ("registersStatus", about({"registersStatus": {"registerState": True}})),
    (
        "trunk of the topic",
        about({"connectedStatus": {"connected": False}}, "v2.telephony.providers.edges.trunks.other"),
    ),
    ("id", envelope(TRUNK, id=7)),
    ("time", envelope(TRUNK, time="soon")),
    ("time", envelope(TRUNK, time=None)),
]


@pytest.mark.parametrize(("path", "value"), DRIFT)
def test_drift_goes_to_review(path: str, value: Any) -> None:
    """S4.6: what is missing, renamed, null or of another type is named; nothing is guessed."""
    reading = read(value)
    assert State.QUARANTINED == reading.state, reading
    assert path in reading.reason


def test_an_envelope_from_before_our_memory_is_dropped() -> None:
    """We could not tell whether it is a duplicate."""
    old = datetime.now(UTC) - timedelta(hours=73)
    assert State.DROPPED == read(envelope(TRUNK, time=old.strftime("%Y-%m-%dT%H:%M:%SZ"))).state


def test_the_vendors_account_is_not_kept() -> None:
    """A quarantined body is masked: an account number of twelve digits reads like a telephone number."""
    assert "123456789012" not in read(without("time")).item
