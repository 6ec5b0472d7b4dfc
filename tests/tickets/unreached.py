"""The same grid where no call arrives: every system is out of reach until its ticket waits, and then back."""

import asyncio
from itertools import groupby, product

from holdline.domain.ticket_messages import LETTER, Letter
from holdline.simulators.faults import When
from tests.contracts.rig import Rig
from tests.endtoend.incidents import until
from tests.support.distant import Distance, Distant
from tests.tickets.grid import STAGES, Cell, Grid, keeping
from tests.tickets.ways import DESKS, UNREACHED
from workers.virtual import VirtualTime

_SYSTEMS = [desk.system.value.removesuffix("_devops") for desk in DESKS]


def cells() -> list[Cell]:
    """Every call of every system, in both ways; those of one way and call stand together."""
    found = product(UNREACHED.values(), STAGES, DESKS)
    return [Cell(desk, call, way, When.BEFORE) for way, call, desk in found]


class Unreached(Grid):
    """Runs the cells of one way and call side by side, and these one after the other."""

    def __init__(self, time: VirtualTime, rig: Rig, distant: Distant) -> None:
        super().__init__(time, rig, distant.clients)
        self._distant = distant

    async def run(self, chosen: list[Cell]) -> dict[Cell, str]:
        """Run them all."""
        async with keeping(self._time, self._clients):
            for _, together in groupby(chosen, key=lambda cell: (cell.way.name, cell.call)):
                await self._together(list(together))
            return {cell: await self._verdict(cell) for cell in chosen}

    async def _together(self, chosen: list[Cell]) -> None:
        why, call = Distance(chosen[0].way.name), chosen[0].call
        for step, stage in STAGES.items():
            if step == call:
                await self._distant.lose(why, *_SYSTEMS)
            await asyncio.gather(*(self._brief(cell, stage) for cell in chosen))
            if step == call:
                await asyncio.gather(*(self._waits(cell) for cell in chosen))
                await self._distant.find(*_SYSTEMS)
            await asyncio.gather(*(self._told(cell, stage) for cell in chosen))

    async def _waits(self, cell: Cell) -> None:
        """Wait until the system has been given up for now."""
        handle = self._handle(cell)

        async def waits() -> bool:
            return (await handle.query(LETTER, result_type=Letter)).failing is not None

        await until(waits, "it is given up for now")
