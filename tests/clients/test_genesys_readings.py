"""Reading one edge, one queue and the capacity of the sandbox, as the detectors would judge them."""

import asyncio
import importlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from holdline.clients.genesys_capacity import ORGANISATION
from holdline.domain.detection import Group, Source
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.observation import Observation, Verdict
from holdline.ports import CredentialsRefused, Rejected, Unavailable
from holdline.settings.detection import Detection, DetectionGroup
from holdline.simulators.faults import Fault, FaultKind, Match
from holdline.simulators.genesys.callers import Capacity
from holdline.simulators.genesys.degrade import EdgeChange, QueueChange, set_edge, set_queue
from tests.clients.looking import look
from tests.contracts.rig import CLIENT_ID, CLIENT_SECRET, Rig
from tests.contracts.test_edges import first_edge
from tests.contracts.test_readings import reading

EDGE, QUEUE, CAPACITY = IncidentKind.EDGE_OFFLINE, IncidentKind.QUEUE_OVERFLOW, IncidentKind.CAPACITY_EXHAUSTED
QUESTIONS = ("conversations/activity", "conversations/aggregates", "queues/observations")
STRICT = Detection(
    groups={"billing": DetectionGroup(source=Source.QUEUES, names=("bill*",), longest_wait=timedelta(seconds=20))}
)


def billing(rig: Rig) -> Entity:
    """A queue."""
    known = rig.sandbox.genesys.world.queue("Billing")
    assert known is not None
    return Entity(kind=EntityKind.QUEUE, id=known.id)


async def read(rig: Rig, kind: IncidentKind, entity: Entity, detection: Detection | None = None) -> Observation:
    """One reading."""
    return await reading(rig.patient, kind, entity, detection)


def waits(rig: Rig, **change: Any) -> None:
    """Change who waits."""
    set_queue(rig.sandbox.genesys.world, billing(rig).id, QueueChange(**change))


async def test_an_edge_that_is_offline(rig: Rig) -> None:
    """Offline is a breach that names the edge and its site; online is healthy."""
    edge = first_edge(rig)
    set_edge(rig.sandbox.genesys.world, edge.id, EdgeChange(online=False))
    seen = await read(rig, EDGE, edge)
    assert (EDGE, Verdict.BREACH, "it is offline", "Vienna") == (seen.kind, seen.verdict, seen.reason, seen.entity.site)
    assert seen.entity.name
    set_edge(rig.sandbox.genesys.world, edge.id, EdgeChange(online=True))
    seen = await read(rig, EDGE, edge)
    assert (Verdict.HEALTHY, Severity.LOW) == (seen.verdict, seen.severity)


async def test_an_edge_that_is_out_of_service(rig: Rig) -> None:
    """What an administrator took out of service is unknown, online or not."""
    edges, id = rig.sandbox.genesys.world.edges, first_edge(rig).id
    edges[id] = replace(edges[id], in_service=False, online=False)
    assert Verdict.UNKNOWN is (await read(rig, EDGE, first_edge(rig))).verdict


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"waiting": (700,)}, Verdict.BREACH),
        ({"waiting": (700,), "told": "not"}, Verdict.BREACH),
        ({"waiting": (), "waits": (301, 400)}, Verdict.BREACH),
        ({"waiting": (5,), "waits": (10,)}, Verdict.HEALTHY),
        ({}, Verdict.UNKNOWN),
    ],
)
async def test_a_queue_is_judged_as_by_its_detector(rig: Rig, change: dict[str, Any], verdict: Verdict) -> None:
    """The reading and the sweep say the same in the same words; an idle queue is unknown, no wait of zero."""
    waits(rig, **change)
    seen = await read(rig, QUEUE, billing(rig))
    swept = next(each for each in (await look(rig, Source.QUEUES)).findings if each.entity.id == billing(rig).id)
    assert (verdict, verdict) == (swept.verdict, seen.verdict)
    assert (swept.entity, set(swept.metrics)) == (seen.entity, set(seen.metrics))
    assert swept.severity is seen.severity or verdict is not Verdict.BREACH


async def test_the_bounds_are_those_of_the_group(rig: Rig) -> None:
    """The group is found by the name that Genesys has for the queue, whatever the incident calls it."""
    waits(rig, waiting=(30,))
    called = billing(rig).model_copy(update={"name": "the one with the invoices"})
    assert Verdict.HEALTHY is (await read(rig, QUEUE, called)).verdict
    seen = await read(rig, QUEUE, called, STRICT)
    assert (Verdict.BREACH, called) == (seen.verdict, seen.entity)
    (group, _) = STRICT.plan(Source.QUEUES).groups
    assert Verdict.BREACH is (await look(rig, Source.QUEUES, group)).findings[0].verdict


