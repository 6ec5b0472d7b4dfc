"""All trunks and edges of the sandbox in one look."""

import json
from dataclasses import replace

import pytest

from holdline.clients.genesys_judged import JudgedTrunks
from holdline.domain.detection import Group, Source
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import Severity
from holdline.domain.observation import Verdict
from holdline.ports import Call
from holdline.simulators.faults import Fault, FaultKind, Match
from holdline.simulators.genesys.degrade import EdgeChange, set_edge
from tests.clients.elsewhere import TOKEN, elsewhere
from tests.clients.looking import look, reason, sweep, verdicts, wanted
from tests.clients.scripted import answer, scripted
from tests.contracts.rig import Rig
from tests.contracts.test_edges import drain
from tests.contracts.test_trunks import CALL

EDGES = "/api/v2/telephony/providers/edges"
TRUNKS = f"{EDGES}/trunks"


def place(rig: Rig) -> str:
    """The primary trunk of the first site."""
    return rig.sandbox.genesys.world.places[0].primary_trunk_id


def edge_of(rig: Rig, trunk: str) -> str:
    """The edge of a trunk."""
    return rig.sandbox.genesys.world.trunks[trunk].edge


def asked(rig: Rig) -> list[str]:
    """What was asked since the log was cleared."""
    return [each["path"] for each in rig.sandbox.genesys.requests if "oauth" not in each["path"]]


async def test_all_trunks_in_one_request(rig: Rig) -> None:
    """One request finds the one that is down, by name; down is CRITICAL. Only then the edges are read as well."""
    rig.sandbox.genesys.requests.clear()
    assert {"healthy"} == set(verdicts(await look(rig, Source.TRUNKS)).values())
    assert [TRUNKS] == asked(rig)
    rig.sandbox.genesys.set_trunk(place(rig), connected=False)
    rig.sandbox.genesys.requests.clear()
    found = await look(rig, Source.TRUNKS)
    assert ["breach", "healthy", "healthy", "healthy"] == sorted(verdicts(found).values())
    down = next(each for each in found.findings if each.verdict is Verdict.BREACH)
    assert ("Vienna Danube Telecom trunk", Severity.CRITICAL) == (down.entity.name, down.severity)
    assert down.reason.startswith("not connected since ")
    assert [TRUNKS, EDGES] == asked(rig)


async def test_switched_off_is_unknown(rig: Rig) -> None:
    """A trunk that an administrator took out of service is no breach."""
    rig.sandbox.genesys.set_trunk(place(rig), connected=False, in_service=False)
    assert "unknown" == verdicts(await look(rig, Source.TRUNKS))["Vienna Danube Telecom trunk"]


async def test_only_what_is_due_and_watched(rig: Rig) -> None:
    """Only the groups that are due are judged; a name that nobody has is told."""
    mine = Group(name="mine", names=("graz *", "Paris *"))
    found = await look(rig, Source.TRUNKS, mine)
    assert ["Graz Alpine Voice trunk", "Graz Danube Telecom trunk"] == sorted(verdicts(found))
    assert ("Paris *",) == found.missing
    later = wanted(Source.TRUNKS, mine).model_copy(update={"due": ()})
    assert () == (await sweep(rig.patient.genesys, later)).findings


async def test_a_page_that_fails_is_a_gap() -> None:
    """The other pages count, what failed is named, and what is configured is not called missing for it."""

    def paged(request: bytes) -> bytes:
        if b"/trunks?" not in request:
            return answer(200, {"entities": []})
        number = int(request.split(b"pageNumber=")[1].split(b"&")[0])
        if number == 2:
            return answer(500, {"message": "internal server error", "code": "internal.server.error"})
        trunk = {"id": f"t{number}", "name": f"Trunk {number}", "state": "active", "inService": True}
        return answer(200, {"entities": [trunk | {"connectedStatus": {"connected": False}}], "pageCount": 3})

    async with scripted(TOKEN, paged) as script, elsewhere(script.url) as client:
        found = await sweep(client, wanted(Source.TRUNKS, Group(name="mine", names=("Trunk *", "gone"))))
    assert {"Trunk 1": "breach", "Trunk 3": "breach"} == verdicts(found)
    assert ["page 2 of 3 of the trunks"] == [gap.what for gap in found.gaps]
    assert "internal.server.error" in found.gaps[0].reason
    assert () == found.missing


async def test_nothing_can_be_read(rig: Rig) -> None:
    """A refusal is a gap with the vendor's words, no finding and no error."""
    match = Match(method="GET", path=TRUNKS)
    rig.sandbox.genesys.faults.add(Fault(kind=FaultKind.STATUS, status=403, match=match, times=None))
    found = await look(rig, Source.TRUNKS)
    assert ((), 1) == (found.findings, len(found.gaps))
    assert "403" in found.gaps[0].reason


