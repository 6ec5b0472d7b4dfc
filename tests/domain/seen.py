"""Observations of one trunk, minutes after the start of the night."""

from typing import Any

from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind
from holdline.domain.observation import Observation, Verdict
from tests.domain.times import after

TRUNK = Entity(kind=EntityKind.TRUNK, id="trunk-a")
BREACH, HEALTHY, UNKNOWN = Verdict.BREACH, Verdict.HEALTHY, Verdict.UNKNOWN


def seen(verdict: Verdict, minutes: float = 0, **fields: Any) -> Observation:
    """One observation; `fields` replace what it says otherwise."""
    given: dict[str, Any] = {"event_id": "event-1", "source": "test", "kind": IncidentKind.TRUNK_FAILURE}
    return Observation(**(given | {"entity": TRUNK, "verdict": verdict, "at": after(minutes)} | fields))
