"""Nobody sends an event: what fails is found by looking, what merely flickers is not, and a lost look-out is missed."""

from collections import defaultdict
from collections.abc import AsyncIterator
from functools import partial

import pytest

from holdline.domain.detection import Source
from holdline.domain.entity import EntityKind
from holdline.domain.incident import IncidentKind
from holdline.domain.keys import minted
from holdline.domain.keys import workflow_id as incident_id
from holdline.domain.lifecycle import State
from holdline.domain.messages import SNAPSHOT, Snapshot
from holdline.domain.watching import BOARD, Board, detector_id
from holdline.simulators.faults import Fault, FaultKind, Match
from holdline.simulators.genesys.degrade import EdgeChange, QueueChange, set_edge, set_queue
from tests.endtoend.configuration import Plan
from tests.endtoend.incidents import until
from tests.endtoend.rig import Rig, rigged

pytestmark = pytest.mark.long

DETECTION = """
[detection]
sources = ["trunks", "edges", "queues", "capacity"]
interval = "1s"
lost_after = 4
quality = 0.85
"""
TRUNKS = "/api/v2/telephony/providers/edges/trunks"
EDGES = "/api/v2/telephony/providers/edges"
QUEUE_BY_ID = "/api/v2/routing/queues/divisionviews"
CAPACITY = "/api/v2/telephony/calls/metrics"


@pytest.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    """A rig that looks at everything each second, to which the vendors send nothing."""
    async with rigged(tmp_path_factory.mktemp("detection"), Plan(sites=6, detection=DETECTION)) as running:
        await until(lambda: looks(running) > 1, "the trunks are looked at")
        yield running


def looks(rig: Rig) -> int:
    """How often all trunks were read."""
    return sum(each["path"] == TRUNKS for each in rig.sandbox.genesys.requests)


def read(rig: Rig, path: str) -> bool:
    """Whether something was read that no look at everything reads."""
    return any(each["path"] == path for each in rig.sandbox.genesys.requests)


async def further(rig: Rig, number: int) -> None:
    """Wait for some more looks."""
    enough = looks(rig) + number
    await until(lambda: looks(rig) >= enough, f"{number} more looks")


async def story(rig: Rig, kind: IncidentKind, entity: str) -> Snapshot | None:
    """What an incident says of itself, None where there is none yet."""
    found = rig.client.list_workflows(f"WorkflowId = '{incident_id(kind, entity)}' AND ExecutionStatus = 'Running'")
    if not [each async for each in found]:
        return None
    told = await rig.client.get_workflow_handle(incident_id(kind, entity)).query(SNAPSHOT, result_type=Snapshot)
    assert isinstance(told, Snapshot)
    return told


async def opened(rig: Rig, kind: IncidentKind, entity: str) -> Snapshot:
    """Wait for an incident."""

    async def told() -> bool:
        return await story(rig, kind, entity) is not None

    await until(told, f"there is {kind} of {entity}")
    found = await story(rig, kind, entity)
    assert found is not None
    return found


async def board(rig: Rig, source: Source) -> Board:
    """What a detector knows."""
    answer = await rig.client.get_workflow_handle(detector_id(source)).query(BOARD, result_type=Board)
    assert isinstance(answer, Board)
    return answer


async def test_a_degraded_trunk_becomes_an_incident(rig: Rig) -> None:
    """Three looks see it down, then people are paged and the route is changed; two see it up, and it is over."""
    place = rig.site()
    before = looks(rig)
    rig.degrade(place)
    told = await rig.incidents.reaches(place, State.MONITORING)
    assert 3 <= looks(rig) - before
    assert "polling trunks" in told.timeline[0].text
    assert place.name in told.entity.name
    rig.heal(place)
    await rig.incidents.says(place, "a healthy observation")


async def test_calls_that_fail(rig: Rig) -> None:
    """A trunk that is connected while its calls fail is an incident that does not end because it is connected."""
    world, place = rig.sandbox.genesys.world, rig.site()
    trunk = world.trunks[place.primary_trunk_id]
    set_edge(world, trunk.edge, EdgeChange(connected_calls=60, failed_calls=40))
    told = await rig.incidents.reaches(place, State.MONITORING, State.HANDED_OVER)
    assert "60% of 100 calls were good" in told.timeline[0].text
    set_edge(world, trunk.edge, EdgeChange(connected_calls=100, failed_calls=0))


