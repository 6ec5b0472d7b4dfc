"""S3.6, S3.7: a queue is empty because we send its callers elsewhere; that alone is no recovery."""

from typing import Any

from holdline.domain import evacuation, messages
from holdline.domain.change import ActionKind, Change, Plan
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.evacuation import Flow, Queue
from holdline.domain.incident import IncidentKind
from holdline.domain.lifecycle import State
from holdline.domain.observation import Verdict
from holdline.domain.runbook import ActionRule, RemediationRule
from holdline.domain.timeline import Fact
from holdline.ports import Call, ChangeReceipt, Rejected
from tests.support.scene import RUNBOOK, Scene, scene, when
from tests.support.temporal import unique
from workers.virtual import VirtualTime

MUSIC, WAY_OUT = "music", "way out"
EVACUATE = ActionRule(do=ActionKind.EVACUATE_QUEUE, flow=WAY_OUT, overflow="spare")
JOIN = ActionRule(do=ActionKind.JOIN_AGENTS, agents=("u1",))


class Queues:
    """A queue whose callers can be sent to a spare one, and nobody who could join it."""

    def __init__(self) -> None:
        self.flow = MUSIC

    async def plan(self, rule: ActionRule, entity: Entity, call: Call) -> Plan:
        """Plan the evacuation; agents are refused."""
        if rule.do is not ActionKind.EVACUATE_QUEUE:
            raise Rejected("genesys", "missing permission")
        queue = Queue(id=rule.queue_for(entity), flow=self.flow)
        return evacuation.plan(queue, Queue(id="spare", joined=2), Flow(id=WAY_OUT, fit=True))

    async def change(self, change: Change, call: Call) -> ChangeReceipt:
        """Exchange the flow."""
        (self.flow,) = change.wanted
        return ChangeReceipt(proof=f"in-queue flow {self.flow}", state=change.wanted)


def playing(virtual: VirtualTime, queues: Queues, *rules: ActionRule) -> Any:
    """An incident of a queue that is evacuated."""
    about = (IncidentKind.QUEUE_OVERFLOW, Entity(kind=EntityKind.QUEUE, id=unique("queue")))
    runbook = RUNBOOK.model_copy(update={"remediation": RemediationRule(actions=rules or (EVACUATE,))})
    levers = dict.fromkeys((ActionKind.EVACUATE_QUEUE, ActionKind.JOIN_AGENTS), queues)
    return scene(virtual, runbook, about=about, levers=levers)


async def emptied(story: Scene, queues: Queues, **fields: Any) -> None:
    """The queue overflows, is evacuated, and after a minute nobody waits any more."""
    await story.fails(**fields)
    await story.at("1m")
    assert WAY_OUT == queues.flow
    await story.recovers()


async def test_an_empty_queue_is_not_over(virtual: VirtualTime) -> None:
    """Its callers come back when it was calm for a while; it is over when it is still healthy with them."""
    queues = Queues()
    async with playing(virtual, queues) as story:
        await emptied(story, queues)
        await story.at("14m50s")
        assert (State.MONITORING, WAY_OUT) == ((await story.snapshot()).state, queues.flow)
        await story.at("16m")
        told = await story.snapshot()
        assert (State.MONITORING, MUSIC) == (told.state, queues.flow)
        assert 1 == sum("its callers are sent elsewhere" in row for row in when(told, Fact.SEEN))
        told = await story.ends()
        assert State.RESOLVED is told.state
        assert when(told, Fact.STATE)[-1].startswith("22m")


async def test_it_overflows_again_with_its_callers(virtual: VirtualTime) -> None:
    """What was hidden by the evacuation is handed to people."""
    queues = Queues()
    async with playing(virtual, queues) as story:
        await emptied(story, queues)
        await story.at("16m")
        story.outside.verdict = Verdict.BREACH
        await story.at("24m")
        assert State.HANDED_OVER is (await story.snapshot()).state


async def test_the_last_word_of_an_alert_counts(virtual: VirtualTime) -> None:
    """Whom we cannot read says once that it is over: that is held back until the callers stay, and not forgotten."""
    queues = Queues()
    async with playing(virtual, queues) as story:
        await emptied(story, queues, by_bounds=False)
        await story.at("14m50s")
        assert State.MONITORING is (await story.snapshot()).state
        told = await story.ends()
        assert (State.RESOLVED, MUSIC) == (told.state, queues.flow)
        assert when(told, Fact.STATE)[-1].startswith("15m")


async def test_automation_that_has_given_up_lets_callers_stay_again(virtual: VirtualTime) -> None:
    """Otherwise the incident would wait for ever for a queue that nobody calls."""
    queues = Queues()
    async with playing(virtual, queues, EVACUATE, JOIN) as story:
        await emptied(story, queues)
        assert State.HANDED_OVER is (await story.snapshot()).state
        told = await story.ends()
        assert (State.RESOLVED, MUSIC) == (told.state, queues.flow)


async def test_another_queue_is_no_matter(virtual: VirtualTime) -> None:
    """An evacuation elsewhere does not explain that nobody waits here."""
    queues = Queues()
    async with playing(virtual, queues, EVACUATE.model_copy(update={"queue": "another"})) as story:
        await emptied(story, queues)
        assert when(await story.ends(), Fact.STATE)[-1].startswith("1m")


async def test_a_person_knows_better(virtual: VirtualTime) -> None:
    """What is held stays evacuated and open until a person says that it is over; what is not held is put back."""
    queues = Queues()
    async with playing(virtual, queues) as story:
        await emptied(story, queues)
        await story.asks(messages.HOLD)
        await story.at("40m")
        assert (State.MONITORING, WAY_OUT) == ((await story.snapshot()).state, queues.flow)
        await story.asks(messages.RESOLVE)
        assert State.RESOLVED is (await story.ends()).state
