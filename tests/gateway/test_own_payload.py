"""Our own JSON becomes one Observation, or goes to review with the paths that are wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.observation import Observation, Verdict
from holdline.gateway import own
from holdline.gateway.authentic import Delivery, Refusal, Refused
from holdline.gateway.reading import Reading, State
from tests.gateway.events import event, raw

WINDOW = timedelta(minutes=5)
TRUNK = "7f3a0000-1111-4222-8333-444444444444"


def read(body: bytes, *headers: tuple[bytes, bytes]) -> Reading:
    """Read a body that is verified."""
    found = own.read(Delivery(body, headers), datetime.now(UTC), WINDOW)
    assert isinstance(found, Reading)
    return found


def observation(body: bytes) -> Observation:
    """What the body says."""
    reading = read(body)
    assert State.ACCEPTED == reading.state, reading.reason
    return Observation.model_validate_json(reading.item)


def test_an_event_becomes_an_observation() -> None:
    """Every field arrives, in UTC, and the lane is the incident's workflow id."""
    at = datetime.now(UTC).replace(microsecond=0)
    body = event(TRUNK, event_id="e-1", timestamp=at.isoformat(), reason="no OPTIONS answer", severity="CRITICAL")
    expected = Observation(
        event_id="e-1",
        source="own",
        kind=IncidentKind.TRUNK_FAILURE,
        entity=Entity(kind=EntityKind.TRUNK, id=TRUNK),
        verdict=Verdict.BREACH,
        severity=Severity.CRITICAL,
        at=at,
        reason="no OPTIONS answer",
        metrics={"quality": 0.5},
    )
    assert expected == observation(raw(body))
    assert f"incident/trunk_failure/{TRUNK}" == read(raw(body)).lane
    assert (Verdict.BREACH, Severity.CRITICAL, at) == read(raw(body)).gist


def test_an_entity_may_carry_names_for_people() -> None:
    """An object says more than `trunk:<id>`, and an id in capitals is the same trunk."""
    entity = {"kind": "trunk", "id": TRUNK.upper(), "name": "Carrier A", "site": "Vienna"}
    assert (
        Entity(kind=EntityKind.TRUNK, id=TRUNK, name="Carrier A", site="Vienna")
        == observation(raw(event(TRUNK) | {"entity": entity})).entity
    )


@pytest.mark.parametrize("status", list(Verdict))
def test_the_status_is_the_verdict(status: Verdict) -> None:
    """A sender may also say that an entity is healthy, or that nothing is known."""
    assert status is observation(raw(event(TRUNK, status=status.value))).verdict


def test_unknown_fields_are_ignored() -> None:
    """J6, J14: extra fields, also with strange names, are no mistake and are not kept."""
    body = raw(event(TRUNK, surprise=1, __proto__={"a": 1}, count=7, source="somebody", first_at="x"))
    assert ("own", 1, None) == (observation(body).source, observation(body).count, observation(body).first_at)


def test_the_id_is_the_bodys_then_the_headers_then_the_contents() -> None:
    """An event without an id is known by its content."""
    anonymous = raw({name: value for name, value in event(TRUNK).items() if name != "event_id"})
    header = (b"x-holdline-event-id", b"from-the-header")
    assert "from-the-body" == read(raw(event(TRUNK, event_id="from-the-body")), header).event_id
    assert "from-the-header" == read(anonymous, header).event_id
    assert read(anonymous).event_id.startswith("sha256:")
    assert read(anonymous).event_id == read(anonymous).event_id


@pytest.mark.parametrize("value", [b"a" * 129, b"line\nbreak", b"\xff", b"", b"../%2e<script>"])
def test_a_malformed_header_names_nothing(value: bytes) -> None:
    """J16: then the content does."""
    anonymous = raw({name: value for name, value in event(TRUNK).items() if name != "event_id"})
    assert read(anonymous, (b"x-holdline-event-id", value)).event_id.startswith("sha256:")


