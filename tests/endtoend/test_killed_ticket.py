"""Workers are killed while a ticket is opened, and a vendor opens what was given up: there is one ticket in the end."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from holdline.domain.lifecycle import State
from holdline.simulators.faults import When
from tests.endtoend import seams
from tests.endtoend.agreement import disagreements, unkept
from tests.endtoend.configuration import TICKET, Plan
from tests.endtoend.rig import Rig, rigged
from tests.endtoend.seams import Held
from tests.endtoend.sender import Event

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    """A rig whose incidents have tickets, and whose vendors may hold a request for nine seconds."""
    patience = 'connect = "3s"\nread = "9s"\nattempt = "10s"'
    plan = Plan(sites=5, patience=patience, reading="5s", ticket=TICKET)
    async with rigged(tmp_path_factory.mktemp("killed"), plan) as running:
        yield running


async def _recovered(rig: Rig, event: Event) -> list[str]:
    """Bring the trunk back, say so twice, and tell what is wrong when the ticket is let go."""
    rig.heal(event.place)
    for _ in range(2):
        await rig.sender.healthy(event.place)
    story, letter = await rig.incidents.ends(event.place), await rig.incidents.lets_go(event.place)
    done = rig.effects(event.place)
    return [*disagreements(story, done), *unkept(letter, done)]


async def test_worker_while_a_ticket_is_opened(rig: Rig) -> None:
    """Before the vendor has committed and after: each incident has one ticket, closed with it."""
    opened = {when: rig.sender.event(rig.site()) for when in When}
    held: list[Held] = [seams.ticketing(when)(rig, event) for when, event in opened.items()]
    for event in opened.values():
        rig.degrade(event.place)
    await asyncio.gather(*(rig.sender.deliver(event) for event in opened.values()))
    await seams.kill_worker_at(rig, held)
    for event in opened.values():
        await rig.incidents.reaches(event.place, State.MONITORING)
    assert [[], []] == [await _recovered(rig, event) for event in opened.values()]


async def test_ticket_that_is_opened_late(rig: Rig) -> None:
    """A vendor opens what we have given up meanwhile: the second ticket is found, closed as a duplicate, and told."""
    event = rig.sender.event(rig.site())
    seams.ticketing_late(rig, event)
    rig.degrade(event.place)
    await rig.sender.deliver(event)
    await rig.incidents.says(event.place, "closed as duplicates")
    assert [] == await _recovered(rig, event)
    assert 2 == len(rig.effects(event.place).tickets)
