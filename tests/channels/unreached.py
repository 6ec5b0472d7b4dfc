"""The same grid where no page arrives: the vendor of the first channel is out of reach."""

from itertools import product

from holdline.domain.escalation import Channel
from holdline.simulators.faults import When
from holdline.simulators.sandbox import Sandbox
from tests.channels.grid import LINES, Cell, Grid
from tests.support.distant import Distance, Distant
from tests.tickets.ways import UNREACHED
from workers.virtual import VirtualTime

_FIRST = 1000
"""The number of the first cell, above those of the other grid."""


def cells() -> list[Cell]:
    """Every channel in both ways."""
    found = product(UNREACHED.values(), LINES)
    return [Cell(line, way, When.BEFORE, number) for number, (way, line) in enumerate(found, start=_FIRST)]


class Unreached(Grid):
    """Runs one cell after the other: of two channels only one is away."""

    at_once = 1

    def __init__(self, time: VirtualTime, sandbox: Sandbox, distant: Distant) -> None:
        super().__init__(time, sandbox, distant.clients)
        self._distant = distant

    async def begin(self, cell: Cell) -> None:
        """Put its vendor out of reach."""
        await self._distant.lose(Distance(cell.way.name), _vendor(cell))

    async def end(self, cell: Cell) -> None:
        """It is back."""
        await self._distant.find(_vendor(cell))


def _vendor(cell: Cell) -> str:
    return "twilio" if cell.line.channel is Channel.SMS else cell.line.channel.value
