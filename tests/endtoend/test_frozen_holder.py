"""Whoever holds a turn at the gate is frozen until it has ended and others have gone on: what thaws changes nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from holdline.domain.lifecycle import State
from holdline.simulators.faults import Fault, FaultKind, Match
from holdline.simulators.genesys.world import Place
from tests.endtoend.configuration import Plan
from tests.endtoend.grid import EDGES
from tests.endtoend.incidents import until, workflow_id
from tests.endtoend.rig import Rig, rigged

PLAN = Plan(gate='blast_trunks = 1000\nlease = "10s"', patience='connect = "2s"\nread = "9s"\nattempt = "10s"')
PATIENCE = timedelta(seconds=90)


@pytest.mark.long
@pytest.mark.timeout(240)
async def test_a_thawed_holder(tmp_path: Path) -> None:
    """Its lease ends, another worker changes the route, and the write that wakes up then is never sent."""
    async with rigged(tmp_path, PLAN) as rig:
        place = rig.site()
        _add_carrier(rig, place)
        event = rig.sender.event(place)
        holder = rig.caller(event, "reorder_route", f"{place.site_id}/{place.route_id}")
        _hold_look(rig, place, holder)
        rig.degrade(place)
        await rig.sender.deliver(event)
        await until(lambda: bool(_requests(rig, holder)), "its turn has begun")
        rig.worker.freeze()
        other = rig.another_worker("worker-2")
        await other.start()
        try:
            await rig.fails(replace(place, primary_trunk_id=place.secondary_trunk_id))
            await until(
                lambda: bool(rig.sandbox.genesys.ledger.of("route.changed")), "another has changed it", PATIENCE
            )
            written = _writes(rig, holder)
            thawed = datetime.now(UTC)
            rig.worker.thaw()
            await until(lambda: _over(rig, place, thawed), "the attempt that was frozen has ended")
            await rig.incidents.reaches(place, State.MONITORING)
        finally:
            await other.stop()
        assert written == _writes(rig, holder)
        assert 1 == len(rig.sandbox.genesys.ledger.of("route.changed"))


def _over(rig: Rig, place: Place, before: datetime) -> bool:
    """Whether the first worker has ended an attempt to change the site that it began before this."""
    tried = (each for each in rig.spans() if each["attributes"].get("temporalWorkflowID") == workflow_id(place))
    begun = (each["start_time"] for each in tried if each["name"] == "RunActivity:make_change")
    return any(datetime.fromisoformat(each) < before for each in begun)


def _add_carrier(rig: Rig, place: Place) -> None:
    """A third carrier, which still works when the first two do not."""
    world = rig.sandbox.genesys.world
    spare = world._lay(world.sites[place.site_id], "Spare Voice", 3)
    route = world.routes[place.route_id]
    world.write(replace(route, bases=(*route.bases, spare.base)))


def _hold_look(rig: Rig, place: Place, caller: str) -> None:
    """Let the look before the write take long enough to freeze whoever makes it."""
    path = f"{EDGES}/sites/{place.site_id}/outboundroutes/{place.route_id}"
    slow = Fault(kind=FaultKind.LATENCY, match=Match(method="GET", path=path), seconds=2)
    rig.faults(rig.sandbox.genesys).aim(caller, slow)


def _requests(rig: Rig, caller: str) -> list[dict[str, object]]:
    return [row for row in rig.sandbox.genesys.requests if row["request_id"] == caller]


def _writes(rig: Rig, caller: str) -> list[dict[str, object]]:
    return [row for row in _requests(rig, caller) if row["method"] == "PUT"]