WITHOUT: list[tuple[str, dict[str, Any]]] = [
    ("incident_type", {"incident_type": ...}),
    ("entity", {"entity": ...}),
    ("severity", {"severity": ...}),
    ("timestamp", {"timestamp": ...}),
]
WRONG: list[tuple[str, dict[str, Any]]] = [
    *[(name, {name: None}) for name in ("incident_type", "entity", "severity", "timestamp", "metrics", "status")],
    ("incident_type", {"incident_type": "edge_failure"}),
    ("incident_type", {"incident_type": ["trunk_failure"]}),
    ("entity", {"entity": TRUNK}),
    ("entity", {"entity": f"queue:{TRUNK}"}),
    ("entity", {"incident_type": "edge_offline"}),
    ("entity", {"entity": "trunk:"}),
    ("entity.id", {"entity": {"kind": "trunk", "id": 7}}),
    ("entity", {"entity": [{"kind": "trunk", "id": TRUNK}]}),
    ("entity", {"entity": {"entity": {"kind": "trunk", "id": TRUNK}}}),
    ("entity", {"entity": "trunk:../../etc"}),
    ("entity", {"entity": "trunk:tr%75nk"}),
    ("entity", {"entity": "trunk:trunk' OR '1'='1"}),
    ("entity", {"entity": "trunk:" + "a" * 200}),
    ("entity", {"entity": "trunk:тrunk"}),
    ("entity", {"entity": "trunk:a\u200db"}),
    ("severity", {"severity": "low"}),
    ("severity", {"severity": 3}),
    ("severity", {"severity": True}),
    ("status", {"status": "down"}),
    ("timestamp", {"timestamp": 1_763_700_000}),
    ("timestamp", {"timestamp": 1_763_700_000_000}),
    ("timestamp", {"timestamp": "1763700000"}),
    ("timestamp", {"timestamp": "2026-03-29T01:30:00"}),
    ("timestamp", {"timestamp": "2026-03-29T23:59:60Z"}),
    ("timestamp", {"timestamp": "0001-01-01T00:00:00+14:00"}),
    ("timestamp", {"timestamp": "9999-12-31T23:59:59-14:00"}),
    ("timestamp", {"timestamp": "yesterday"}),
    ("metrics", {"metrics": [1]}),
    ("metrics.wait", {"metrics": {"wait": False}}),
    ("metrics.wait", {"metrics": {"wait": "300"}}),
    ("metrics.wait", {"metrics": {"wait": "300,5"}}),
    ("metrics.wait", {"metrics": {"wait": None}}),
    ("metrics", {"metrics": {"<script>": 1}}),
    ("metrics", {"metrics": {f"m{number}": number for number in range(33)}}),
    ("event_id", {"event_id": "line\nbreak"}),
    ("event_id", {"event_id": 7}),
    ("event_id", {"event_id": "x" * 129}),
    ("reason", {"reason": 7}),
]


@pytest.mark.parametrize(("path", "change"), [*WITHOUT, *WRONG])
def test_drift_goes_to_review(path: str, change: dict[str, Any]) -> None:
    """J3, J4, J5, J7, J8, J15, J16: a field that is missing, null, renamed or of another type is named, not guessed."""
    body = {name: value for name, value in (event(TRUNK) | change).items() if value is not ...}
    reading = read(raw(body))
    assert State.QUARANTINED == reading.state
    assert reading.reason.startswith("schema mismatch: ")
    assert path in reading.reason


@pytest.mark.parametrize("body", [b"", b"null", b"{", b'{"a":1,"a":1}', b"\xff", b'{"metrics":{"a":1e400}}'])
def test_what_is_no_json_goes_to_review(body: bytes) -> None:
    """A sender that proves itself is heard, whatever it says."""
    assert State.QUARANTINED == read(body).state


def test_a_renamed_field_is_kept_for_the_reviewer() -> None:
    """S4.6: the body is there to look at, without telephone numbers."""
    body = event(TRUNK, caller="+447700900123") | {"severity": None, "sev": "HIGH"}
    assert '"sev":"HIGH"' in read(raw(body)).item
    assert "900123" not in read(raw(body)).item


@pytest.mark.parametrize(("age", "why"), [(301, Refusal.STALE), (-301, Refusal.FUTURE)])
def test_an_event_of_another_time_is_refused(age: int, why: Refusal) -> None:
    """S3.2: a fresh signature does not make an old event new."""
    at = datetime.now(UTC) - timedelta(seconds=age)
    body = raw(event(TRUNK, timestamp=at.isoformat()))
    assert Refused(why) == own.read(Delivery(body, ()), datetime.now(UTC), WINDOW)


def test_times_of_every_zone_are_the_same_instant() -> None:
    """An offset is understood, also an unusual one."""
    now = datetime.now(UTC).replace(microsecond=0)
    for hours in (14, -12, 0, 5.75):
        local = (now + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S")
        sign, minutes = "-" if hours < 0 else "+", round(abs(hours) * 60)
        zoned = f"{local}{sign}{minutes // 60:02d}:{minutes % 60:02d}"
        assert now == observation(raw(event(TRUNK, timestamp=zoned))).at


def test_numbers_of_people_do_not_get_through_as_data() -> None:
    """Neither in a text, nor as a metric, nor as the id."""
    body = event(
        TRUNK, reason="caller +447700900123", metrics={"caller": 447700900123, "wait": 3}, event_id="447700900123"
    )
    reading = read(raw(body))
    assert State.ACCEPTED == reading.state
    assert "900123" not in reading.item + reading.event_id
    assert {"wait": 3.0} == observation(raw(body)).metrics


def test_texts_are_cleaned_of_what_a_terminal_would_obey() -> None:
    """S7, S10: control characters and invisible ones do not arrive."""
    said = observation(raw(event(TRUNK, reason="down\x1b[31m\u202e\r\n{fake: log}" + "x" * 500))).reason
    assert len(said) <= 200
    assert not {"\x1b", "\u202e", "\n"} & set(said)
