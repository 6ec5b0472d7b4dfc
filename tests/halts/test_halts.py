"""S2, S4.4: a worker halts while everybody is asked; another one goes on, and what thaws does nothing twice."""

from pathlib import Path

import pytest

from tests.endtoend.rig import rigged
from tests.halts.rounds import GOOD, every_halt, table
from tests.halts.vendors import PAIRS, Vendor, plan


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("channel", "desk"), PAIRS, ids=[channel.name for channel, _ in PAIRS])
async def test_worker_halts_while_everybody_is_asked(channel: Vendor, desk: Vendor, tmp_path: Path) -> None:
    """Before the vendors commit and after: one ticket, one page, or the next channel with the reason told."""
    async with rigged(tmp_path, plan(channel, desk)) as rig:
        found = await every_halt(rig, channel, desk)
    print(f"\n{table(found)}")
    assert {} == {cell: said for cell, said in found.items() if said not in GOOD}
