"""What plans are made from is asked once for all of them; what a change or a verdict rests on never is."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from holdline.clients.genesys import Genesys
from holdline.clients.network import Network
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind
from holdline.ports import Call, Unavailable
from holdline.settings.detection import Detection
from holdline.simulators.faults import Fault, FaultKind, Match
from tests.clients.elsewhere import elsewhere
from tests.contracts.rig import CLIENT_ID, CLIENT_SECRET, PATIENT, Rig
from tests.contracts.test_edges import EDGES, RULE, first_edge
from tests.contracts.test_routes import switch
from tests.contracts.test_trunks import CALL

GRANTS = "/api/v2/authorization/subjects/me"
PERMISSIONS = ("telephony:plugin:all",)


@asynccontextmanager
async def planner(rig: Rig, recent: float = 60) -> AsyncIterator[Genesys]:
    """A client whose plans are made from what is so many seconds old at most; it is logged in."""
    network = Network(limits=PATIENT, recent=timedelta(seconds=recent))
    async with elsewhere(rig.sandbox.genesys_url, CLIENT_ID, CLIENT_SECRET, network) as client:
        await client.grants.prove((), CALL)
        rig.sandbox.genesys.requests.clear()
        yield client


def asked(rig: Rig) -> Counter[str]:
    """How often each path was asked."""
    return Counter(each["path"].partition("?")[0] for each in rig.sandbox.genesys.requests)


def trunks(rig: Rig) -> list[Entity]:
    """Both trunks of the first site."""
    place = rig.sandbox.genesys.world.places[0]
    return [Entity(kind=EntityKind.TRUNK, id=id) for id in (place.primary_trunk_id, place.secondary_trunk_id)]


def spoil(rig: Rig, kind: FaultKind, path: str) -> None:
    """The next answer about this path goes wrong."""
    rig.sandbox.genesys.faults.add(Fault(kind=kind, match=Match(method="GET", path=path), status=503, seconds=60))


async def test_plans_of_one_storm_share_what_they_read(rig: Rig) -> None:
    """Twenty plans for two trunks of one site ask for all trunks, the edge, the routes and the permissions once."""
    async with planner(rig) as client:
        calls = [CALL.model_copy(update={"request_id": f"request-{number}"}) for number in range(10)]
        await asyncio.gather(*(client.routes.of_trunk(trunk, call) for trunk in trunks(rig) for call in calls))
        await asyncio.gather(*(client.recent_grants.prove(PERMISSIONS, call) for call in calls))
    assert {1} == set(asked(rig).values())


async def test_a_plan_uses_what_a_reading_is_told(rig: Rig) -> None:
    """The first look and the plan of one incident ask for its edge once; each look asks for itself."""
    edge = first_edge(rig)
    async with planner(rig) as client:
        reader = client.readers(Detection().plan)[IncidentKind.EDGE_OFFLINE]
        await asyncio.gather(reader.read(edge, CALL), client.edges.plan(RULE, edge, CALL))
        assert 1 == asked(rig)[f"{EDGES}/{edge.id}"]
        await asyncio.gather(reader.read(edge, CALL), reader.read(edge, CALL))
        assert 3 == asked(rig)[f"{EDGES}/{edge.id}"]


async def test_what_was_read_grows_old(rig: Rig) -> None:
    """A plan that is made later reads for itself."""
    async with planner(rig, recent=0.05) as client:
        await client.recent_grants.prove(PERMISSIONS, CALL)
        await asyncio.sleep(0.1)
        await client.recent_grants.prove(PERMISSIONS, CALL)
    assert 2 == asked(rig)[GRANTS]


async def test_the_check_of_a_credential_is_never_old(rig: Rig) -> None:
    """Whether a credential is valid is asked each time."""
    async with planner(rig) as client:
        for _ in range(2):
            await client.grants.prove(PERMISSIONS, CALL)
    assert 2 == asked(rig)[GRANTS]


async def test_a_change_makes_old_what_it_changes(rig: Rig) -> None:
    """The plan after a change sees it; whatever else was read is still good."""
    trunk, change = trunks(rig)[0], switch(rig)
    async with planner(rig) as client:
        before = await client.routes.of_trunk(trunk, CALL)
        await client.routes.change(change, CALL)
        after = await client.routes.of_trunk(trunk, CALL)
    assert (1, 2) == (
        asked(rig)[f"{EDGES}/trunks"],
        asked(rig)[f"{EDGES}/sites/{change.target.partition('/')[0]}/outboundroutes"],
    )
    orders = [[carrier.id for carrier in found.routes[0].carriers] for found in (before, after)]
    assert [list(change.expected), list(change.wanted)] == orders


async def test_a_failure_is_told_to_all_and_kept_for_nobody(rig: Rig) -> None:
    """Who waits for the same answer shares its error; who asks then is answered."""
    async with planner(rig) as client:
        spoil(rig, FaultKind.STATUS, GRANTS)
        told = await asyncio.gather(
            *(client.recent_grants.prove(PERMISSIONS, CALL) for _ in range(3)), return_exceptions=True
        )
        assert [Unavailable] * 3 == [type(each) for each in told]
        await client.recent_grants.prove(PERMISSIONS, CALL)
    assert 2 == asked(rig)[GRANTS]


async def test_nobody_waits_for_what_nobody_wants(rig: Rig) -> None:
    """The last one who gives up ends the request, so that the next one does not wait for one that hangs."""
    async with planner(rig) as client:
        spoil(rig, FaultKind.HANG, GRANTS)
        waiting = [asyncio.create_task(client.recent_grants.prove(PERMISSIONS, CALL)) for _ in range(2)]
        while not asked(rig)[GRANTS]:  # noqa: ASYNC110 - a request log has no event to wait for
            await asyncio.sleep(0.01)
        for each in waiting:
            each.cancel()
        await asyncio.wait(waiting)
        await client.recent_grants.prove(PERMISSIONS, CALL)
    assert 2 == asked(rig)[GRANTS]


async def test_one_who_gives_up_leaves_the_others(rig: Rig) -> None:
    """Whoever asked first may go; the answer comes to those who wait with them."""
    async with planner(rig) as client:
        first, second = (asyncio.create_task(client.recent_grants.prove(PERMISSIONS, CALL)) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        await second
    assert 1 == asked(rig)[GRANTS]


async def test_different_questions_have_different_answers(rig: Rig) -> None:
    """What differs in its query or its part of the path is another question."""
    one, another = trunks(rig)
    async with planner(rig) as client:
        found = await asyncio.gather(
            *(client.routes.of_trunk(each, Call(request_id="r", effect="e")) for each in (one, another))
        )
    assert 2 == len({each.carrier for each in found})
