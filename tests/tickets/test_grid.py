"""S4.4: whatever a vendor does while a ticket is opened, an incident has one."""

import pytest

from tests.contracts.rig import rigged
from tests.endtoend.aim import aimable
from tests.support.distant import distant
from tests.tickets import unreached
from tests.tickets.__main__ import GOOD
from tests.tickets.grid import Grid, cells, table
from tests.tickets.unreached import Unreached
from workers.virtual import VirtualTime

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]


async def test_opening_goes_wrong_in_every_way(virtual: VirtualTime) -> None:
    """Before the commit and after, in every system: one ticket, or one after its duplicate was closed."""
    async with rigged(prepare=aimable) as rig:
        grid = Grid(virtual, rig)
        verdicts = await grid.run(cells(["open", "reconcile"]))
        unused, doubled = grid.unused(), grid.doubled()
    print(f"\n{table(verdicts)}")
    assert ([], []) == (unused, doubled)
    assert {} == {cell: said for cell, said in verdicts.items() if said not in GOOD}


async def test_a_system_out_of_reach_for_each_call(virtual: VirtualTime) -> None:
    """It refuses connections, or shows a strange certificate: one ticket when it is back."""
    async with rigged(prepare=aimable) as rig, distant(rig) as away:
        grid = Unreached(virtual, rig, away)
        verdicts = await grid.run(unreached.cells())
        doubled = grid.doubled()
    print(f"\n{table(verdicts)}")
    assert [] == doubled
    assert {"once"} == set(verdicts.values())
