"""An incident under a storm goes on as a new run in every phase, and nobody notices."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionDescription, WorkflowHandle
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from holdline import intake
from holdline.domain import attributes, messages
from holdline.domain.approval import Mode, Voice, proof
from holdline.domain.change import ActionKind
from holdline.domain.duration import parse_duration
from holdline.domain.incident import IncidentKind
from holdline.domain.keys import workflow_id
from holdline.domain.lifecycle import State
from holdline.domain.observation import Verdict
from holdline.domain.runbook import ActionRule, RemediationRule
from holdline.domain.stability import StabilityRule
from holdline.domain.timeline import Fact
from holdline.ports import Unavailable
from tests.support.neighbour import neighbour
from tests.support.scene import LADDER, RUNBOOK, TOKENS, Scene, pages, scene, when
from workers.virtual import VirtualTime

STORM = 45


async def test_while_it_is_confirmed(short: VirtualTime) -> None:
    """The evidence of the stability window is carried over: the failure is confirmed when the window has passed."""
    slow = StabilityRule(failures=5, window=timedelta(minutes=4), reading_interval=timedelta(minutes=9), look=False)
    async with scene(short, RUNBOOK.model_copy(update={"stability": slow})) as story:
        await story.fails()
        await _storm(short, story, Verdict.BREACH)
        assert State.DETECTED is (await story.snapshot()).state
        await _at(short, story, "4m10s")
        told = await story.snapshot()
        assert (State.MONITORING, STORM + 1) == (told.state, told.events)
        assert 1 == story.outside.count("page", "one")


async def test_while_a_tier_is_waited_for(short: VirtualTime) -> None:
    """The tiers keep their times, and nobody is paged twice."""
    async with scene(short) as story:
        await story.fails()
        await _at(short, story, "1m")
        await _storm(short, story, Verdict.BREACH)
        await _at(short, story, "11m")
        story_so_far = await story.snapshot()
        assert ["first", "second", "third"] == [page.tier for page in story_so_far.pages]
        assert ["5m", "10m"] == [row.split()[0] for row in pages(story_so_far)[1:]]
        assert (3, 1) == (story.outside.count("page"), story.outside.count("route"))


async def test_while_somebody_has_it(short: VirtualTime) -> None:
    """The acknowledgement is carried over with its lease: it lapses in its time."""
    policy = LADDER.model_copy(update={"lease": timedelta(minutes=8)})
    async with scene(short, RUNBOOK.model_copy(update={"escalation": policy})) as story:
        await story.fails()
        await _at(short, story, "1m")
        await story.asks(messages.ACKNOWLEDGE)
        await _storm(short, story, Verdict.BREACH)
        assert "alice" == (await story.snapshot()).acknowledged_by
        await _at(short, story, "8m30s")
        assert 1 == story.outside.count("page")
        await _at(short, story, "9m30s")
        assert 2 == story.outside.count("page", "one")


async def test_while_a_change_is_in_force(short: VirtualTime) -> None:
    """The change that must be put back is carried over, and is put back once."""
    async with scene(short) as story:
        await story.fails()
        await _at(short, story, "1m")
        await _storm(short, story, Verdict.BREACH)
        await story.recovers()
        told = await story.ends()
        assert [("route", "carrier-b"), ("route", "carrier-a")] == [r for r in story.outside.ledger if r[0] == "route"]
        assert (State.RESOLVED, set()) == (told.state, story.outside.open_pages)


async def test_while_it_lingers(short: VirtualTime) -> None:
    """A resolved incident goes on as new, is re-opened by a relapse, and closes nothing twice."""
    async with scene(short) as story:
        await story.fails()
        await _at(short, story, "1m")
        await story.recovers()
        await _at(short, story, "2m")
        await _storm(short, story, Verdict.HEALTHY)
        assert (State.RESOLVED, 1) == ((await story.snapshot()).state, story.outside.count("closed"))
        story.outside.verdict = Verdict.BREACH
        await story.observes(Verdict.BREACH)
        await _at(short, story, "3m")
        told = await story.snapshot()
        assert (2, State.MONITORING) == (told.opening, told.state)


async def test_between_two_attempts(short: VirtualTime) -> None:
    """The attempts are counted across runs: there are never more than three."""
    async with scene(short) as story:
        story.outside.trouble("change", lambda: Unavailable("genesys", "no connection"), times=9)
        await story.fails()
        await story.at("3s")
        await _storm(short, story, Verdict.BREACH)
        await _at(short, story, "3m")
        told = await story.snapshot()
        assert (State.HANDED_OVER, 3) == (told.state, told.retry_count)
        assert 3 == len(when(told, Fact.RETRIED))


async def test_while_it_waits_for_its_turn(short: VirtualTime) -> None:
    """It keeps its place in the line at the gate, and its attempt counts once."""
    async with scene(short) as story, neighbour(story) as other:
        await story.fails()
        before = await other.sees()
        await _storm(short, story, Verdict.BREACH)
        after = await other.sees()
        assert before is not None
        assert after is not None
        assert before.arrived_at == after.arrived_at
        assert 1 == (await story.snapshot()).retry_count
        await other.leaves()
        await story.reaches(State.MONITORING)
        assert (1, 1) == (story.outside.count("route"), (await story.snapshot()).retry_count)


async def test_repeats_stay_repeats(short: VirtualTime) -> None:
    """What was seen before the new run is a repeat after it."""
    async with scene(short) as story:
        await story.fails()
        await _at(short, story, "1m")
        await _storm(short, story, Verdict.BREACH)
        before = (await story.snapshot()).events
        await story.observes(Verdict.BREACH, event_id="event-1")
        await story.observes(Verdict.BREACH, event_id="event-9")
        assert before == (await story.snapshot()).events


_LATER = [
    pytest.param(order, marks=pytest.mark.long) for order in (messages.HOLD, messages.ACKNOWLEDGE, messages.RESOLVE)
]


@pytest.mark.parametrize("order", [messages.ESCALATE, *_LATER])
async def test_order_that_comes_again_is_answered_again(short: VirtualTime, order: str) -> None:
    """Its answer was lost, and Temporal knows an order's id for one run: it is carried out once, and told the same."""
    async with scene(short) as story:
        await story.fails()
        await _at(short, story, "1m")
        first = await _ordered(story, order)
        await _storm(short, story, Verdict.HEALTHY if order == messages.RESOLVE else Verdict.BREACH)
        assert first == await _ordered(story, order)
        told = await story.snapshot()
        assert 1 == sum("alice" in row.text for row in told.timeline)


