"""Reading the world: how an entity is doing, and what a repair would change."""

import asyncio
from collections.abc import Mapping

from temporalio import activity

from activities.failures import reading_failures
from activities.remediation import Remediation
from holdline.domain.change import Plan
from holdline.domain.entity import Entity
from holdline.domain.frozen import Frozen
from holdline.domain.incident import IncidentKind
from holdline.domain.observation import Observation
from holdline.domain.runbook import ActionRule
from holdline.ports import Call, Reader, Rejected


class Reading(Call):
    """Which entity to read; with a `rule` also what its action would change."""

    kind: IncidentKind
    entity: Entity
    rule: ActionRule | None = None


class Survey(Frozen):
    """An entity as it is now, and what its first action would change."""

    seen: Observation
    plan: Plan | None = None


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
        """Look at the entity and plan its repair at once: the first thing an incident does."""
        with reading_failures():
            seen, plan = await asyncio.gather(
                self._reader(reading.kind).read(reading.entity, reading), self._plan(reading)
            )
            return Survey(seen=seen, plan=plan)

    async def _plan(self, reading: Reading) -> Plan | None:
        if reading.rule is None or not self._remediation.takes(reading.rule.do):
            return None
        return await self._remediation.planned(reading.rule, reading.entity, reading)

    def _reader(self, kind: IncidentKind) -> Reader:
        reader = self._readers.get(kind)
        if reader is None:
            raise Rejected("Holdline", f"nobody here can read how it is with a {kind}")
        return reader
