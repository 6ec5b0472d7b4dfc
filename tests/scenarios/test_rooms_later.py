"""S3.14: a room that was out of reach is told when its vendor is back, once."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from holdline.domain.escalation import Target
from holdline.domain.messages import ACKNOWLEDGE, RESOLVE
from holdline.domain.runbook import Runbook
from holdline.domain.timeline import Fact
from holdline.ports import Notice, OutcomeUnknown, Receipt, Unavailable, VendorError
from tests.support.room import Room
from tests.support.scene import LADDER, Scene, crew, scene, when
from workers.virtual import VirtualTime


class Distant(Room):
    """A room whose vendor is out of reach until it is back; what `posts` is there, and nobody hears of it."""

    def __init__(self, trouble: Callable[[], VendorError], *, posts: bool = False) -> None:
        super().__init__()
        self.away = True
        self.asked = 0
        self._trouble = trouble
        self._posts = posts

    async def send(self, notice: Notice) -> Receipt:
        """Post, or fail."""
        self.asked += 1
        if self._posts or not self.away:
            posted = await super().send(notice)
        if self.away:
            raise self._trouble()
        return posted

    async def find(self, notice: Notice) -> Receipt | None:
        """Look, or fail."""
        if self.away:
            self.asked += 1
            raise self._trouble()
        return await super().find(notice)


@asynccontextmanager
async def telling(virtual: VirtualTime, target: str, room: Room) -> AsyncIterator[Scene]:
    """A scene whose incident tells a room."""
    told = Runbook(escalation=LADDER, announce=(Target.model_validate(target),))
    async with scene(virtual, told, staffed=False) as story:
        story.outside.room = room
        async with crew(virtual.client, story.outside):
            yield story


def gone() -> VendorError:
    """Nothing was sent."""
    return Unavailable("the room", "no connection")


def lost() -> VendorError:
    """It may have been sent."""
    return OutcomeUnknown("the room", "the answer was lost")


@pytest.mark.parametrize("target", ["teams:voice", "email:alice", "slack:voice"])
async def test_room_that_is_out_of_reach_is_told_later(virtual: VirtualTime, target: str) -> None:
    """After 1, 5 and 30 minutes and every 30 then, three attempts each; what is true by then is told, once."""
    room = Distant(gone)
    async with telling(virtual, target, room) as story:
        await story.fails()
        for moment, asked in (("50s", 3), ("2m", 6), ("7m", 9), ("37m", 12), ("65m", 12)):
            await story.at(moment)
            assert asked == room.asked
        room.away = False
        await story.at("70m")
        (message,) = room.messages
        assert "MONITORING" == message.posted.lines["state"]
        told = await story.snapshot()
        assert 1 == sum(f"{target} was not told" in row for row in when(told, Fact.SKIPPED))
        assert f"{target} was told late" in when(told, Fact.SEEN)[-1]


async def test_incident_that_is_over_tells_nobody_late(virtual: VirtualTime) -> None:
    """Nobody hears of the end of what they have not heard of."""
    room = Distant(gone)
    async with telling(virtual, "teams:voice", room) as story:
        await story.fails()
        await story.at("30s")
        await story.asks(RESOLVE)
        room.away = False
        await story.ends()
        assert [] == room.messages


async def test_message_in_doubt_is_looked_for_before_it_is_posted_later(virtual: VirtualTime) -> None:
    """Slack has it although its answer was lost: it is found, kept true, and no second one is posted."""
    room = Distant(lost, posts=True)
    async with telling(virtual, "slack:voice", room) as story:
        await story.fails()
        await story.at("30s")
        room.away = False
        await story.at("2m")
        assert 1 == len(room.messages)
        await story.asks(ACKNOWLEDGE)
        await story.at("3m")
        assert "alice" == room.messages[0].shows.lines["acknowledged by"]


async def test_room_that_refuses_later_is_tried_no_more(virtual: VirtualTime) -> None:
    """The vendor is back, and says that nobody may write there: that is told, and does not mend itself."""
    room = Distant(gone)
    async with telling(virtual, "teams:voice", room) as story:
        await story.fails()
        await story.at("30s")
        room.away, room.refuses = False, True
        await story.at("40m")
        assert 4 == room.asked
        assert "teams:voice is not told any more" in when(await story.snapshot(), Fact.SKIPPED)[-1]


async def test_message_in_doubt_is_not_sent_again_where_nobody_can_look(virtual: VirtualTime) -> None:
    """A card may have arrived although its answer was lost."""
    room = Distant(lost)
    async with telling(virtual, "teams:voice", room) as story:
        await story.fails()
        await story.at("30s")
        room.away = False
        await story.at("40m")
        assert [] == room.messages