async def test_another_order_is_carried_out(short: VirtualTime) -> None:
    """The same person escalates again, by another press."""
    async with scene(short) as story:
        await story.fails()
        await _at(short, story, "1m")
        await _ordered(story, messages.ESCALATE)
        await _storm(short, story, Verdict.BREACH)
        await _ordered(story, messages.ESCALATE, "press-2")
        assert 2 == len(when(await story.snapshot(), Fact.OPERATOR))


async def test_approval_that_comes_again_is_answered_again(short: VirtualTime) -> None:
    """What was approved is done by then: whoever approved it is not told that nothing waits for it."""
    rule = ActionRule(do=ActionKind.REORDER_ROUTE, mode=Mode.APPROVE)
    asking = RUNBOOK.model_copy(update={"remediation": RemediationRule(actions=(rule,))})
    async with scene(short, asking) as story:
        await story.fails()
        await _at(short, story, "1m")
        proposal = (await story.snapshot()).proposal
        assert proposal is not None
        proved = proof(TOKENS["alice"], Voice.APPROVE, story.handle.id, proposal.id, proposal.digest, "alice")
        said = messages.Decision(by="alice", proposal=proposal.id, digest=proposal.digest, proof=proved)
        first = await _ordered(story, messages.APPROVE, said=said)
        await story.reaches(State.MONITORING)
        await _storm(short, story, Verdict.BREACH)
        assert first == await _ordered(story, messages.APPROVE, said=said)
        assert first.text.endswith("1 of 1: it is done now")


