"""Reading the world: the health of a trunk, and the routes that use it."""

import asyncio

from temporalio import activity

from activities.failures import vendor_failures
from holdline.domain.entity import Entity
from holdline.domain.frozen import Frozen
from holdline.domain.observation import Observation
from holdline.domain.route import Situation
from holdline.ports import Call, Routes, Trunks


class Reading(Call):
    """Which entity to read."""

    entity: Entity


class Survey(Frozen):
    """A trunk as it is now, and what a change of route would need."""

    seen: Observation
    situation: Situation


class Readings:
    """Reads trunks and routes at Genesys."""

    def __init__(self, trunks: Trunks, routes: Routes) -> None:
        self._trunks = trunks
        self._routes = routes

    @activity.defn(name="read_trunk")
    async def read_trunk(self, reading: Reading) -> Observation:
        """Observe a trunk now."""
        with vendor_failures():
            return await self._trunks.read(reading.entity, reading)

    @activity.defn(name="read_routes")
    async def read_routes(self, reading: Reading) -> Situation:
        """Read what a change of route needs: the failing carrier, the routes and each carrier's health."""
        with vendor_failures():
            return await self._routes.of_trunk(reading.entity, reading)

    @activity.defn(name="survey")
    async def survey(self, reading: Reading) -> Survey:
        """Look at the trunk and its routes at once: the first thing an incident does."""
        with vendor_failures():
            trunk, routes = self._trunks.read(reading.entity, reading), self._routes.of_trunk(reading.entity, reading)
            seen, situation = await asyncio.gather(trunk, routes)
            return Survey(seen=seen, situation=situation)