async def test_an_entity_without_a_usable_id_is_left_out() -> None:
    """An id that no workflow can be named by spoils nothing else."""
    trunks = [{"id": "no id/at all", "state": "active"}, {"id": "t2", "state": "inactive"}]
    async with scripted(TOKEN, answer(200, {"entities": trunks})) as script, elsewhere(script.url) as client:
        assert {"t2": "unknown"} == verdicts(await sweep(client, wanted(Source.TRUNKS)))


async def test_quality_is_asked_for(rig: Rig) -> None:
    """Where a group has a bound, one more request finds a connected trunk whose calls fail."""
    trunk = rig.sandbox.genesys.world.trunks[place(rig)]
    set_edge(rig.sandbox.genesys.world, trunk.edge, EdgeChange(connected_calls=60, failed_calls=40))
    assert "healthy" == verdicts(await look(rig, Source.TRUNKS))[trunk.name]
    found = await look(rig, Source.TRUNKS, quality=0.85)
    assert ("breach", "60% of 100 calls were good, 85% is the least") == (
        verdicts(found)[trunk.name],
        reason(found, trunk.name),
    )
    assert 3 == list(verdicts(found).values()).count("healthy")


async def test_few_calls_are_no_quality(rig: Rig) -> None:
    """Below the least number of calls, and without any data, the state of the trunk decides."""
    trunk = rig.sandbox.genesys.world.trunks[place(rig)]
    set_edge(rig.sandbox.genesys.world, trunk.edge, EdgeChange(connected_calls=1, failed_calls=18))
    assert {"healthy"} == set(verdicts(await look(rig, Source.TRUNKS, quality=0.85)).values())


async def test_calls_of_several_trunks_are_nobodys() -> None:
    """Where an edge carries two trunks, nobody is blamed for its calls."""
    trunks = [
        {
            "id": f"t{n}",
            "state": "active",
            "inService": True,
            "edge": {"id": "e1"},
            "connectedStatus": {"connected": True},
        }
        for n in range(2)
    ]
    metrics = [{"metric": "nConnected", "stats": {"count": 1}}, {"metric": "nError", "stats": {"count": 99}}]
    quality = {"results": [{"group": {"edgeId": "e1"}, "data": [{"interval": "…", "metrics": metrics}]}]}
    listed = answer(200, {"entities": trunks})
    async with scripted(TOKEN, listed, answer(200, quality)) as script, elsewhere(script.url) as client:
        found = await sweep(client, wanted(Source.TRUNKS, quality=0.85))
        assert {"t0": "healthy", "t1": "healthy"} == verdicts(found)
        asked = json.loads(script.requests[-1].partition(b"\r\n\r\n")[2])
        assert (["edgeId"], ["nConnected", "nError"]) == (asked["groupBy"], asked["metrics"])


async def test_quality_that_cannot_be_read(rig: Rig) -> None:
    """Without the permission for analytics the state of the trunks is judged all the same, and the gap is told."""
    match = Match(method="POST", path="/api/v2/analytics/conversations/aggregates/query")
    rig.sandbox.genesys.faults.add(Fault(kind=FaultKind.STATUS, status=403, match=match, times=None))
    found = await look(rig, Source.TRUNKS, quality=0.85)
    assert ({"healthy"}, ["the quality of the calls"]) == (
        set(verdicts(found).values()),
        [gap.what for gap in found.gaps],
    )


async def test_one_trunk_by_the_same_rule(rig: Rig) -> None:
    """An incident reads its trunk as detection does: connected with failing calls is a breach, unread is unknown."""
    trunk = rig.sandbox.genesys.world.trunks[place(rig)]
    set_edge(rig.sandbox.genesys.world, trunk.edge, EdgeChange(connected_calls=60, failed_calls=40))
    client, plan = rig.patient.genesys, wanted(Source.TRUNKS, quality=0.85).plan
    strict, call = JudgedTrunks(client.trunks, client.sweeps, plan), Call(request_id="request-1", effect="read")
    entity = Entity(kind=EntityKind.TRUNK, id=trunk.id)
    lax = JudgedTrunks(client.trunks, client.sweeps, wanted(Source.TRUNKS).plan)
    assert Verdict.HEALTHY is (await lax.read(entity, call)).verdict
    seen = await strict.read(entity, call)
    assert (Verdict.BREACH, "60% of 100 calls were good, 85% is the least") == (seen.verdict, seen.reason)
    match = Match(method="POST", path="/api/v2/analytics/conversations/aggregates/query")
    rig.sandbox.genesys.faults.add(Fault(kind=FaultKind.STATUS, status=403, match=match, times=None))
    assert Verdict.UNKNOWN is (await strict.read(entity, call)).verdict
    rig.sandbox.genesys.set_trunk(trunk.id, connected=False)
    assert (await strict.read(entity, call)).reason.startswith("not connected since ")


