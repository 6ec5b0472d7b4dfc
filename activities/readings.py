"""Reading the world: how an entity is doing, and what a repair would change."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from temporalio import activity

from activities.failures import reading_failures
from activities.remediation import Remediation
from holdline.domain.change import Plan
from holdline.domain.entity import Entity
from holdline.domain.frozen import Frozen
from holdline.domain.incident import IncidentKind
from holdline.domain.observation import Observation
from holdline.domain.runbook import ActionRule
from holdline.ports import Call, Reader, Rejected, VendorError

log = logging.getLogger(__name__)

_LEFT: Final = timedelta(seconds=1)
"""How long a look that has its answer waits for the plan."""


class Reading(Call):
    """Which entity to read; with a `rule` also what its action would change."""

    kind: IncidentKind
    entity: Entity
    rule: ActionRule | None = None


class Survey(Frozen):
    """An entity as it is now, and what its first action would change."""

    seen: Observation
    plan: Plan | None = None


async def _in_time(planning: asyncio.Task[Plan | None]) -> Plan | None:
    """The plan, unless it would make the look too late: then it is made when the repair begins."""
    try:
        async with asyncio.timeout(_LEFT.total_seconds()):
            return await planning
    except TimeoutError:
        return None


class Readings:
    """Reads the entities that somebody can read."""

    def __init__(self, readers: Mapping[IncidentKind, Reader], remediation: Remediation) -> None:
        self._readers = readers
        self._remediation = remediation

    @property
    def kinds(self) -> frozenset[IncidentKind]:
        """The kinds of incident that are read here."""
        return frozenset(self._readers)

    @activity.defn(name="read")
    async def read(self, reading: Reading) -> Observation:
        """Observe an entity now."""
        with reading_failures():
            return await self._reader(reading.kind).read(reading.entity, reading)

    @activity.defn(name="survey")
    async def survey(self, reading: Reading) -> Survey:
        """Look at the entity and plan its repair at once: the first thing an incident does. A plan may be missing."""
        planning = asyncio.create_task(self._plan(reading))
        try:
            with reading_failures():
                seen = await self._reader(reading.kind).read(reading.entity, reading)
            return Survey(seen=seen, plan=await _in_time(planning))
        finally:
            planning.cancel()

    async def _plan(self, reading: Reading) -> Plan | None:
        if reading.rule is None or not self._remediation.takes(reading.rule.do):
            return None
        call = Call(request_id=reading.request_id, effect=reading.effect)
        try:
            return await self._remediation.planned(reading.rule, reading.entity, call)
        except VendorError as error:
            log.info("the look goes without a plan, which is made when the repair begins: %s", error)
            return None

    def _reader(self, kind: IncidentKind) -> Reader:
        reader = self._readers.get(kind)
        if reader is None:
            raise Rejected("Holdline", f"nobody here can read how it is with a {kind}")
        return reader
