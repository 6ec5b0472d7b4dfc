"""What a detector knows and what it has to say: the one model that survives continue-as-new (S1.1)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from holdline.domain.detection import RAISES, Plan
from holdline.domain.entity import Entity
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.keys import poll_event
from holdline.domain.observation import Observation, Verdict
from holdline.domain.sweep import Finding, Gap, Known, News
from holdline.domain.tally import Tally, first

MOST = 2000
"""So many entities are remembered; of more that fail at once the others follow as these heal."""

HEALED = 2
"""Ticks in a row that read everything end an announced loss of detection."""


class Sight(BaseModel):
    """Whether the source can be read: ticks in a row that could not read all of it, and that could."""

    model_config = ConfigDict(extra="ignore")

    blind: int = 0
    whole: int = 0
    since: datetime | None = None
    said_at: datetime | None = None
    gaps: tuple[Gap, ...] = ()


class Watchlist(BaseModel):
    """The state of one detector; its workflow is the only writer. `pending` waits to be announced."""

    model_config = ConfigDict(extra="ignore")

    tallies: dict[str, Tally] = {}
    pending: list[Observation] = []
    sight: Sight = Field(default_factory=Sight)
    seen: dict[str, int] = {}
    missing: tuple[str, ...] = ()
    ticked_at: datetime | None = None
    read_at: datetime | None = None

    def known(self, due: Iterable[str]) -> tuple[Known, ...]:
        """What a look at these groups need not tell again."""
        groups = set(due)
        return tuple(
            Known(id=tally.entity.id, verdict=tally.verdict) for tally in self.tallies.values() if tally.group in groups
        )

    def blinded(self, plan: Plan, reason: str, at: datetime) -> None:
        """A tick that read nothing: no breach, no end of one, but in the long run an incident of its own."""
        self._sighted(plan, (Gap(what=f"the {plan.source}", reason=reason),), at)

    def learn(self, plan: Plan, told: News, due: Iterable[str], at: datetime) -> None:
        """Count a tick's news, and that nothing else has changed; put what is certain now into `pending`."""
        unread, changed = set(told.unread), {each.entity.id: each for each in told.changed}
        groups, before = set(due), dict(self.tallies)
        for known, tally in before.items():
            if tally.group in groups and (known in changed or known not in unread):
                self._count(plan, changed.get(known) or tally.repeated(), at)
        for finding in changed.values():
            if finding.entity.id not in before:
                self._count(plan, finding, at)
        self._settle(plan, at)
        self.seen, self.read_at = told.seen, at
        self.missing = self.missing if told.gaps else told.missing
        self._sighted(plan, told.gaps, at)

    def _count(self, plan: Plan, finding: Finding, at: datetime) -> None:
        group = plan.named(finding.group)
        if group is None:
            return
        known = self.tallies.get(finding.entity.id)
        if known is not None:
            self.tallies[finding.entity.id] = known.add(finding, at, group.every)
        elif finding.verdict is Verdict.BREACH and len(self.tallies) < MOST:
            self.tallies[finding.entity.id] = first(finding, at)

    def _settle(self, plan: Plan, at: datetime) -> None:
        for known, tally in list(self.tallies.items()):
            group = plan.named(tally.group)
            if group is None or tally.over(at):
                del self.tallies[known]
            elif tally.heals(group):
                self.pending.append(_observed(plan, tally, at))
                del self.tallies[known]
            elif tally.breaks(group, plan.repeat) and tally.heard_at == at:
                self.pending.append(_observed(plan, tally, at))
                self.tallies[known] = tally.model_copy(update={"said_at": at})

    def _sighted(self, plan: Plan, gaps: tuple[Gap, ...], at: datetime) -> None:
        sight = self.sight
        sight.gaps = gaps
        if gaps:
            sight.since = sight.since if sight.blind else at
            sight.blind, sight.whole = sight.blind + 1, 0
        else:
            sight.blind, sight.whole = 0, sight.whole + 1
        unsaid = sight.said_at is None or at - sight.said_at >= plan.repeat
        if sight.blind >= plan.lost_after and unsaid:
            self.pending.append(_lost(plan, sight, at))
            sight.said_at = at
        elif sight.said_at is not None and sight.whole >= HEALED:
            self.pending.append(_found(plan, at))
            sight.said_at = None

    def adopt(self, plan: Plan) -> None:
        """Follow another plan: an entity whose group is gone is forgotten, others keep their counts."""
        kept = {}
        for known, tally in self.tallies.items():
            group = plan.group_of(tally.entity)
            if group is not None:
                kept[known] = tally.model_copy(update={"group": group.name})
        self.tallies = kept
        self.missing = ()

    @property
    def failing(self) -> tuple[Tally, ...]:
        """The entities that breach, the longest first."""
        return tuple(sorted((each for each in self.tallies.values() if each.failures), key=lambda each: each.since))


def _observed(plan: Plan, tally: Tally, at: datetime) -> Observation:
    return _said(
        plan,
        RAISES[plan.source],
        tally.entity,
        at,
        verdict=tally.verdict,
        severity=tally.severity if tally.verdict is Verdict.BREACH else Severity.LOW,
        first_at=tally.since,
        count=tally.failures or tally.healthy,
        reason=tally.reason,
        metrics=tally.metrics,
        by_bounds=True,
    )


def _lost(plan: Plan, sight: Sight, at: datetime) -> Observation:
    gap = sight.gaps[0]
    more = f" and {len(sight.gaps) - 1} more" if len(sight.gaps) > 1 else ""
    reason = f"{gap.what}{more} could not be read {sight.blind} times in a row: {gap.reason}"
    kind = IncidentKind.DETECTION_LOST
    return _said(plan, kind, plan.lost, at, first_at=sight.since, count=sight.blind, reason=reason)


def _found(plan: Plan, at: datetime) -> Observation:
    said = {"verdict": Verdict.HEALTHY, "severity": Severity.LOW, "count": HEALED}
    return _said(plan, IncidentKind.DETECTION_LOST, plan.lost, at, reason="everything is read again", **said)


def _said(plan: Plan, kind: IncidentKind, entity: Entity, at: datetime, **more: Any) -> Observation:
    said = {"verdict": Verdict.BREACH, "severity": Severity.HIGH, **more}
    event_id, source = poll_event(plan.source, entity.id, int(at.timestamp())), f"polling {plan.source}"
    return Observation(event_id=event_id, source=source, kind=kind, entity=entity, at=at, **said)
