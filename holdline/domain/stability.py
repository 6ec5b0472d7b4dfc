"""Is the bad condition real? Consecutive failures and a minimum duration, per incident kind (S3.5)."""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field

from holdline.domain.duration import Duration, Interval, say
from holdline.domain.frozen import Frozen, Rule
from holdline.domain.observation import Observation, Verdict


class StabilityRule(Rule):
    """A condition is stable after `failures` consecutive breaches that span at least `window`.

    With `look` the entity is read before anything is done: an event may be hours old. `healthy` observations in a row
    clear it. What is neither confirmed nor cleared within `patience` is believed.
    """

    failures: int = Field(default=1, ge=1, le=20)
    window: Duration = timedelta(0)
    reading_interval: Interval = timedelta(seconds=30)
    patience: Duration = timedelta(minutes=5)
    healthy: int = Field(default=2, ge=1, le=20)
    look: bool = True


class Evidence(Frozen):
    """The current run of breaches and of healthy observations, in event time."""

    failures: int = 0
    failing_since: datetime | None = None
    healthy: int = 0
    last_at: datetime | None = None

    def add(self, seen: Observation, ours: bool = False) -> "Evidence":
        """Count an observation; what is older than the newest one, or says nothing, changes nothing.

        `ours` marks a reading of our own: it is new by nature, and our clock must not make a vendor's event late.
        """
        late = not ours and self.last_at is not None and seen.at < self.last_at
        if seen.verdict is Verdict.UNKNOWN or late:
            return self
        last_at = self.last_at if ours else seen.at
        if seen.verdict is Verdict.HEALTHY:
            return Evidence(healthy=self.healthy + seen.count, last_at=last_at)
        since = self.failing_since if self.failures and self.failing_since else seen.since
        return Evidence(failures=self.failures + seen.count, failing_since=since, last_at=last_at)


class Standing(StrEnum):
    """What the evidence amounts to."""

    OPEN = "open"
    STABLE = "stable"
    CLEARED = "cleared"


class Judgement(Frozen):
    """A decision with the sentence that the timeline prints, and when to look again."""

    standing: Standing
    reason: str
    look_again: datetime | None = None


def judge(rule: StabilityRule, evidence: Evidence, opened_at: datetime, now: datetime) -> Judgement:
    """Say whether the condition is stable, has cleared, or needs more time; `now` is workflow time in UTC."""
    if evidence.healthy >= rule.healthy:
        return Judgement(standing=Standing.CLEARED, reason="the condition cleared by itself before it was stable")
    lasted = now - (evidence.failing_since or opened_at)
    if evidence.failures >= rule.failures and lasted >= rule.window:
        return Judgement(standing=Standing.STABLE, reason=_stable(evidence, lasted))
    if now - opened_at >= rule.patience:
        reason = f"neither confirmed nor cleared within {say(rule.patience)}: in doubt it is real"
        return Judgement(standing=Standing.STABLE, reason=reason)
    return Judgement(
        standing=Standing.OPEN, reason=_open(rule, evidence, lasted), look_again=_look_again(rule, evidence, opened_at)
    )


def _open(rule: StabilityRule, evidence: Evidence, lasted: timedelta) -> str:
    if evidence.healthy:
        return f"{evidence.healthy} of {rule.healthy} healthy observations that clear it"
    return f"{evidence.failures} of {rule.failures} consecutive failures, for {say(lasted)} of {say(rule.window)}"


def _stable(evidence: Evidence, lasted: timedelta) -> str:
    times = "once" if evidence.failures == 1 else f"{evidence.failures} times in a row"
    return f"seen failing {times}" + (f" over {say(lasted)}" if lasted >= timedelta(seconds=1) else "")


def _look_again(rule: StabilityRule, evidence: Evidence, opened_at: datetime) -> datetime:
    if evidence.failures >= rule.failures:
        return (evidence.failing_since or opened_at) + rule.window
    return opened_at + rule.patience
