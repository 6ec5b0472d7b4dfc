"""A gate that is terminated, killed or goes on as new: nobody is forgotten and no two hold one lock."""

import asyncio
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle

from holdline.domain.claim import Claim
from holdline.domain.gate_messages import ASK, RELEASE, Answer, Release
from holdline.domain.incident import Severity
from tests.cli.console import eventually
from tests.support.processes import line, program
from tests.workflows.test_gate import ends
from tests.workflows.walkers import LIMITS, House, at_once, gatehouse, never_two
from workers.datadir import Server
from workers.virtual import VirtualTime

SECOND = timedelta(seconds=1)
HOLD = timedelta(milliseconds=100)

# A worker for the gate and its walkers, in a process of its own.
WORK = """
import asyncio, sys
from temporalio.client import Client
from tests.workflows.walkers import LIMITS, gatehouse
from workers.plugin import plugins

async def main():
    client = await Client.connect(sys.argv[1], plugins=plugins())
    async with gatehouse(client, is_open=False):
        print("working", flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_a_gate_that_does_not_run_is_opened(client: Client) -> None:
    """The first change ever wanted opens the gate and is granted at once: there are no leases of an earlier one."""
    async with gatehouse(client, is_open=False) as house:
        (stay,) = await ends(await house.walk("queue:a", hold=timedelta(0)))
    assert stay.entered_at - stay.wanted_at < LIMITS.lease


async def test_a_gate_that_was_terminated(client: Client) -> None:
    """Everybody who waited asks again; whoever was inside is waited for, although the new gate does not know of it."""
    limits = LIMITS.model_copy(update={"lease": 2 * SECOND, "cap": 3})
    async with gatehouse(client, limits) as house:
        walks = [house.walk(f"queue:{n % 4}", hold=HOLD, repeat=SECOND / 2, times=2) for n in range(8)]
        walkers = await asyncio.gather(*walks)
        inside = await house.walk("queue:a", hold=SECOND, repeat=SECOND / 2)
        after = await house.walk("queue:a", hold=HOLD, repeat=SECOND / 2)
        for _ in range(2):
            await _busy(house)
            await house.handle.terminate("lost")
        stays = await ends(*walkers, inside, after)
    assert (18, 18) == (len(stays), len({each.token for each in stays}))
    assert at_once(stays) <= 3
    never_two(stays)


async def test_a_new_gate_waits_for_the_longest_lease_of_the_one_before(client: Client) -> None:
    """A configuration with a shorter lease does not shorten what the lost gate has granted."""
    async with gatehouse(client, LIMITS) as house:
        held = await house.walk("queue:a")
        board = await house.until(1, 0)
        await house.handle.terminate("lost")
        house.limits = LIMITS.model_copy(update={"lease": SECOND})
        await house.open()
        quiet = (await house.board()).quiet_until
        await held.terminate()
    assert quiet is not None
    assert board.holders[0].until <= quiet


async def test_an_answer_that_nobody_heard(client: Client) -> None:
    """Who asks and stops listening, then says it by signal, is answered by signal: the answer to both came together."""
    async with gatehouse(client, is_open=False) as house:
        await house.open()
        await house.walk("queue:a")
        (before,) = (await house.until(1, 0)).holders
        waiting = await house.walk("queue:a", hold=timedelta(0))
        await house.until(1, 1)
        claim = Claim(
            id=f"{waiting.id}#1",
            holder=waiting.id,
            severity=Severity.CRITICAL,
            arrived_at=datetime.now(UTC),
            resources=("queue:a",),
        )
        release = Release(claim=f"{before.holder}#1", holder=before.holder)
        # Both come to the gate in one workflow task, or the release comes first: then the answer is no news to anybody.
        await asyncio.gather(
            house.handle.signal(RELEASE, release), house.handle.execute_update(ASK, claim, result_type=Answer)
        )
        assert 1 == len(await ends(waiting))


@pytest.mark.long
async def test_a_worker_that_is_killed(server: Server, client: Client) -> None:
    """Killed with -9 in the middle, its successor goes on: everybody enters once, no two hold one lock."""
    house = House(client, LIMITS.model_copy(update={"cap": 4}))
    async with program(WORK, server.address) as first:
        assert "working" == await line(first)
        await house.open()
        walkers = await asyncio.gather(*(house.walk(f"queue:{n % 5}", hold=HOLD, times=3) for n in range(10)))
        await _busy(house)
        first.send_signal(signal.SIGKILL)
        await first.wait()
    async with program(WORK, server.address) as second:
        assert "working" == await line(second)
        stays = await ends(*walkers)
        await house.handle.terminate()
    assert (30, 30) == (len(stays), len({each.token for each in stays}))
    assert at_once(stays) <= 4
    never_two(stays)


async def test_going_on_as_new(short: VirtualTime) -> None:
    """The line, the grants and the operator's cap are carried over; nobody notices."""
    async with gatehouse(short.client) as house:
        before = (await house.handle.describe()).run_id
        await house.cap(3)
        walkers = [await house.walk(f"queue:{n % 5}", hold=HOLD, times=4) for n in range(10)]
        stays = await ends(*walkers)
        board = await house.until(0, 0)
        after = (await house.handle.describe()).run_id
    assert before != after
    assert (3, "olga") == (board.cap, board.cap_by)
    assert (40, 40) == (len(stays), len({each.token for each in stays}))
    assert at_once(stays) <= 3
    never_two(stays)


async def test_waiting_for_hours(virtual: VirtualTime) -> None:
    """Whoever waits does so durably, and learns within minutes that the gate was lost."""
    limits = LIMITS.model_copy(update={"lease": timedelta(days=1)})
    async with gatehouse(virtual.client, limits) as house:
        holder = await house.walk("queue:a")
        await house.until(1, 0)
        waiting = await house.walk("queue:a", hold=timedelta(0))
        await house.until(1, 1)
        assert await virtual.move(waiting, timedelta(hours=9))
        await house.until(1, 1)
        await house.handle.terminate("lost")
        assert await virtual.move(waiting, timedelta(hours=9, minutes=6))
        await house.until(0, 1)
        await _quiet_is_over(virtual, house)
        assert 1 == len(await ends(waiting))
        await holder.terminate()


async def test_a_lease_ends_without_anybody(virtual: VirtualTime) -> None:
    """The gate's own timer frees what nobody gives back, also when earlier leases were given back."""
    async with gatehouse(virtual.client, LIMITS) as house:
        first = await house.walk("queue:b")
        await house.until(1, 0)
        await house.walk("queue:a")
        await house.until(2, 0)
        await house.handle.signal(RELEASE, Release(claim=f"{first.id}#1", holder=first.id))
        await house.until(1, 0)
        assert await virtual.move(house.handle, 3 * LIMITS.lease)
        await house.until(0, 0)


async def _busy(house: House) -> None:
    """Wait until a gate runs, somebody is inside and somebody waits; one that was terminated still tells its last."""

    async def busy() -> bool:
        running = (await house.handle.describe()).status is WorkflowExecutionStatus.RUNNING
        board = await house.board()
        return running and bool(board.holders and board.waiting)

    await eventually(busy)


async def _quiet_is_over(virtual: VirtualTime, house: House) -> None:
    quiet = (await house.board()).quiet_until
    assert quiet is not None
    handle: WorkflowHandle[Any, Any] = house.handle
    ahead = quiet - await virtual.now(handle)
    assert await virtual.move(handle, await virtual.elapsed(handle) + ahead)
