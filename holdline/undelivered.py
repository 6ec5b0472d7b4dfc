"""Dead letters that grow in number are an incident of their own; it clears when they are gone (S3.14)."""

import logging
from datetime import datetime, timedelta
from typing import Final

from temporalio.client import Client

from holdline import intake
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.keys import poll_event
from holdline.domain.messages import Observed
from holdline.domain.observation import Observation, Verdict
from holdline.domain.runbook import Runbook

log = logging.getLogger(__name__)

EVERY: Final = timedelta(minutes=1)
_CLEARED: Final = 3
"""How many healthy observations follow; an incident asks for two of them in a row by default."""


class Pile:
    """The dead letters of one place, counted by the clock; several processes that say the same are one event."""

    def __init__(self, client: Client, place: str, most: int, runbook: Runbook) -> None:
        self._client = client
        self._place = place
        self._most = most
        self._runbook = runbook
        # A process that starts does not know whether an incident is open: it clears it, if there is one.
        self._words = max(_CLEARED, runbook.recovery.healthy)
        self._to_clear = self._words

    async def counted(self, number: int, now: datetime) -> None:
        """Say what the number amounts to; what Temporal does not take now is said a minute later."""
        grown = number >= self._most
        if not grown and not self._to_clear:
            return
        seen = self._seen(number, grown, now)
        try:
            observed = Observed(observations=(seen,), ids=(seen.event_id,))
            await intake.observe(self._client, observed, self._runbook, seen.event_id)
        except intake.NotTaken as error:
            log.warning("the dead letters of the %s could not be reported: %s", self._place, error)
        else:
            self._to_clear = self._words if grown else self._to_clear - 1

    def _seen(self, number: int, grown: bool, now: datetime) -> Observation:
        tick = int(now.timestamp() // EVERY.total_seconds())
        more = f"{number} dead letters, {self._most} are too many: see `holdline deadletter list`"
        return Observation(
            event_id=poll_event("deadletters", f"{self._place}/{'grown' if grown else 'few'}", tick),
            source="holdline",
            kind=IncidentKind.DEAD_LETTERS,
            entity=Entity(kind=EntityKind.ORGANISATION, id=f"deadletters-{self._place}", name=f"{self._place}"),
            verdict=Verdict.BREACH if grown else Verdict.HEALTHY,
            severity=Severity.HIGH,
            at=now,
            reason=more if grown else f"{number} dead letters",
            metrics={"letters": float(number)},
        )
