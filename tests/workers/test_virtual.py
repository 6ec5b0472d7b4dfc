"""Virtual time: exact moments, moved by hand."""

from datetime import timedelta

import pytest

from tests.support.temporal import unique, working
from tests.support.workflows import Patient
from workers.virtual import VirtualTime


async def test_skipping_needs_no_waiting(virtual: VirtualTime) -> None:
    """A workflow started by the skipping client waits hours in no time, and wakes at exact moments."""
    async with working(virtual.client, [Patient]) as queue:
        woke = await virtual.skipping.execute_workflow(Patient.run, 36, id=unique("patient"), task_queue=queue)
    assert [f"woke at {5 * n}" for n in range(1, 37)] == woke


async def test_a_signal_arrives_at_the_moment_moved_to(virtual: VirtualTime) -> None:
    """A clock moved to 4:50 shows 4:50 to the signal that is sent then, and the wait has not ended."""
    async with working(virtual.client, [Patient]) as queue:
        handle = await virtual.client.start_workflow(Patient.run, 2, id=unique("patient"), task_queue=queue)
        assert await virtual.move(handle, to=timedelta(minutes=4, seconds=50))
        await handle.signal(Patient.call, "alice")
        assert ["alice at 4"] == await handle.query(Patient.calls)
        await virtual.finish(handle)
        assert ["alice at 4", "woke at 9"] == await handle.result()


async def test_moving_past_the_end_says_so(virtual: VirtualTime) -> None:
    """A workflow that ends before the moment answers False instead of hanging."""
    async with working(virtual.client, [Patient]) as queue:
        handle = await virtual.client.start_workflow(Patient.run, 1, id=unique("patient"), task_queue=queue)
        assert not await virtual.move(handle, to=timedelta(hours=1))


async def test_a_clock_never_goes_back(virtual: VirtualTime) -> None:
    """Moving to a moment that has passed is refused."""
    async with working(virtual.client, [Patient]) as queue:
        handle = await virtual.client.start_workflow(Patient.run, 2, id=unique("patient"), task_queue=queue)
        await virtual.move(handle, to=timedelta(minutes=2))
        with pytest.raises(ValueError, match="already"):
            await virtual.move(handle, to=timedelta(minutes=1))
        await handle.terminate()


async def test_more_skips_than_the_servers_own_cap(virtual: VirtualTime) -> None:
    """More waits than the default cap of 200 skips do not hang."""
    async with working(virtual.client, [Patient]) as queue:
        woke = await virtual.skipping.execute_workflow(Patient.run, 205, id=unique("patient"), task_queue=queue)
    assert 205 == len(woke)