async def test_what_detection_leaves_alone(rig: Rig) -> None:
    """Without a bound nobody says what is too much: that is unknown, and no figures are asked for."""
    waits(rig, waiting=(700,))
    nothing = Detection(everything=False)
    assert Verdict.UNKNOWN is (await read(rig, QUEUE, billing(rig), nothing)).verdict
    assert [] == [each for each in rig.sandbox.genesys.requests if "analytics" in each["path"]]


async def test_one_queue_is_asked_about(rig: Rig) -> None:
    """A reading is three requests about one queue, however many there are, and a fourth where a wait is not told."""
    waits(rig, waiting=(5,), told="not")
    await read(rig, QUEUE, billing(rig))
    paths = [each["path"] for each in rig.sandbox.genesys.requests if "oauth" not in each["path"]]
    assert ["/api/v2/routing/queues/divisionviews"] == paths[:1]
    assert {f"/api/v2/analytics/{each}/query" for each in QUESTIONS} == set(paths[1:])
    assert 4 == len(paths)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(("status", "error"), [(403, CredentialsRefused), (503, Unavailable)])
async def test_a_question_without_an_answer(rig: Rig, question: str, status: int, error: type[Exception]) -> None:
    """A queue of which a part cannot be read is not judged: the reading fails, as a trunk's does."""
    waits(rig, waiting=(5,), told="not")
    match = Match(method="POST", path=f"/api/v2/analytics/{question}/query")
    rig.sandbox.genesys.faults.add(Fault(kind=FaultKind.STATUS, status=status, match=match, times=None))
    with pytest.raises(error):
        await read(rig, QUEUE, billing(rig))


@pytest.mark.parametrize(("kind", "entity"), [(EDGE, EntityKind.EDGE), (QUEUE, EntityKind.QUEUE)])
async def test_what_is_gone_is_for_a_human(rig: Rig, kind: IncidentKind, entity: EntityKind) -> None:
    """An id that nobody has is refused, neither down nor well."""
    with pytest.raises(Rejected):
        await read(rig, kind, Entity(kind=entity, id="gone"))


async def test_the_capacity(rig: Rig) -> None:
    """The share in use is judged by the bound of detection."""
    rig.sandbox.genesys.world.capacity = Capacity(calls=850, sessions=100)
    seen = await read(rig, CAPACITY, ORGANISATION)
    assert (Verdict.HEALTHY, {"used": 0.85}) == (seen.verdict, seen.metrics)
    assert Verdict.BREACH is (await read(rig, CAPACITY, ORGANISATION, Detection(share=0.8))).verdict
    with pytest.raises(Rejected, match="no capacity of"):
        await read(rig, CAPACITY, Entity(kind=EntityKind.ORGANISATION, id="other"))


async def test_a_capacity_that_is_not_told(rig: Rig) -> None:
    """A capacity of zero is unknown."""
    rig.sandbox.genesys.world.capacity = Capacity(most_calls=0, most_sessions=0)
    assert Verdict.UNKNOWN is (await read(rig, CAPACITY, ORGANISATION)).verdict


async def test_readings_by_their_own_bounds_are_marked(rig: Rig) -> None:
    """The groups of a plan and a reading are of one measure."""
    assert (await read(rig, CAPACITY, ORGANISATION)).by_bounds
    assert Group(name="x").bounds == Detection().plan(Source.CAPACITY).groups[0].bounds


def told_by_the_vendor(platform: Any, url: str, edge: str, queue: str) -> dict[str, Any]:
    """What Genesys's own library reads at the three addresses."""
    api = platform.ApiClient(host=url)
    api.get_client_credentials_token(CLIENT_ID, CLIENT_SECRET)
    found = platform.TelephonyProvidersEdgeApi(api).get_telephony_providers_edge(edge)
    routing, calls = platform.RoutingApi(api), platform.TelephonyApi(api).get_telephony_calls_metrics()
    queues = [routing.get_routing_queues_divisionviews(id=[each]).entities for each in (queue, "gone")]
    return {
        "edge": (found.online_status, found.status_code, found.state, found.site.name),
        "queues": [[each.id for each in listed] for listed in queues],
        "calls": (calls.concurrent_call_count, calls.max_call_capacity),
    }


async def test_the_vendors_library_reads_the_same(rig: Rig) -> None:
    """PureCloudPlatformClientV2 finds an edge, a queue by its id and the capacity where the readers look."""
    platform = await asyncio.to_thread(importlib.import_module, "PureCloudPlatformClientV2")
    sandbox, queue = rig.sandbox, billing(rig).id
    sandbox.genesys.world.capacity = Capacity(calls=850)
    told = await asyncio.to_thread(told_by_the_vendor, platform, sandbox.genesys_url, first_edge(rig).id, queue)
    expected = {"edge": ("ONLINE", "ACTIVE", "active", "Vienna"), "queues": [[queue], []]}
    assert {**expected, "calls": (850, sandbox.genesys.world.capacity.most_calls)} == told
