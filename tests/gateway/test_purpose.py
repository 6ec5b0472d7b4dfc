"""An edge that we have taken out of service goes offline with its trunks: that is no incident (S3.9)."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.service import RPCError

from holdline.clients.genesys import Genesys
from holdline.domain.change import ActionKind, Change
from holdline.domain.drain import IN, OUT, WAIT
from holdline.domain.incident import IncidentKind
from holdline.domain.keys import minted, workflow_id
from holdline.gateway.listening.ear import Ear
from holdline.gateway.topics.topic import rules
from holdline.ports import Call
from holdline.simulators.faults import Fault, FaultKind, Match
from holdline.simulators.genesys.notifications.bodies import edge_event, edge_topic
from holdline.simulators.genesys.notifications.control import By
from holdline.simulators.genesys.world import Edge, Trunk
from holdline.simulators.sandbox import Sandbox
from tests.gateway import events
from tests.gateway.hearing import HASTY, client_of, sandboxed
from tests.gateway.running import Running, configured, eventually, running

PURPOSE = "it was taken out of service on purpose"
EDGES = "/api/v2/telephony/providers/edges"
CALL = Call(request_id="request-1", effect="drain")


@dataclass
class Site:
    """The simulator with its edges, our client there, and a gateway that can ask it."""

    sandbox: Sandbox
    genesys: Genesys
    gateway: Running
    temporal: Client

    def edge(self, number: int = 0) -> Edge:
        """An edge as it stands."""
        return list(self.sandbox.genesys.world.edges.values())[number]

    def set(self, edge: Edge, **change: Any) -> Edge:
        """Something happens to an edge."""
        changed = self.sandbox.genesys.world.edges[edge.id] = replace(self.edge_now(edge), **change)
        return changed

    def edge_now(self, edge: Edge) -> Edge:
        """The edge as it stands now."""
        return self.sandbox.genesys.world.edges[edge.id]

    async def drain(self, edge: Edge, back: bool = False) -> None:
        """Do what our own action `drain_edge` does, or its inverse."""
        change = Change(
            action=ActionKind.DRAIN_EDGE,
            target=edge.id,
            label="out of service",
            expected=(IN,),
            wanted=(OUT,),
            parameters={WAIT: "60"},
            effect="incident/trunk_failure/x:1:drain_edge",
        )
        await self.genesys.edges.change(change.inverse("revert", "back") if back else change, CALL)

    async def says(self, edge: Edge) -> dict[str, Any]:
        """EventBridge tells the edge's status; returns what became of that event."""
        envelope = events.envelope("none")
        envelope["detail"] |= {"topicName": edge_topic(edge), "eventBody": edge_event(self.edge_now(edge))}
        return await self._becomes(envelope)

    async def says_down(self, trunk: Trunk) -> dict[str, Any]:
        """EventBridge tells that a trunk is down; returns what became of that event."""
        return await self._becomes(events.envelope(trunk.id))

    async def _becomes(self, envelope: dict[str, Any]) -> dict[str, Any]:
        answer = await self.gateway.genesys(envelope)
        assert (202, "accepted") == (answer.status_code, answer.json()["status"])
        return await self.gateway.settles(answer.json()["event_id"], "delivered", "dropped")

    async def signals(self, edge: Edge) -> int:
        """How often the incident of the edge was told something; none where there is none."""
        handle = self.temporal.get_workflow_handle(workflow_id(IncidentKind.EDGE_OFFLINE, edge.id))
        try:
            found = [event async for event in handle.fetch_history_events()]
        except RPCError:
            return 0
        return sum(each.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED for each in found)

    def asked(self, edge: Edge) -> list[dict[str, Any]]:
        """The questions about one edge."""
        return self.questions(f"{EDGES}/{edge.id}")

    def questions(self, path: str) -> list[dict[str, Any]]:
        """The requests to one path."""
        return [each for each in self.sandbox.genesys.requests if each["path"] == path]

    def trunk(self, edge: Edge) -> Trunk:
        """The trunk on an edge."""
        return next(each for each in self.sandbox.genesys.world.trunks.values() if each.edge == edge.id)


