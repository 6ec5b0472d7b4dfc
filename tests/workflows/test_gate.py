"""The gate before real workflows, in real time: what is granted, in which order, and what when somebody dies."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError

from holdline.domain.change import Touch
from holdline.domain.claim import Claim, Grant
from holdline.domain.entity import EntityKind
from holdline.domain.gate_messages import CLAIM, FREE, GRANTED, RELEASE, FreeOrder, Reached, Release
from holdline.domain.incident import Severity
from holdline.domain.messages import Reply
from tests.support.temporal import unique
from tests.workflows.walkers import LIMITS, Stay, at_once, gatehouse, never_two

HOLD = timedelta(milliseconds=150)
EVENTS = 12
"""What one passage costs a workflow: claim, answer, the timer beside it, release, and the tasks between."""


ASKS, LATE = "may it be changed now?", "its turn came too late"


async def summaries(handle: WorkflowHandle[Any, Any]) -> list[str]:
    """What the activities and timers of a workflow are for, in order."""
    converter = handle._client.data_converter.payload_converter
    events = [each.user_metadata async for each in handle.fetch_history_events()]
    return [str(converter.from_payload(each.summary)) for each in events if each.HasField("summary")]


async def ends(*handles: WorkflowHandle[Any, list[Stay]]) -> list[Stay]:
    """All stays of the walkers, by token."""
    async with asyncio.timeout(90):
        found = await asyncio.gather(*(each.result() for each in handles))
    return sorted((stay for stays in found for stay in stays), key=lambda stay: stay.token)


async def test_fifty_at_once(client: Client) -> None:
    """Fifty on fifty trunks and ten shared queues: ten at once at most, never two on one queue, all are through."""
    async with gatehouse(client) as house:
        walks = [
            house.walk(
                f"queue:{n % 10}",
                f"trunk:{n}",
                hold=HOLD,
                severity=list(Severity)[n % 4],
                touches=(Touch(kind=EntityKind.TRUNK, id=f"t{n}"),),
            )
            for n in range(50)
        ]
        stays = await ends(*await asyncio.gather(*walks))
        board = await house.until(0, 0)
    assert (50, 50) == (len(stays), len({each.token for each in stays}))
    assert at_once(stays) <= 10
    assert 50 == board.tallies[0].touched
    never_two(stays)


async def test_the_worst_goes_first(client: Client) -> None:
    """What waits is let in by severity, then by arrival."""
    async with gatehouse(client) as house:
        await house.cap(1)
        first = await house.walk()
        await house.until(1, 0)
        severities = [Severity.LOW, Severity.CRITICAL, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL]
        waiting = []
        for number, severity in enumerate(severities):
            waiting.append(await house.walk(severity=severity, hold=timedelta(0)))
            await house.until(1, number + 1)
        await first.signal("done")
        stays = await ends(first, *waiting)
    assert [waiting[n].id for n in (1, 4, 3, 2, 0)] == [each.holder for each in stays[1:]]


async def test_what_becomes_worse_moves_up(client: Client) -> None:
    """Whoever waits is let in by what it is now, and among equals by when it came."""
    async with gatehouse(client) as house:
        await house.cap(1)
        first = await house.walk()
        waiting = []
        await house.until(1, 0)
        for number, severity in enumerate((Severity.CRITICAL, Severity.HIGH, Severity.LOW)):
            waiting.append(await house.walk(severity=severity, hold=timedelta(0)))
            await house.until(1, number + 1)
        await waiting[2].signal("worsens", Severity.MEDIUM)
        await waiting[2].signal("worsens", Severity.CRITICAL)
        async with asyncio.timeout(20):
            while Severity.CRITICAL is not (await house.board()).waiting[1].severity:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await first.signal("done")
        stays = await ends(first, *waiting)
    assert [waiting[n].id for n in (0, 2, 1)] == [each.holder for each in stays[1:]]


async def test_late_grants_are_not_asked_for_without_a_pause(client: Client) -> None:
    """Where every grant comes too late there is a pause before each further claim, which may be given up."""
    async with gatehouse(client) as house:
        walker = await house.walk("queue:a", lease=timedelta(milliseconds=1))
        said: list[str] = []
        async with asyncio.timeout(20):
            while said.count(ASKS) < 2:
                said = [each for each in await summaries(walker) if each in (ASKS, LATE)]
        await walker.signal("stop")
        await ends(walker)
    assert [ASKS, LATE, ASKS] == said[:3]


async def test_a_holder_that_is_killed_is_freed_at_lease_end(client: Client) -> None:
    """The next one waits exactly for the lease, and has a greater token."""
    limits = LIMITS.model_copy(update={"lease": timedelta(seconds=1)})
    async with gatehouse(client, limits) as house:
        dead = await house.walk("queue:a")
        (held,) = (await house.until(1, 0)).holders
        next_one = await house.walk("queue:a", hold=timedelta(0))
        await house.until(1, 1)
        await dead.terminate("killed")
        (stay,) = await ends(next_one)
    assert held.until <= stay.entered_at
    assert held.token < stay.token


async def test_a_holder_that_never_was_is_dropped_at_once(client: Client) -> None:
    """A claim of a workflow that does not exist holds nothing and counts for nothing."""
    async with gatehouse(client) as house:
        touches = (Touch(kind=EntityKind.TRUNK, id="t1"),)
        nobody = claim("nobody at all", "queue:a", touches=touches)
        await house.handle.signal(CLAIM, nobody)
        (stay,) = await ends(await house.walk("queue:a", hold=timedelta(0)))
        board = await house.until(0, 0)
    assert stay.token > 0
    assert stay.entered_at - stay.wanted_at < LIMITS.lease
    assert 0 == board.tallies[0].touched


async def test_a_grant_that_nobody_waits_for_is_given_back(client: Client) -> None:
    """A lock granted to an earlier run of the same workflow comes back at once, not at the end of the lease."""
    async with gatehouse(client) as house:
        heir = await house.walk("queue:b")
        await house.until(1, 0)
        await house.handle.signal(CLAIM, claim(heir.id, "queue:a"))
        (stay,) = await ends(await house.walk("queue:a", hold=timedelta(0)))
        await heir.signal("done")
        await ends(heir)
    assert stay.entered_at - stay.wanted_at < LIMITS.lease


async def test_the_same_signals_again_change_nothing(client: Client) -> None:
    """A claim and a release that are said many times, in any order, are one claim and one release."""
    async with gatehouse(client) as house:
        walker = await house.walk("queue:a")
        board = await house.until(1, 0)
        said = claim(walker.id, "queue:a").model_copy(update={"id": f"{walker.id}#1"})
        for _ in range(3):
            await house.handle.signal(CLAIM, said)
            await house.handle.signal(RELEASE, Release(claim=f"{walker.id}#1", holder="somebody else"))
        assert board.holders == (await house.until(1, 0)).holders
        await walker.signal("done")
        await ends(walker)
        for signal, word in ((CLAIM, said), (RELEASE, Release(claim=f"{walker.id}#1", holder=walker.id))):
            await house.handle.signal(signal, word)
        await house.until(0, 0)


async def test_the_cap_is_changed_while_they_wait(client: Client) -> None:
    """A higher cap lets more in at once; a lower one lets nobody in until enough have left, and stops nobody."""
    async with gatehouse(client) as house:
        await house.cap(2)
        walkers = [await house.walk() for _ in range(6)]
        await house.until(2, 4)
        assert "the cap is 4, it was 2" == (await house.cap(4)).text
        board = await house.until(4, 2)
        assert "the cap is 1, it was 4; 3 more are under way and go on" == (await house.cap(1)).text
        inside = [house.client.get_workflow_handle(each.holder) for each in board.holders]
        for left, each in enumerate(inside[:3], 1):
            await each.signal("done")
            await house.until(4 - left, 2)
        board = await house.board()
        assert (1, "olga", 10) == (board.cap, board.cap_by, board.configured_cap)
        for each in [each for each in walkers if each.id not in [done.id for done in inside[:3]]]:
            await each.signal("done")
        stays = await ends(*walkers)
    never_two([each.model_copy(update={"resources": ("the cap of one",)}) for each in stays[-2:]])


@pytest.mark.parametrize(("cap", "why"), [(0, "a cap is 1 to 100, not 0"), (101, "a cap is 1 to 100, not 101")])
async def test_a_cap_out_of_bounds_is_refused(client: Client, cap: int, why: str) -> None:
    """The gate takes 1 to 100, and says so."""
    async with gatehouse(client) as house:
        with pytest.raises(WorkflowUpdateFailedError) as caught:
            await house.cap(cap)
    assert why in str(caught.value.cause)


async def test_an_operator_frees_a_lock(client: Client) -> None:
    """Everything granted with it is free, whoever waits enters, and the board says who did it and why."""
    async with gatehouse(client) as house:
        stuck = await house.walk("queue:a", "queue:b")
        await house.until(1, 0)
        waiting = await house.walk("queue:a", hold=timedelta(0))
        await house.until(1, 1)
        order = FreeOrder(resource="queue:b", by="olga", reason="its worker is gone")
        reply: Reply = await house.handle.execute_update(FREE, order, result_type=Reply)
        await ends(waiting)
        again: Reply = await house.handle.execute_update(FREE, order, result_type=Reply)
        row = (await house.board()).rows[-1].text
        await stuck.terminate()
    assert f"queue:b is free; {stuck.id} may still act until" in reply.text
    assert (False, "nobody holds queue:b") == (again.changed, again.text)
    assert f"olga frees queue:a, queue:b from {stuck.id}: its worker is gone" == row


async def test_above_the_blast_radius_it_is_suggested(client: Client) -> None:
    """The third trunk is not touched: its workflow is told why, at once, and goes on."""
    limits = LIMITS.model_copy(update={"blast_trunks": 2})
    async with gatehouse(client, limits) as house:
        stays = []
        for n in range(3):
            touches = (Touch(kind=EntityKind.TRUNK, id=f"t{n}"),)
            stays += await ends(await house.walk(touches=touches, hold=timedelta(0)))
    assert ["", ""] == [each.reason for each in stays[:2]]
    since = f"{stays[0].entered_at:%H:%M}"
    assert f"blast radius: 2 trunks touched since {since}; limit 2 in 30m" == stays[2].reason


async def test_a_grant_that_comes_too_late_is_asked_for_again(client: Client) -> None:
    """Whoever reads its grant after the end of the lease, because its worker was away, does not act on it."""
    async with gatehouse(client) as house:
        holder = await house.walk("queue:a")
        await house.until(1, 0)
        waiting = await house.walk("queue:a", hold=timedelta(0))
        await house.until(1, 1)
        asked = claim(waiting.id, "queue:a").model_copy(update={"id": f"{waiting.id}#1"})
        past = datetime.now(UTC) - timedelta(seconds=1)
        late = Grant(claim=asked, token=1, since=past - LIMITS.lease, until=past)
        await waiting.signal(GRANTED, Reached(claim=asked.id, grant=late))
        await house.until(1, 1)
        await holder.signal("done")
        first, second = await ends(holder, waiting)
    assert (holder.id, waiting.id) == (first.holder, second.holder)
    assert first.left_at <= second.entered_at


async def test_a_wish_can_be_given_up(client: Client) -> None:
    """Whoever does not want it any more leaves the line, and the gate forgets it."""
    async with gatehouse(client) as house:
        holder = await house.walk("queue:a")
        await house.until(1, 0)
        waiting = await house.walk("queue:a")
        await house.until(1, 1)
        await waiting.signal("stop")
        (stay,) = await ends(waiting)
        await house.until(1, 0)
        await holder.signal("done")
        await ends(holder)
    assert "given up" == stay.reason


async def test_a_workflow_that_is_cancelled_withdraws(client: Client) -> None:
    """A cancelled workflow leaves the line before it ends."""
    async with gatehouse(client) as house:
        holder = await house.walk("queue:a")
        await house.until(1, 0)
        waiting = await house.walk("queue:a")
        await house.until(1, 1)
        await waiting.cancel()
        with pytest.raises(WorkflowFailureError):
            await waiting.result()
        await house.until(1, 0)
        await holder.signal("done")
        await ends(holder)


async def test_a_workflow_that_is_cancelled_inside_leaves(client: Client) -> None:
    """What a cancelled workflow held is free at once."""
    async with gatehouse(client) as house:
        inside = await house.walk("queue:a")
        await house.until(1, 0)
        await inside.cancel()
        with pytest.raises(WorkflowFailureError):
            await inside.result()
        await house.until(0, 0)


async def test_what_a_passage_costs(client: Client) -> None:
    """One passage adds no more events to a workflow's history than it did; an empty workflow has five."""
    async with gatehouse(client) as house:
        walker = await house.walk("queue:a", hold=timedelta(0))
        await ends(walker)
        events = [EventType.Name(each.event_type) async for each in walker.fetch_history_events()]
    counted = Counter(each.removeprefix("EVENT_TYPE_").lower() for each in events)
    print(f"{len(events) - 5} events:", ", ".join(f"{number} {kind}" for kind, number in counted.most_common()))
    assert EVENTS >= len(events) - 5


def claim(holder: str, *resources: str, touches: tuple[Touch, ...] = ()) -> Claim:
    """A claim that no passage makes."""
    return Claim(
        id=unique(holder),
        holder=holder,
        severity=Severity.CRITICAL,
        arrived_at=datetime.now(UTC),
        resources=resources,
        touches=touches,
    )
