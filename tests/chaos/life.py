"""One incident in the middle of chaos: a trunk fails, perhaps somebody takes it, the trunk comes back, it ends."""

import asyncio
from datetime import timedelta
from random import Random
from typing import Final

from holdline.domain.lifecycle import State
from holdline.domain.messages import Snapshot
from holdline.simulators.genesys.world import Place
from tests.endtoend.effects import page_key
from tests.endtoend.rig import Rig

_PATIENCE: Final = timedelta(minutes=4)


async def life(rig: Rig, place: Place, chance: Random, seconds: float) -> None:
    """Live an incident whose failure lasts for about half of the chaos, and return when it is closed."""
    await asyncio.sleep(chance.uniform(0, seconds / 3))
    await rig.fails(place)
    # Until everybody is back the event may wait in the journal; a trunk that is well by then is no incident.
    await rig.incidents.comes_to(place, _confirmed, "is confirmed", _PATIENCE)
    await asyncio.sleep(chance.uniform(0, seconds / 4))
    if chance.random() < 0.5:
        _acknowledge(rig, place)
    await asyncio.sleep(chance.uniform(1, seconds / 4))
    rig.heal(place)
    for _ in range(2):
        await rig.sender.healthy(place)
    await rig.incidents.ends(place, _PATIENCE)


def _confirmed(found: Snapshot) -> bool:
    return found.state is not State.DETECTED


def _acknowledge(rig: Rig, place: Place) -> None:
    desk, people = rig.sandbox.pagerduty.desk, rig.sandbox.pagerduty.people
    for incident in desk.open_with(page_key(place))[:1]:
        desk.acknowledge(incident, people.agent("Maria Huber"), "human")
