"""A worker that is killed in the middle of a change: nobody hears of it any more."""

import asyncio
from contextlib import AsyncExitStack

from temporalio import activity
from temporalio.worker import Worker

from activities.remediation import Changing, Remediation
from holdline.domain import queues
from holdline.domain.change import ActionKind
from holdline.domain.timeline import Fact
from holdline.ports import ChangeReceipt
from tests.support.outside import Outside
from tests.support.scene import jobs, scene, when
from tests.workflows.shift import shift
from workers.virtual import VirtualTime


class Killed:
    """Makes the first change and is never heard of again; what comes after it is made by another one."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._able = Remediation(dict.fromkeys(ActionKind, outside), outside)
        self.changes = 0
        self.over = asyncio.Event()

    @activity.defn(name="make_change")
    async def change(self, changing: Changing) -> ChangeReceipt:
        """Change, and say nothing."""
        self.changes += 1
        if self.changes > 1:
            return await self._able.change(changing)
        receipt = await self._outside.change(changing.change, changing)
        await self.over.wait()
        return receipt


async def test_its_outcome_is_unknown_soon(virtual: VirtualTime) -> None:
    """Ten seconds later the incident looks at what became of it, and goes on."""
    async with AsyncExitStack() as stack:
        story = await stack.enter_async_context(scene(virtual, staffed=False))
        killed = Killed(story.outside)
        await stack.enter_async_context(shift(virtual.client, story.outside, absent=(queues.GENESYS,)))
        able = [each for each in jobs(story.outside)[queues.GENESYS] if each.__name__ != "change"]
        await stack.enter_async_context(
            Worker(virtual.client, task_queue=queues.GENESYS, activities=[*able, killed.change])
        )
        stack.callback(killed.over.set)
        await story.fails()
        await story.at("25s")
        told = await story.snapshot()
    assert ["10s attempt 1 of 3 failed: its worker fell silent"] == when(told, Fact.RETRIED)
    (changed,) = when(told, Fact.CHANGED)
    assert changed.endswith("found in force after an unknown outcome")
    assert 1 == killed.changes
