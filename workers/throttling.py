"""Vendors that refuse us for our rate again and again: an incident about the credential, which clears by itself."""

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio.client import Client

from holdline import intake
from holdline.clients.budgets import Budgets
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.messages import Observed
from holdline.domain.observation import Observation, Verdict
from holdline.domain.runbook import Runbook, completed
from holdline.settings import Settings
from holdline.settings.sections import Throttling

log = logging.getLogger(__name__)

EVERY: Final = timedelta(seconds=5)
_SPACING: Final = timedelta(seconds=30)
_CLEARED: Final = 3
"""How many healthy observations are sent after a quiet time; an incident asks for two of them in a row by default."""


@dataclass
class Tally:
    """What one vendor has refused lately, as this process saw it.

    A process that starts does not know whether an incident is open, so it clears once: that feeds an open one, if any.
    """

    rule: Throttling
    refused_at: datetime
    seen: int = 0
    healthy: int = 0
    told_at: datetime | None = None
    refusals: deque[datetime] = field(default_factory=deque)

    def count(self, total: int, now: datetime) -> None:
        """Take in how many refusals there were since the process began."""
        if total > self.seen:
            self.refusals.extend([now] * (total - self.seen))
            self.seen, self.refused_at, self.healthy = total, now, 0
        while self.refusals and now - self.refusals[0] >= self.rule.window:
            self.refusals.popleft()

    def verdict(self, now: datetime) -> Verdict | None:
        """What is to be said now, if anything."""
        rested = self.told_at is None or now - self.told_at >= self.rule.window
        if len(self.refusals) >= self.rule.refusals:
            return Verdict.BREACH if rested else None
        paused = self.told_at is None or now - self.told_at >= _SPACING
        quiet = now - self.refused_at >= self.rule.quiet
        return Verdict.HEALTHY if quiet and paused and self.healthy < _CLEARED else None

    def told(self, verdict: Verdict, now: datetime) -> None:
        """It was said, and Temporal has it."""
        self.told_at = now
        self.healthy += verdict is Verdict.HEALTHY


async def watch_throttling(client: Client, budgets: Budgets, settings: Settings) -> None:
    """Open and clear incidents about the vendors' rates until cancelled; without a runbook there is nobody to ask."""
    runbooks = completed(settings.runbooks) if settings.runbooks else {}
    if IncidentKind.API_RATE_LIMIT not in runbooks:
        return
    reporter = Reporter(client, settings.throttling, runbooks[IncidentKind.API_RATE_LIMIT])
    while True:
        await reporter.report(refusals(budgets), datetime.now(UTC))
        await asyncio.sleep(EVERY.total_seconds())


def refusals(budgets: Budgets) -> dict[str, int]:
    """How many answers 429 there were so far, by vendor."""
    found: dict[str, int] = {}
    for budget in budgets:
        found[budget.vendor] = found.get(budget.vendor, 0) + budget.throttlings
    return found


class Reporter:
    """Says what the tallies amount to; several processes that say the same in one window are one event."""

    def __init__(self, client: Client, rule: Throttling, runbook: Runbook) -> None:
        self._client = client
        self._rule = rule
        self._runbook = runbook
        self._tallies: dict[str, Tally] = {}

    async def report(self, totals: Mapping[str, int], now: datetime) -> None:
        """Count, and say what has to be said; what Temporal does not take now is said the next time."""
        for vendor, total in totals.items():
            tally = self._tallies.setdefault(vendor, Tally(self._rule, now))
            tally.count(total, now)
            verdict = tally.verdict(now)
            if verdict is None:
                continue
            try:
                await self._say(_observation(vendor, tally, verdict, now))
            except intake.NotTaken as error:
                log.warning("the rate limit of %s could not be reported: %s", vendor, error)
            else:
                tally.told(verdict, now)

    async def _say(self, seen: Observation) -> None:
        observed = Observed(observations=(seen,), ids=(seen.event_id,))
        await intake.observe(self._client, observed, self._runbook, seen.event_id)


def _observation(vendor: str, tally: Tally, verdict: Verdict, now: datetime) -> Observation:
    breach = verdict is Verdict.BREACH
    number, id_ = len(tally.refusals), vendor.lower()
    every = tally.rule.window if breach else _SPACING
    words = f"{vendor} refused {number} requests for our rate" if breach else f"{vendor} refuses nothing any more"
    return Observation(
        event_id=f"throttling/{id_}/{verdict}/{int(now.timestamp() // every.total_seconds())}",
        source="holdline",
        kind=IncidentKind.API_RATE_LIMIT,
        entity=Entity(kind=EntityKind.CREDENTIAL, id=id_, name=vendor),
        verdict=verdict,
        severity=Severity.MEDIUM,
        at=now,
        reason=words,
        metrics={"refused": float(number)},
    )
