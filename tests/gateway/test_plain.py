"""The short way for plain events and the model agree: what the one accepts the other accepts, as the same."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from holdline.gateway.own import OwnEvent
from holdline.gateway.plain import said
from tests.gateway.events import event

TRUNK = "7f3a0000-1111-4222-8333-444444444444"
TEXTS = st.sampled_from(
    [
        "no OPTIONS answer",
        "",
        " ",
        "two  spaces",
        "line\nbreak",
        "caller 0664 123 45 67",
        "tel:123",
        "TEL:abc",
        "1 2 3 4 5 6 7 8",
        "1234567",
        "12345678",
        "ümlaut",
        "x" * 200,
        "x" * 201,
        "[number]",
        "+43 660 1",
        "call:1234567",
    ]
) | st.text(max_size=30)
TIMES = st.sampled_from(
    [
        "2026-03-29T01:30:00Z",
        "2026-03-29T01:30:00.5Z",
        "2026-03-29T01:30:00.123456+00:00",
        "2026-03-29T01:30:00.1234567Z",
        "2026-03-29T01:30:00+02:00",
        "2026-03-29T01:30:00",
        "2026-02-30T01:30:00Z",
        "2026-03-29T24:00:00Z",
        "2026-03-29T23:59:60Z",
        "1999-12-31T23:59:59Z",
        "2100-12-31T23:59:59Z",
        "2101-01-01T00:00:00Z",
        "2026-03-29 01:30:00Z",
        "2026-03-29t01:30:00z",
        "20260329T013000Z",
        "1763700000",
        "２026-03-29T01:30:00Z",
    ]
)
ENTITIES = st.sampled_from(
    [
        f"trunk:{TRUNK}",
        f"trunk:{TRUNK.upper()}",
        "trunk: a ",
        "trunk:a:b",
        "trunk:",
        "queue:a",
        "edge:a",
        "site:a",
        "a",
        "trunk:ä",
    ]
)
NUMBERS = st.integers() | st.floats() | st.booleans() | st.text(max_size=3) | st.none() | st.just(10**400)
METRICS = st.dictionaries(
    st.sampled_from(["quality", "wait", "caller", "To", "a.b-c_d", "1a", "", "x" * 64, "x" * 65, "ä"]),
    NUMBERS,
    max_size=3,
)
ODD = st.none() | st.integers() | st.booleans() | st.lists(st.integers(), max_size=1) | st.text(max_size=4)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "event_id": st.sampled_from(["e-1", "a" * 128, "a" * 129, "a b", "ä", "447700900123", ""]) | ODD,
        "incident_type": st.sampled_from(["trunk_failure", "edge_offline", "queue_overflow", "edge_failure"]) | ODD,
        "entity": ENTITIES | ODD,
        "severity": st.sampled_from(["LOW", "CRITICAL", "low"]) | ODD,
        "timestamp": TIMES | ODD,
        "status": st.sampled_from(["breach", "healthy", "unknown", "down"]) | ODD,
        "reason": TEXTS | ODD,
        "metrics": METRICS | ODD,
        "extra": ODD,
    },
)


@given(changes=CHANGES)
def test_what_is_plain_is_what_the_model_makes_of_it(changes: dict[str, Any]) -> None:
    """Every field is the same; what the model refuses is never plain."""
    value = event(TRUNK) | changes
    plain = said(value)
    if plain is None:
        return
    try:
        model = OwnEvent.model_validate_json(json.dumps(value))
    except ValidationError as error:
        raise AssertionError(f"the model refuses {value}") from error
    assert (plain.event_id, plain.kind, plain.verdict, plain.severity, plain.at, plain.reason, plain.metrics) == (
        model.event_id,
        model.incident_type,
        model.status,
        model.severity,
        model.timestamp,
        model.reason,
        model.metrics,
    )
    assert model.entity.model_dump_json() == plain.entity


def test_an_ordinary_event_is_plain() -> None:
    """Otherwise the short way would be none."""
    assert said(event(TRUNK)) is not None
    assert said(event(TRUNK, reason="no OPTIONS answer for 3 of 4 far ends", status="healthy")) is not None