@asynccontextmanager
async def sited(folder: Path, client: Client, listens: bool = False) -> AsyncIterator[Site]:
    """A site, with edges that no other test has."""
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(sandboxed())
        world = sandbox.genesys.world
        ids = {edge: events.trunk() for edge in world.edges}
        trunks = [replace(each, id=events.trunk(), edge=ids[each.edge]) for each in world.trunks.values()]
        fresh = {ids[each.id]: replace(each, id=ids[each.id]) for each in world.edges.values()}
        world.edges.clear()
        world.edges.update(fresh)
        world.trunks.clear()
        world.trunks.update({each.id: each for each in trunks})
        genesys = await stack.enter_async_context(aclosing(client_of(sandbox)))
        topics = tuple(edge_topic(each) for each in fresh.values())
        ear = Ear(genesys.notifications, topics, HASTY) if listens else None
        config = configured(folder, genesys=rules())
        gateway = await stack.enter_async_context(running(config, client, ear=ear, withdrawals=genesys.edges))
        yield Site(sandbox, genesys, gateway, client)


@pytest.fixture
async def site(tmp_path: Path, client: Client) -> AsyncIterator[Site]:
    """A site before a Temporal server where no worker runs."""
    async with sited(tmp_path, client) as site:
        yield site


async def test_an_edge_that_we_drain_opens_nothing(site: Site) -> None:
    """While its calls end and when they have ended; the question carries a request id of ours."""
    edge = site.set(site.edge(), calls=4)
    await site.drain(edge)
    site.set(edge, online=False)
    draining = await site.says(edge)
    site.set(edge, calls=0)
    drained = await site.says(edge)
    reasons = [f"{PURPOSE}: it is being drained (WAIT)", f"{PURPOSE}: it is not in service (INACTIVE)"]
    assert ["dropped", "dropped"] == [draining["state"], drained["state"]]
    assert reasons == [draining["result"], drained["result"]]
    assert 0 == await site.signals(edge)
    assert minted(site.asked(edge)[-1]["request_id"])


async def test_an_edge_that_fails_opens_its_incident(site: Site) -> None:
    """Also the one that we had drained, once it is back in service and fails by itself."""
    edge = site.edge()
    await site.drain(edge)
    await site.drain(edge, back=True)
    site.set(edge, online=False)
    assert "delivered" == (await site.says(edge))["state"]
    assert 1 == await site.signals(edge)


async def test_what_is_open_is_not_fed(site: Site) -> None:
    """An incident that takes its own edge out of service does not hear that as a failure; it hears of the recovery."""
    edge = site.set(site.edge(), online=False)
    await site.says(edge)
    await site.drain(edge)
    assert "dropped" == (await site.says(edge))["state"]
    site.set(edge, online=True)
    assert "delivered" == (await site.says(edge))["state"]
    assert 2 == await site.signals(edge)


async def test_over_the_socket(tmp_path: Path, client: Client) -> None:
    """The notification channel says it as well, and comes to the same."""
    async with sited(tmp_path, client, listens=True) as site:
        drained, failed = site.edge(0), site.edge(1)
        await eventually(lambda: _up(site))
        await site.drain(drained)
        for edge in (drained, failed):
            site.sandbox.genesys.notifications.publish(
                edge_topic(edge), edge_event(site.set(edge, online=False)), By.SOCKETS
            )
        await eventually(lambda: site.signals(failed))
        assert [("dropped", 1)] == await eventually(lambda: _fates(site, drained))
        assert 0 == await site.signals(drained)


async def _up(site: Site) -> bool:
    return bool((await site.gateway.ready())["notifications"]["status"] == "up")


