"""What happens in the demonstration: by itself, or by the keys of whoever watches."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from holdline.cli.demo.stage import PACE, Stage
from holdline.cli.demo.world import PERSON, Trunk
from holdline.cli.exits import Stop
from holdline.cli.incident.following import Following
from holdline.cli.incident.orders import order
from holdline.cli.session import whoever
from holdline.domain.duration import say
from holdline.domain.escalation import Channel
from holdline.domain.messages import ACKNOWLEDGE, Request, Snapshot

Say = Callable[[str], None]

_LOOK: Final = timedelta(milliseconds=200)
_MOMENT: Final = timedelta(seconds=1)
_BREATH: Final = timedelta(seconds=3)
_ACKNOWLEDGED: Final = timedelta(seconds=20)
_AT_LAST: Final = timedelta(seconds=120)
_WAIT: Final = timedelta(seconds=30)


class Told:
    """The story that tells itself: nobody answers, the worker is killed, at last somebody acknowledges."""

    def __init__(self, stage: Stage, trunk: Trunk, following: Following, say: Say) -> None:
        self._stage = stage
        self._trunk = trunk
        self._following = following
        self._say = say

    async def play(self) -> None:
        """Play it."""
        await self._until(lambda story: len(story.pages) >= 2)
        await _sleep(_MOMENT)
        kill_worker(self._stage, self._say)
        story = await self._until(lambda story: any(_is_text(page.target) for page in story.pages))
        await _sleep(_BREATH)
        self._say(f"{PERSON} acknowledges in PagerDuty")
        await self._stage.world.acknowledge(story)
        await self._until(lambda story: story.acknowledged_by is not None)
        await _sleep(_BREATH)
        await repair(self._stage, self._trunk, self._say)

    async def _until(self, told: Callable[[Snapshot], bool]) -> Snapshot:
        while True:
            story = self._following.story
            if story is not None and told(story):
                return story
            await _sleep(_LOOK)


class Played:
    """The story in the hands of whoever watches; the carrier repairs its trunk some time after an answer."""

    def __init__(self, stage: Stage, trunk: Trunk, following: Following, say: Say) -> None:
        self._stage = stage
        self._trunk = trunk
        self._following = following
        self._say = say
        self._under_way: set[asyncio.Task[None]] = set()

    async def play(self) -> None:
        """Wait for an answer and a little more, or for the patience of the carrier."""
        began = datetime.now(UTC)
        answered: datetime | None = None
        while answered is None or datetime.now(UTC) - answered < _ACKNOWLEDGED:
            await _sleep(_LOOK)
            if answered is None and self._has_answer():
                answered = datetime.now(UTC)
                self._say(f"the carrier is at work; its trunk will be back in {say(_ACKNOWLEDGED)}")
            if datetime.now(UTC) - began > _AT_LAST:
                break
        await repair(self._stage, self._trunk, self._say)

    def _has_answer(self) -> bool:
        story = self._following.story
        return story is not None and story.acknowledged_by is not None

    def press(self, key: str) -> None:
        """a acknowledges, k kills the worker."""
        match key.lower():
            case "a":
                task = asyncio.create_task(self._acknowledge())
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
            case "k":
                kill_worker(self._stage, self._say)

    async def _acknowledge(self) -> None:
        story = self._following.story
        if story is None:
            return
        try:
            reply = await order(self._stage.client, story, ACKNOWLEDGE, Request(by=whoever() or "you"), _WAIT)
        except Stop as stop:
            self._say(stop.sentence)
        else:
            self._say(reply.text)


def kill_worker(stage: Stage, say: Say) -> None:
    """Kill the worker as a crash would."""
    pid = stage.supervisor.kill("worker")
    say("the worker is not running" if pid is None else f"kill -9 {pid}: the worker is gone; the timers go on")


async def repair(stage: Stage, trunk: Trunk, say: Say) -> None:
    """The carrier repairs its trunk."""
    say(f"the carrier has repaired {trunk.name}")
    await stage.world.repair(trunk)


def longest() -> timedelta:
    """After this time a story that tells itself has gone wrong."""
    return 3 * PACE.wait + timedelta(minutes=4)


def _is_text(target: str) -> bool:
    return target.startswith(f"{Channel.SMS}:")


async def _sleep(time: timedelta) -> None:
    await asyncio.sleep(time.total_seconds())
