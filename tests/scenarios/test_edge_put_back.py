"""S3.7, S3.13: an edge that is back in service may still be offline, and no event tells; the incident looks."""

from typing import Any

from holdline.domain import drain, messages
from holdline.domain.change import ActionKind, Change, Plan
from holdline.domain.drain import IN, OUT, EdgeService
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import ABOUT, IncidentKind
from holdline.domain.lifecycle import State
from holdline.domain.observation import Verdict
from holdline.domain.runbook import ActionRule, RemediationRule
from holdline.domain.timeline import Fact
from holdline.ports import Call, ChangeReceipt, Rejected
from tests.support.scene import RUNBOOK, Scene, scene, when
from tests.support.temporal import unique
from workers.virtual import VirtualTime


class Edges:
    """An edge that can be taken out of service, with another one at its site."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.service = IN

    async def plan(self, rule: ActionRule, entity: Entity, call: Call) -> Plan:
        """Plan to take it out of service."""
        edge = EdgeService(id=self.id, name="", site_id="s1", site="Vienna", service=self.service, others=1, trunks=())
        return drain.plan(edge, rule.patience)

    async def change(self, change: Change, call: Call) -> ChangeReceipt:
        """Take it out, or put it back."""
        (self.service,) = change.wanted
        return ChangeReceipt(proof=f"status {self.service}", state=change.wanted)


def playing(virtual: VirtualTime, edges: Edges, kind: IncidentKind = IncidentKind.EDGE_OFFLINE) -> Any:
    """An incident that drains an edge: its own, or another one where it is about something else."""
    about = kind, Entity(kind=ABOUT[kind], id=edges.id if ABOUT[kind] is EntityKind.EDGE else unique("else"))
    rule = ActionRule(do=ActionKind.DRAIN_EDGE, edge=edges.id)
    runbook = RUNBOOK.model_copy(update={"remediation": RemediationRule(actions=(rule,))})
    return scene(virtual, runbook, about=about, levers={ActionKind.DRAIN_EDGE: edges})


async def drained(story: Scene, edges: Edges) -> None:
    """It fails and is drained; an edge out of service reads as unknown."""
    await story.fails()
    await story.at("1m")
    assert OUT == edges.service
    story.outside.verdict = Verdict.UNKNOWN


async def put_back(story: Scene, edges: Edges) -> None:
    """A person says that it is over, and the edge is put back."""
    await drained(story, edges)
    await story.asks(messages.RESOLVE)
    await story.at("2m")
    assert IN == edges.service


async def test_put_back_by_the_calm_and_still_offline(virtual: VirtualTime) -> None:
    """The incident is open and reads on: it is handed to people."""
    edges = Edges(unique("edge"))
    async with playing(virtual, edges) as story:
        await drained(story, edges)
        await story.at("16m")
        assert (State.MONITORING, IN) == ((await story.snapshot()).state, edges.service)
        story.outside.verdict = Verdict.BREACH
        await story.at("24m")
        assert State.HANDED_OVER is (await story.snapshot()).state


async def test_put_back_by_the_calm_and_online(virtual: VirtualTime) -> None:
    """Two readings of an edge in service end it, none before."""
    edges = Edges(unique("edge"))
    async with playing(virtual, edges) as story:
        await drained(story, edges)
        await story.at("16m")
        story.outside.verdict = Verdict.HEALTHY
        told = await story.ends()
        assert (State.RESOLVED, 1) == (told.state, told.opening)


async def test_put_back_at_the_end_and_offline(virtual: VirtualTime) -> None:
    """A person said too early that it is over: some minutes later it is open again, and says why."""
    edges = Edges(unique("edge"))
    async with playing(virtual, edges) as story:
        await put_back(story, edges)
        story.outside.verdict = Verdict.BREACH
        await story.at("7m50s")
        assert 1 == (await story.snapshot()).opening
        await story.at("9m")
        told = await story.snapshot()
        assert 2 == told.opening
        assert any(
            f"edge {edges.id} was put back into service: the edge is breach" in each.text for each in told.timeline
        )


async def test_put_back_at_the_end_and_online(virtual: VirtualTime) -> None:
    """It is looked at once, and closed when its time has come."""
    edges = Edges(unique("edge"))
    async with playing(virtual, edges) as story:
        await put_back(story, edges)
        story.outside.verdict, read = Verdict.HEALTHY, story.outside.readings
        told = await story.ends()
        assert (State.RESOLVED, 1, 1) == (told.state, told.opening, story.outside.readings - read)
        assert f"edge {edges.id} was looked at after it was put back" in when(told, Fact.SEEN)[-1]


async def test_an_edge_that_cannot_be_read(virtual: VirtualTime) -> None:
    """It is tried again while the incident can still be opened again, and told each time."""
    edges = Edges(unique("edge"))
    async with playing(virtual, edges) as story:
        await put_back(story, edges)
        story.outside.trouble("read", lambda: Rejected("genesys", "missing permission"), times=2)
        story.outside.verdict = Verdict.HEALTHY
        told = await story.ends()
        assert 2 == sum("could not be read" in row for row in when(told, Fact.SKIPPED))
        assert "was looked at after it was put back" in when(told, Fact.SEEN)[-1]


async def test_an_incident_that_nobody_can_read(virtual: VirtualTime) -> None:
    """It is about a region and has drained an edge: that edge is looked at."""
    edges = Edges(unique("edge"))
    async with playing(virtual, edges, IncidentKind.REGION_DEGRADED) as story:
        await put_back(story, edges)
        story.outside.verdict = Verdict.BREACH
        await story.at("9m30s")
        assert 2 == (await story.snapshot()).opening
