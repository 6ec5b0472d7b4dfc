"""S1.5: whatever a channel does, somebody is told: once, or by the next channel with the timeline saying why."""

import pytest

from tests.channels.__main__ import GOOD
from tests.channels.grid import Grid, cells, table
from tests.contracts.rig import rigged
from tests.endtoend.aim import aimable
from workers.virtual import VirtualTime


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_first_page_goes_wrong_in_every_way(virtual: VirtualTime) -> None:
    """Before the commit and after, by five channels: never twice by one, never nobody."""
    async with rigged(prepare=aimable) as rig:
        grid = Grid(virtual, rig.sandbox, rig.hasty)
        verdicts = await grid.run(cells())
        unused = grid.unused()
    print(f"\n{table(verdicts)}")
    assert [] == unused
    assert {} == {(cell.line.channel, cell.way.name, cell.when): s for cell, s in verdicts.items() if s not in GOOD}
