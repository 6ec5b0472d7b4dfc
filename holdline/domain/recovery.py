"""Is it over? Two healthy observations in a row, and no flapping (S3.6); when to revert (S3.7)."""

from datetime import datetime, timedelta

from pydantic import Field

from holdline.domain.duration import Duration, Interval, say
from holdline.domain.frozen import Frozen, Rule
from holdline.domain.observation import Observation, Verdict


class RecoveryRule(Rule):
    """Recovery needs `healthy` consecutive observations; more than `flaps` changes within `flap_window` is held."""

    healthy: int = Field(default=2, ge=1, le=20)
    confirm_after: Interval = timedelta(seconds=30)
    reading_interval: Interval = timedelta(minutes=4)
    flaps: int = Field(default=4, ge=1, le=100)
    flap_window: Duration = timedelta(minutes=10)
    revert_after: Duration = timedelta(minutes=15)


class Convalescence(Frozen):
    """How far recovery has come: healthy observations in a row, the last degradation, recent changes of mind."""

    healthy: int = 0
    last_at: datetime | None = None
    degraded_at: datetime
    verdict: Verdict = Verdict.BREACH
    changes: tuple[datetime, ...] = ()

    def add(self, seen: Observation, rule: RecoveryRule, ours: bool = False) -> "Convalescence":
        """Count an observation in event time; a late or empty one changes nothing.

        `ours` marks a reading of our own: it is new by nature, and our clock must not make a vendor's event late.
        """
        late = not ours and self.last_at is not None and seen.at < self.last_at
        if seen.verdict is Verdict.UNKNOWN or late:
            return self
        healthy = self.healthy + seen.count if seen.verdict is Verdict.HEALTHY else 0
        degraded_at = self.degraded_at if seen.verdict is Verdict.HEALTHY else max(self.degraded_at, seen.at)
        return Convalescence(
            healthy=healthy,
            last_at=self.last_at if ours else seen.at,
            degraded_at=degraded_at,
            verdict=seen.verdict,
            changes=self._changes(seen, rule),
        )

    def _changes(self, seen: Observation, rule: RecoveryRule) -> tuple[datetime, ...]:
        recent = tuple(each for each in self.changes if seen.at - each <= rule.flap_window)
        return recent if seen.verdict is self.verdict else (*recent, seen.at)[-(rule.flaps + 2) :]

    def recovered(self, rule: RecoveryRule) -> bool:
        """Whether enough healthy observations came in a row."""
        return self.healthy >= rule.healthy

    def flapping(self, rule: RecoveryRule, now: datetime) -> bool:
        """Whether the condition changed its mind too often lately to be trusted."""
        return len([each for each in self.changes if now - each <= rule.flap_window]) > rule.flaps

    def calm_at(self, rule: RecoveryRule) -> datetime | None:
        """When the oldest of the changes that make it flapping leaves the window."""
        if len(self.changes) <= rule.flaps:
            return None
        return self.changes[-(rule.flaps + 1)] + rule.flap_window

    def revert_due(self, rule: RecoveryRule, applied_at: datetime) -> datetime:
        """When a change is reverted for want of any further degradation signal."""
        return max(applied_at, self.degraded_at) + rule.revert_after


def why_held(rule: RecoveryRule) -> str:
    """Say why a flapping incident is not reverted."""
    return f"held: it changed more than {rule.flaps} times within {say(rule.flap_window)}"
