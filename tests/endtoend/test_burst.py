"""S4.5: ten thousand events of one outage are one ticket, which was told a handful of times."""

import asyncio
from pathlib import Path

import pytest

from holdline.domain.lifecycle import State
from tests.endtoend.agreement import disagreements, unkept
from tests.endtoend.configuration import TICKET, Plan
from tests.endtoend.rig import rigged

EVENTS = 10_000


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_ten_thousand_events_are_one_ticket(tmp_path: Path) -> None:
    """None is lost, none pages again, and the ticket is created once."""
    async with rigged(tmp_path, Plan(ticket=TICKET)) as rig:
        first = await rig.fails(rig.site())
        await asyncio.gather(*(rig.sender.breach(first.place) for _ in range(EVENTS - 1)))
        await rig.incidents.reaches(first.place, State.MONITORING)
        rig.heal(first.place)
        for _ in range(2):
            await rig.sender.healthy(first.place)
        story = await rig.incidents.ends(first.place)
        letter, done = await rig.incidents.lets_go(first.place), rig.effects(first.place)
        assert [] == [*disagreements(story, done), *unkept(letter, done)]
        assert (EVENTS + 2, 1) == (story.events, len(done.tickets))
        assert len(rig.sandbox.servicenow.ledger.of("ticket.changed")) < 20
