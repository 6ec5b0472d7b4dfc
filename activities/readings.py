"""Reading the world: how an entity is doing, and what a repair would change."""

import asyncio
from collections.abc import Mapping

from temporalio import activity

from activities.failures import vendor_failures
from holdline.domain.change import ActionKind, Plan
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.frozen import Frozen
from holdline.domain.observation import Observation
from holdline.domain.runbook import ActionRule
from holdline.ports import Call, Lever, Reader, Rejected


class Reading(Call):
    """Which entity to read; with a `rule` also what its action would change."""

    entity: Entity
    rule: ActionRule | None = None


class Survey(Frozen):
    """An entity as it is now, and what its first action would change."""

    seen: Observation
    plan: Plan | None = None


class Readings:
    """Reads the entities that somebody can read."""

    def __init__(self, readers: Mapping[EntityKind, Reader], levers: Mapping[ActionKind, Lever]) -> None:
        self._readers = readers
        self._levers = levers

    @activity.defn(name="read")
    async def read(self, reading: Reading) -> Observation:
        """Observe an entity now."""
        with vendor_failures():
            return await self._reader(reading.entity).read(reading.entity, reading)

    @activity.defn(name="survey")
    async def survey(self, reading: Reading) -> Survey:
        """Look at the entity and plan its repair at once: the first thing an incident does."""
        with vendor_failures():
            seen, plan = await asyncio.gather(
                self._reader(reading.entity).read(reading.entity, reading), self._plan(reading)
            )
            return Survey(seen=seen, plan=plan)

    async def _plan(self, reading: Reading) -> Plan | None:
        lever = self._levers.get(reading.rule.do) if reading.rule else None
        if reading.rule is None or lever is None:
            return None
        return await lever.plan(reading.rule, reading.entity, reading)

    def _reader(self, entity: Entity) -> Reader:
        reader = self._readers.get(entity.kind)
        if reader is None:
            raise Rejected("Holdline", f"nobody here can read a {entity.kind}")
        return reader
