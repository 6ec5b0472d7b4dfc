"""What people and machines say to an incident: refused where it is empty, counted once, answered in sentences."""

import asyncio

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from holdline import intake
from holdline.domain import messages
from holdline.domain.incident import IncidentKind
from holdline.domain.keys import workflow_id
from holdline.domain.lifecycle import State
from holdline.domain.observation import Verdict
from holdline.domain.timeline import Fact
from tests.support.scene import crew, scene, when
from workers.virtual import VirtualTime

UPDATES = (messages.ACKNOWLEDGE, messages.HOLD, messages.RESOLVE, messages.ESCALATE)


async def test_nobody_in_particular(virtual: VirtualTime) -> None:
    """Every update refuses an empty name, and nothing of it is kept."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("10s")
        before = await story.snapshot()
        for update in UPDATES:
            with pytest.raises(WorkflowUpdateFailedError) as refused:
                await story.asks(update, by="\u202e  ")
            assert isinstance(refused.value.cause, ApplicationError)
            assert "say who you are: the name is empty" == refused.value.cause.message
        assert before == await story.snapshot()


@pytest.mark.parametrize("update", UPDATES)
async def test_said_twice(virtual: VirtualTime, update: str) -> None:
    """The same update id twice is one effect with one answer."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("10s")
        said = messages.Request(by="alice")
        replies = [
            await story.handle.execute_update(update, said, id="the-same", result_type=messages.Reply) for _ in range(2)
        ]
        assert replies[0] == replies[1]
        assert replies[0].changed
        rows = when(await story.snapshot(), Fact.OPERATOR, Fact.ACKNOWLEDGED, Fact.STATE)
        assert 1 == len([row for row in rows if "alice" in row])


async def test_after_the_end(virtual: VirtualTime) -> None:
    """What is said in the re-open window is answered with what has become of the incident."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        await story.recovers()
        await story.reaches(State.RESOLVED)
        for update in (messages.ACKNOWLEDGE, messages.RESOLVE):
            reply = await story.asks(update)
            assert (False, "the incident is RESOLVED already") == (reply.changed, reply.text)
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await story.asks(messages.ESCALATE)
        assert isinstance(refused.value.cause, ApplicationError)
        assert "the incident is RESOLVED already" == refused.value.cause.message


async def test_after_it_is_closed(virtual: VirtualTime) -> None:
    """A closed incident takes nothing more, and still tells its story."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        await story.recovers()
        told = await story.ends()
        with pytest.raises(RPCError) as refused:
            await story.asks(messages.ACKNOWLEDGE)
        assert RPCStatusCode.NOT_FOUND is refused.value.status
        assert told == await story.snapshot()


async def test_ten_people_at_once(virtual: VirtualTime) -> None:
    """Ten people who take it in the same moment: one has it, nine are told who."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("10s")
        replies = await asyncio.gather(*(story.asks(messages.ACKNOWLEDGE, by=f"person {n}") for n in range(10)))
        assert 1 == sum(reply.changed for reply in replies)
        name = (await story.snapshot()).acknowledged_by
        assert 9 == sum(f"already acknowledged by {name}" in reply.text for reply in replies)


async def test_repeated_observations(virtual: VirtualTime) -> None:
    """A healthy event that is delivered twice is one healthy observation."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        await story.observes(Verdict.HEALTHY, event_id="healthy-1")
        await story.observes(Verdict.HEALTHY, event_id="healthy-1")
        told = await story.snapshot()
        assert (State.MONITORING, 2) == (told.state, told.events)


async def test_counting(virtual: VirtualTime) -> None:
    """Events behind a folded signal are counted once each: those it names if they are new, and those it does not."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("10s")
        one = story.seen(Verdict.BREACH)
        named = one.model_copy(update={"ids": ("e1", "e2", "e2", "e3"), "events": 4})
        await story.handle.signal(messages.OBSERVE, named)
        assert 1 + 3 == (await story.snapshot()).events
        partly = one.model_copy(update={"ids": ("e3", "e4"), "events": 12})
        await story.handle.signal(messages.OBSERVE, partly)
        assert 4 + 1 + 10 == (await story.snapshot()).events
        await story.handle.signal(messages.OBSERVE, named)
        assert 15 == (await story.snapshot()).events


async def test_reason_is_the_failures(virtual: VirtualTime) -> None:
    """People read why it failed, also where the first event of the signal said that all was well."""
    async with scene(virtual) as story:
        healthy = story.seen(Verdict.HEALTHY).observations[0].model_copy(update={"reason": "all is well"})
        breach = story.seen(Verdict.BREACH)
        both = breach.model_copy(update={"observations": (healthy, *breach.observations)})
        await intake.observe(virtual.client, both, story.runbook, "request")
        handle = virtual.client.get_workflow_handle(workflow_id(IncidentKind.TRUNK_FAILURE, story.trunk.id))
        told = await handle.query(messages.SNAPSHOT, result_type=messages.Snapshot)
        assert "no OPTIONS answer" in when(told, Fact.SEEN)[0]
        await handle.terminate()


async def test_together_with_the_last_timer(virtual: VirtualTime) -> None:
    """A failure that arrives in the same task as the end of the re-open window re-opens the incident."""
    async with scene(virtual, staffed=False) as story:
        async with crew(virtual.client, story.outside):
            await story.fails()
            await story.at("1m")
            await story.recovers()
            await story.at("30m")
            story.outside.verdict = Verdict.BREACH
        # Nobody works: the clock stands where the window has ended, and the failure comes in behind the timer.
        later = asyncio.create_task(story.at("31m30s"))
        await asyncio.sleep(0.5)
        await story.observes(Verdict.BREACH)
        async with crew(virtual.client, story.outside):
            await later
            assert 2 == (await story.snapshot()).opening