async def _fates(site: Site, edge: Edge) -> list[Any]:
    lane = workflow_id(IncidentKind.EDGE_OFFLINE, edge.id)
    return site.gateway.rows(f"SELECT state, events FROM batches WHERE lane = '{lane}' AND state = 'dropped'")


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind=FaultKind.STATUS, status=403, match=Match(method="GET", path=EDGES)),
        Fault(kind=FaultKind.STATUS, status=503, times=None, match=Match(method="GET", path=EDGES)),
        Fault(kind=FaultKind.STATUS, status=404, match=Match(method="GET", path=EDGES)),
        Fault(kind=FaultKind.HANG, times=None, match=Match(method="GET", path=EDGES)),
        Fault(kind=FaultKind.HTML, times=None, match=Match(method="GET", path=EDGES)),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
async def test_where_nobody_can_tell_the_event_is_believed(site: Site, fault: Fault) -> None:
    """An alarm too many is better than one that is lost."""
    edge = site.edge()
    await site.drain(edge)
    site.set(edge, online=False)
    site.sandbox.genesys.faults.add(fault)
    assert "delivered" == (await site.says(edge))["state"]


async def test_a_vendor_that_does_not_answer_is_left_in_peace(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """One question shows it; the next edges do not wait for it again, and the log says so once."""
    match = Match(method="GET", path=EDGES)
    site.sandbox.genesys.faults.add(Fault(kind=FaultKind.STATUS, status=503, times=None, match=match))
    with caplog.at_level(logging.WARNING):
        for number in (0, 1):
            edge = site.set(site.edge(number), online=False)
            assert "delivered" == (await site.says(edge))["state"]
    assert 1 == sum(len(site.asked(site.edge(number))) for number in (0, 1))
    assert 1 == sum("Nobody can tell" in each for each in caplog.messages)


@pytest.mark.parametrize(("calls", "why"), [(4, "it is being drained (WAIT)"), (0, "it is not in service (INACTIVE)")])
async def test_a_trunk_on_an_edge_that_we_drain_opens_nothing(site: Site, calls: int, why: str) -> None:
    """While its calls end and when they have ended; the trunk on another edge opens its incident meanwhile."""
    edge = site.set(site.edge(), calls=calls)
    await site.drain(edge)
    fate = await site.says_down(site.trunk(edge))
    assert ("dropped", f"{PURPOSE}: with its edge {edge.name}: {why}") == (fate["state"], fate["result"])
    assert "delivered" == (await site.says_down(site.trunk(site.edge(1))))["state"]


async def test_a_trunk_that_fails_opens_its_incident(site: Site) -> None:
    """Also one whose edge was drained and is back, and one whose edge is offline without anybody's wish."""
    edge, other = site.edge(0), site.edge(1)
    await site.drain(edge)
    await site.drain(edge, back=True)
    site.set(other, online=False)
    assert "delivered" == (await site.says_down(site.trunk(edge)))["state"]
    assert "delivered" == (await site.says_down(site.trunk(other)))["state"]
    assert [] == site.questions(f"{EDGES}/trunks")


@pytest.mark.parametrize("path", ["*/edges", "*/edges/trunks"])
@pytest.mark.parametrize("status", [403, 503])
async def test_where_nobody_can_tell_the_trunk_is_down(site: Site, path: str, status: int) -> None:
    """Neither a list of edges nor a trunk that cannot be read hides a failure."""
    edge = site.edge()
    await site.drain(edge)
    match = Match(method="GET", path=path)
    site.sandbox.genesys.faults.add(Fault(kind=FaultKind.STATUS, status=status, times=None, match=match))
    assert "delivered" == (await site.says_down(site.trunk(edge)))["state"]


async def test_many_trunks_ask_together(site: Site) -> None:
    """A crowd that fails at once does not ask for the edges one by one."""
    down = [replace(site.trunk(site.edge()), id=events.trunk()) for _ in range(8)]
    match = Match(method="GET", path="*/edges")
    site.sandbox.genesys.faults.add(Fault(kind=FaultKind.LATENCY, seconds=0.5, times=None, match=match))
    fates = await asyncio.gather(*(site.says_down(trunk) for trunk in down))
    assert {"delivered"} == {each["state"] for each in fates}
    assert 0 < len(site.questions(EDGES)) < 8
