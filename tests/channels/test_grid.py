"""S1.5: whatever a channel does, somebody is told: once, or by the next channel with the timeline saying why."""

import pytest

from tests.channels import mail, unreached
from tests.channels.__main__ import GOOD
from tests.channels.grid import Cell, Grid, cells, table
from tests.channels.mail import Mailing
from tests.channels.unreached import Unreached
from tests.contracts.rig import rigged
from tests.endtoend.aim import aimable
from tests.support.distant import distant
from workers.virtual import VirtualTime

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]


def wrong(verdicts: dict[Cell, str]) -> dict[tuple[str, ...], str]:
    """The cells in which somebody was told twice by one channel, or nobody at all."""
    found = {(cell.line.channel, cell.way.name, cell.when): said for cell, said in verdicts.items()}
    return {cell: said for cell, said in found.items() if said not in GOOD}


async def test_first_page_goes_wrong_in_every_way(virtual: VirtualTime) -> None:
    """Before the commit and after, by five channels: never twice by one, never nobody."""
    async with rigged(prepare=aimable) as rig:
        grid = Grid(virtual, rig.sandbox, rig.hasty)
        verdicts = await grid.run(cells())
        unused = grid.unused()
    print(f"\n{table(verdicts)}")
    assert [] == unused
    assert {} == wrong(verdicts)


async def test_first_channel_out_of_reach(virtual: VirtualTime) -> None:
    """It refuses connections, or shows a strange certificate: the next channel tells somebody."""
    async with rigged(prepare=aimable) as rig, distant(rig) as away:
        verdicts = await Unreached(virtual, rig.sandbox, away).run(unreached.cells())
    print(f"\n{table(verdicts)}")
    assert {"next"} == set(verdicts.values())


async def test_letter_goes_wrong_at_every_stage(virtual: VirtualTime) -> None:
    """The connection is gone, or silent, or refuses: one letter, or a text with the timeline saying why."""
    async with rigged(prepare=aimable) as rig:
        verdicts = await Mailing(virtual, rig.sandbox, rig.hasty).run(mail.cells())
    print(f"\n{table(verdicts)}")
    assert {} == wrong(verdicts)
