"""Announcing what a detector is certain of to the incidents it opens or feeds."""

import asyncio
from collections.abc import Mapping
from typing import Final

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from holdline import intake
from holdline.domain.frozen import Frozen
from holdline.domain.incident import IncidentKind
from holdline.domain.messages import Observed
from holdline.domain.observation import Observation
from holdline.domain.runbook import Runbook
from holdline.ports import Unavailable

_AT_ONCE: Final = 20


class Announcement(Frozen):
    """What was observed; an event id twice is one event."""

    observations: tuple[Observation, ...]


class Announcing:
    """Opens and feeds incidents by the runbooks of this configuration."""

    def __init__(self, runbooks: Mapping[IncidentKind, Runbook]) -> None:
        self._runbooks = runbooks

    @activity.defn(name="announce")
    async def announce(self, announcement: Announcement) -> None:
        """Tell each incident what was observed of its entity; all of them, or this is repeated."""
        client, turns = activity.client(), asyncio.Semaphore(_AT_ONCE)
        try:
            await asyncio.gather(*(self._tell(client, turns, each) for each in announcement.observations))
        except intake.NotTaken as error:
            category = ApplicationErrorCategory.BENIGN
            raise ApplicationError(str(error), type=Unavailable.__name__, category=category) from None

    async def _tell(self, client: Client, turns: asyncio.Semaphore, observation: Observation) -> None:
        """Open or feed one incident. Raises NotTaken."""
        observed = Observed(observations=(observation,), ids=(observation.event_id,))
        async with turns:
            await intake.observe(client, observed, self._runbooks[observation.kind], observation.event_id)
