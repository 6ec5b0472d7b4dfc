"""Consecutive verdicts about one entity: when a breach is announced, and when its end is (S1.1)."""

from datetime import datetime, timedelta
from typing import Final

from pydantic import Field

from holdline.domain.detection import Group
from holdline.domain.entity import Entity
from holdline.domain.frozen import Frozen
from holdline.domain.incident import Severity
from holdline.domain.observation import Verdict
from holdline.domain.sweep import Finding
from holdline.domain.text import Line

STALE: Final = 5
"""After this many looks without a verdict the next breach begins a new run: what is far apart is not consecutive."""

FORGOTTEN: Final = timedelta(days=1)
"""An entity that nothing was learned of for so long was deleted, or is watched no more."""


class Tally(Frozen):
    """One entity that is not simply healthy: the latest verdict, the run of breaches or of good looks since `since`.

    `heard_at` is the latest look that said breach or healthy, `said_at` when the breach was last announced.
    """

    entity: Entity
    group: str
    verdict: Verdict
    severity: Severity
    reason: Line = ""
    metrics: dict[str, float] = Field(default_factory=dict)
    failures: int = 0
    healthy: int = 0
    since: datetime
    heard_at: datetime
    said_at: datetime | None = None

    @property
    def announced(self) -> bool:
        """Whether an incident was told of the breach."""
        return self.said_at is not None

    def add(self, seen: Finding, at: datetime, every: timedelta) -> "Tally":
        """Count a look; unknown changes nothing but what is shown, nor does a second look within half a tick."""
        shown = {"verdict": seen.verdict, "reason": seen.reason, "entity": seen.entity, "group": seen.group}
        again = self._continues(seen.verdict, at, every)
        if seen.verdict is Verdict.UNKNOWN or (again and at - self.heard_at < every / 2):
            return self.model_copy(update=shown)
        run = (self.failures if seen.verdict is Verdict.BREACH else self.healthy) if again else 0
        counts = {"failures": 0, "healthy": 0, _COUNTED[seen.verdict]: run + 1}
        when = {"since": self.since if again else at, "heard_at": at}
        return self.model_copy(
            update={**shown, **counts, **when, "severity": seen.severity, "metrics": dict(seen.metrics)}
        )

    def _continues(self, verdict: Verdict, at: datetime, every: timedelta) -> bool:
        same = self.failures > 0 if verdict is Verdict.BREACH else self.healthy > 0
        return same and at - self.heard_at <= STALE * every

    def repeated(self) -> Finding:
        """The finding that a look without news stands for."""
        return Finding(
            entity=self.entity,
            group=self.group,
            verdict=self.verdict,
            severity=self.severity,
            reason=self.reason,
            metrics=self.metrics,
        )

    def breaks(self, group: Group, repeat: timedelta) -> bool:
        """Whether the breach is to be announced now: for the first time, or again because it lasts."""
        certain = self.verdict is Verdict.BREACH and self.failures >= group.failures
        return certain and (self.said_at is None or self.heard_at - self.said_at >= repeat)

    def heals(self, group: Group) -> bool:
        """Whether the end of an announced breach is certain."""
        return self.announced and self.verdict is Verdict.HEALTHY and self.healthy >= group.healthy

    def over(self, at: datetime) -> bool:
        """Whether nothing is left to remember: it never became certain, or nobody knows the entity any more."""
        blip = not self.announced and self.healthy > 0
        return blip or at - self.heard_at > FORGOTTEN


def first(seen: Finding, at: datetime) -> Tally:
    """The tally of an entity that breaches for the first time."""
    return Tally(
        entity=seen.entity,
        group=seen.group,
        verdict=seen.verdict,
        severity=seen.severity,
        reason=seen.reason,
        metrics=dict(seen.metrics),
        failures=1,
        since=at,
        heard_at=at,
    )


_COUNTED: Final = {Verdict.BREACH: "failures", Verdict.HEALTHY: "healthy"}