async def test_edges(rig: Rig) -> None:
    """Offline is a breach, out of service by an administrator is unknown; the site is known."""
    edges = list(rig.sandbox.genesys.world.edges)
    set_edge(rig.sandbox.genesys.world, edges[0], EdgeChange(online=False))
    set_edge(rig.sandbox.genesys.world, edges[1], EdgeChange(online=False, in_service=False))
    found = await look(rig, Source.EDGES)
    assert {"Vienna edge 1": "breach", "Vienna edge 2": "unknown"} == {
        name: verdict for name, verdict in verdicts(found).items() if name.startswith("Vienna")
    }
    assert ("Vienna", "it is offline") == (found.findings[0].entity.site, reason(found, "Vienna edge 1"))
    assert 2 == list(verdicts(found).values()).count("healthy")


@pytest.mark.parametrize(
    ("calls", "reason_"), [(4, "it is being drained (WAIT)"), (0, "it is not in service (INACTIVE)")]
)
async def test_an_edge_that_we_drain(rig: Rig, calls: int, reason_: str) -> None:
    """Offline because our own action takes it out of service: unknown, so that polling opens nothing (S3.9)."""
    edges = rig.sandbox.genesys.world.edges
    first = next(iter(edges))
    edges[first] = replace(edges[first], calls=calls)
    await rig.patient.genesys.edges.change(drain(rig), CALL)
    edges[first] = replace(edges[first], online=False)
    found = await look(rig, Source.EDGES)
    assert ("unknown", reason_) == (verdicts(found)["Vienna edge 1"], reason(found, "Vienna edge 1"))


async def drained(rig: Rig, calls: int) -> str:
    """Our own action takes the edge of the first trunk out of service, and the trunk goes down with it."""
    edges, trunk = rig.sandbox.genesys.world.edges, place(rig)
    edges[edge_of(rig, trunk)] = replace(edges[edge_of(rig, trunk)], calls=calls)
    await rig.patient.genesys.edges.change(drain(rig), CALL)
    rig.sandbox.genesys.set_trunk(trunk, connected=False)
    return rig.sandbox.genesys.world.trunks[trunk].name


@pytest.mark.parametrize(
    ("calls", "reason_"),
    [
        (4, "out of service with its edge Vienna edge 1: it is being drained (WAIT)"),
        (0, "its edge is not in service"),
    ],
)
async def test_a_trunk_whose_edge_we_drain(rig: Rig, calls: int, reason_: str) -> None:
    """It is unknown while calls end and afterwards; one that is down on an edge in service is a breach meanwhile."""
    name = await drained(rig, calls)
    other = rig.sandbox.genesys.world.places[1].primary_trunk_id
    rig.sandbox.genesys.set_trunk(other, connected=False)
    found = await look(rig, Source.TRUNKS)
    assert ("unknown", reason_) == (verdicts(found)[name], reason(found, name))
    assert "breach" == verdicts(found)[rig.sandbox.genesys.world.trunks[other].name]


async def test_a_trunk_that_stays_down_after_its_edge_is_back(rig: Rig) -> None:
    """What was excused is a breach once the edge is in service, and so it is where the edge fails by itself."""
    name = await drained(rig, 4)
    await rig.patient.genesys.edges.change(drain(rig).inverse("revert", "back"), CALL)
    assert "breach" == verdicts(await look(rig, Source.TRUNKS))[name]
    set_edge(rig.sandbox.genesys.world, edge_of(rig, place(rig)), EdgeChange(online=False))
    assert "breach" == verdicts(await look(rig, Source.TRUNKS))[name]


async def test_edges_that_cannot_be_read_excuse_nothing(rig: Rig) -> None:
    """In doubt the trunk is down; what could not be read is told."""
    name = await drained(rig, 4)
    match = Match(method="GET", path="*/edges")
    rig.sandbox.genesys.faults.add(Fault(kind=FaultKind.STATUS, status=403, match=match, times=None))
    found = await look(rig, Source.TRUNKS)
    assert ("breach", ["page 1 of the edges"]) == (verdicts(found)[name], [gap.what for gap in found.gaps])


async def test_poor_calls_while_the_edge_is_drained(rig: Rig) -> None:
    """An incident does not take a trunk for well whose calls fail because they are cut off."""
    trunk = rig.sandbox.genesys.world.trunks[place(rig)]
    await drained(rig, 4)
    rig.sandbox.genesys.set_trunk(trunk.id, connected=True)
    set_edge(rig.sandbox.genesys.world, trunk.edge, EdgeChange(connected_calls=60, failed_calls=40))
    client, plan = rig.patient.genesys, wanted(Source.TRUNKS, quality=0.85).plan
    strict, call = JudgedTrunks(client.trunks, client.sweeps, plan), Call(request_id="request-1", effect="read")
    seen = await strict.read(Entity(kind=EntityKind.TRUNK, id=trunk.id), call)
    assert (Verdict.UNKNOWN, Severity.LOW) == (seen.verdict, seen.severity)
    assert seen.reason.startswith("out of service with its edge ")