async def test_a_glitch_opens_nothing(rig: Rig) -> None:
    """A trunk that two looks saw down is forgotten when the third sees it up."""
    place = rig.site()
    await further(rig, 1)
    rig.degrade(place)
    await further(rig, 1)
    rig.heal(place)
    await further(rig, 4)
    assert await story(rig, IncidentKind.TRUNK_FAILURE, place.primary_trunk_id) is None
    assert place.primary_trunk_id not in {each.entity.id for each in (await board(rig, Source.TRUNKS)).entities}


async def test_edges_and_queues(rig: Rig) -> None:
    """An edge that is offline and a queue with a long wait open incidents of their kinds, which look for themselves."""
    world = rig.sandbox.genesys.world
    place = rig.site()
    edge = world.trunks[place.secondary_trunk_id].edge
    set_edge(world, edge, EdgeChange(online=False))
    billing = world.queue("Billing")
    assert billing is not None
    set_queue(world, billing.id, QueueChange(waiting=(900,)))
    offline = await opened(rig, IncidentKind.EDGE_OFFLINE, edge)
    overflow = await opened(rig, IncidentKind.QUEUE_OVERFLOW, billing.id)
    assert (EntityKind.EDGE, place.name, "Billing") == (offline.entity.kind, offline.entity.site, overflow.entity.name)
    for path in (f"{EDGES}/{edge}", QUEUE_BY_ID):
        await until(partial(read, rig, path), f"the incident has read {path}")
    for told in (offline, overflow):
        again = await opened(rig, told.kind, told.entity.id)
        assert not [row for row in again.timeline if "could not be" in row.text]


async def test_a_source_that_is_forbidden(rig: Rig) -> None:
    """403 on the capacity is an incident of the detection of the capacity, and the trunks are read as before."""
    match = Match(method="GET", path=CAPACITY)
    rig.sandbox.genesys.faults.add(Fault(kind=FaultKind.STATUS, status=403, match=match, times=None))
    told = await opened(rig, IncidentKind.DETECTION_LOST, Source.CAPACITY)
    assert "403" in told.timeline[0].text
    await further(rig, 2)
    assert () == (await board(rig, Source.TRUNKS)).gaps
    rig.sandbox.genesys.faults.clear()


async def test_a_terminated_detector_is_missed(rig: Rig) -> None:
    """Somebody ends the detector of the trunks: that is an incident, and another one looks on."""
    await rig.client.get_workflow_handle(detector_id(Source.TRUNKS)).terminate("cleaned up")
    told = await opened(rig, IncidentKind.DETECTION_LOST, Source.TRUNKS)
    assert "had stopped: it was terminated" in told.timeline[0].text
    await further(rig, 2)
    assert {} != (await board(rig, Source.TRUNKS)).seen


async def test_every_call_has_its_request_id(rig: Rig) -> None:
    """Whatever looks, orders or pages: each request to a vendor carries a request id of ours."""
    await further(rig, 1)
    sent = [(row["path"], row["request_id"]) for each in rig.sandbox.simulators() for row in each.requests]
    assert {TRUNKS, CAPACITY, "/oauth/token", "/v2/enqueue"} <= {path for path, _ in sent}
    assert [] == [path for path, request in sent if not minted(request)]


async def test_one_trace_from_the_tick_on(rig: Rig) -> None:
    """The trace of the look that saw it joins the incident, what it reads and orders; another tick is another trace."""
    place = rig.site()
    rig.degrade(place)
    await rig.incidents.reaches(place, State.MONITORING)

    async def told() -> bool:
        return any(
            JOINED <= names for names in traces(rig, incident_id(IncidentKind.TRUNK_FAILURE, place.primary_trunk_id))
        )

    await until(told, "one trace has all of it")
    ticks = [each for each in rig.spans() if each["name"] == "tick of the trunks"]
    assert len(ticks) == len({each["context"]["trace_id"] for each in ticks})
    rig.heal(place)


JOINED = {
    "tick of the trunks",
    "RunActivity:poll",
    f"GET {TRUNKS}",
    "RunActivity:announce",
    "RunActivity:survey",
    "RunActivity:make_change",
    "PUT /api/v2/telephony/providers/edges/sites/{siteId}/outboundroutes/{routeId}",
    "RunActivity:page",
    "POST /v2/enqueue",
}


def traces(rig: Rig, incident: str) -> list[set[str]]:
    """The names of the spans of each trace that an incident is in."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    of: set[str] = set()
    for span in rig.spans():
        trace = span["context"]["trace_id"]
        found[trace].add(span["name"])
        if span["attributes"].get("temporalWorkflowID") == incident:
            of.add(trace)
    return [found[trace] for trace in of]
