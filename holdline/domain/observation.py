"""One statement about one entity at one time, whatever vendor or probe made it (S1.2)."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints

from holdline.domain.entity import Entity
from holdline.domain.frozen import Frozen
from holdline.domain.incident import IncidentKind, Severity, worst
from holdline.domain.text import Line


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time needs its zone; write RFC 3339 such as 2026-03-29T01:30:00Z")
    return value.astimezone(UTC)


Instant = Annotated[datetime, AfterValidator(_utc)]
"""An aware instant, normalised to UTC."""

EventId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:/+=-]{1,128}$")]
"""The sender's id of an event; the same id is the same event."""


class Verdict(StrEnum):
    """What an observation says: missing data is UNKNOWN, never a breach (S1.1)."""

    BREACH = "breach"
    HEALTHY = "healthy"
    UNKNOWN = "unknown"


class Observation(Frozen):
    """What was seen of an entity; `count` equal observations from `first_at` to `at` are folded into one.

    `by_bounds`: judged by the bounds of `[detection]`, as a reading of ours would be.
    """

    event_id: EventId
    source: Line
    kind: IncidentKind
    entity: Entity
    verdict: Verdict
    severity: Severity = Severity.HIGH
    at: Instant
    first_at: Instant | None = None
    count: int = Field(default=1, ge=1)
    reason: Line = ""
    metrics: dict[str, float] = Field(default_factory=dict, max_length=32)
    by_bounds: bool = False

    @property
    def since(self) -> datetime:
        """When the first of the folded observations was made."""
        return self.first_at or self.at

    def fold(self, later: Self) -> Self:
        """Join a later observation of the same verdict; the later one's words win, the worst severity stays."""
        return later.model_copy(
            update={
                "first_at": min(self.since, later.since),
                "at": max(self.at, later.at),
                "count": self.count + later.count,
                "severity": worst(self.severity, later.severity),
                "by_bounds": self.by_bounds and later.by_bounds,
            }
        )


def folded(observations: list[Observation]) -> tuple[Observation, ...]:
    """Join neighbours of one verdict in event-time order, so that a storm of one outage becomes a line."""
    runs: list[Observation] = []
    for observation in sorted(observations, key=lambda each: each.at):
        if runs and runs[-1].verdict is observation.verdict:
            runs[-1] = runs[-1].fold(observation)
        else:
            runs.append(observation)
    return tuple(runs)