async def _ordered(
    story: Scene, order: str, press: str = "press-1", said: messages.Request | None = None
) -> messages.Reply:
    """What a person's order is answered, which has an id of its own."""
    by = said or messages.Request(by="alice")
    reply = await story.handle.execute_update(order, by, id=press, result_type=messages.Reply)
    assert isinstance(reply, messages.Reply)
    return reply


async def test_console_stays_right(short: VirtualTime) -> None:
    """Search attributes, memo and the timeline are those of the incident, not of the run."""
    async with scene(short) as story:
        await story.fails()
        await _at(short, story, "1m")
        before = (await story.snapshot()).timeline
        await _storm(short, story, Verdict.BREACH)
        described = await story.handle.describe()
        assert "MONITORING" == described.search_attributes[attributes.STATE][0]
        assert before == (await story.snapshot()).timeline[: len(before)]


async def test_what_the_gateway_set_at_the_start(short: VirtualTime) -> None:
    """The memo and the attributes that only the start sets are carried over: the next episode counts on the epoch."""
    async with scene(short) as story:
        await intake.observe(short.client, story.seen(Verdict.BREACH), story.runbook, "request")
        handle = short.client.get_workflow_handle(workflow_id(IncidentKind.TRUNK_FAILURE, story.trunk.id))
        before = await handle.describe()
        for _ in range(STORM):
            await handle.signal(messages.OBSERVE, story.seen(Verdict.BREACH))
        after = await _later(handle, before.run_id)
        assert 1 == (await after.memo())[messages.EPOCH_MEMO]
        entity = SearchAttributeKey.for_keyword(attributes.ENTITY)
        assert story.trunk.id == after.typed_search_attributes.get(entity)
        await handle.terminate()


async def test_storm_in_one_breath(short: VirtualTime) -> None:
    """Five hundred signals at once are all counted."""
    async with scene(short) as story:
        await story.fails()
        await _at(short, story, "1m")
        now = await short.now(story.handle)
        said = [story.seen(Verdict.BREACH, at=now) for _ in range(500)]
        await asyncio.gather(*(story.handle.signal(messages.OBSERVE, each) for each in said))
        assert 501 == (await story.snapshot()).events


async def _later(handle: WorkflowHandle[Any, Any], run_id: str) -> WorkflowExecutionDescription:
    """The description of the run that follows."""
    for _ in range(200):
        described = await handle.describe()
        if described.run_id != run_id:
            return described
        await asyncio.sleep(0.1)
    raise AssertionError("it did not go on as new")


async def _storm(time: VirtualTime, story: Scene, verdict: Verdict) -> None:
    """Enough observations, one after the other, that the incident must go on as new; prove that it did."""
    before = (await story.handle.describe()).run_id
    for _ in range(STORM):
        await story.observes(verdict)
    for _ in range(200):
        if await _told(story):
            break
        await asyncio.sleep(0.1)
    assert before != (await story.handle.describe()).run_id


async def _told(story: Scene) -> bool:
    """Whether the run can be asked: the server lets a run that follows a very short one wait up to a second."""
    try:
        return await story.snapshot() is not None
    except RPCError as error:
        if error.status is not RPCStatusCode.FAILED_PRECONDITION:
            raise
        return False


async def _at(time: VirtualTime, story: Scene, moment: str) -> None:
    """Move the clock to a moment after the opening; the run may be a later one."""
    ahead = (await story.snapshot()).opened_at + parse_duration(moment) - await time.now(story.handle)
    assert await time.move(story.handle, await time.elapsed(story.handle) + ahead)
