"""S1.11: a room has one message about an incident, which is kept true, with what follows in its thread."""

from holdline.domain.escalation import EscalationPolicy, Target
from holdline.domain.lifecycle import State
from holdline.domain.messages import ACKNOWLEDGE, RESOLVE
from holdline.domain.runbook import Runbook
from holdline.domain.storm import StormRule
from holdline.domain.timeline import Fact
from tests.support.scene import LADDER, pages, scene, tier, when
from workers.virtual import VirtualTime

RUNBOOK = Runbook(
    escalation=EscalationPolicy(tiers=(tier("first", "slack:voice"), tier("second", "slack:voice", "sms:bob")))
)


async def test_message_is_replaced_not_followed(virtual: VirtualTime) -> None:
    """Who has it and how it ended is said by the message that asked, whose buttons go with the incident."""
    async with scene(virtual, RUNBOOK) as story:
        await story.fails()
        await story.at("1m")
        (message,) = story.outside.room.messages
        assert ("acknowledge", "escalate", "hold") == message.posted.actions
        found = (await story.handle.describe()).raw_description.workflow_execution_info
        assert found.first_run_id[:8] == message.posted.episode
        await story.asks(ACKNOWLEDGE)
        await story.at("2m")
        assert "alice" == message.shows.lines["acknowledged by"]
        await story.asks(RESOLVE)
        await story.ends()
        assert ("RESOLVED", ()) == (message.shows.lines["state"], message.shows.actions)
        assert [message] == story.outside.room.messages


async def test_next_page_is_in_the_thread(virtual: VirtualTime) -> None:
    """A room that is asked again is asked below its first message."""
    async with scene(virtual, RUNBOOK) as story:
        await story.fails()
        await story.at("6m")
        assert ["0s first slack:voice", "5m second slack:voice"] == pages(await story.snapshot())
        first, second = story.outside.room.messages
        assert ("", first.id) == (first.posted.thread, second.posted.thread)


async def test_page_below_an_announcement_is_seen_by_the_whole_room(virtual: VirtualTime) -> None:
    """A page is no quiet answer in a thread, whatever it stands below; what only tells how things are is."""
    both = RUNBOOK.model_copy(update={"announce": TOLD.announce})
    async with scene(virtual, both) as story:
        await story.fails()
        await story.at("6m")
        told = [each.posted for each in story.outside.room.messages]
        assert 3 == len(told)
        assert [True, True] == [each.loud for each in told if "page." in each.effect]
        assert [False] == [each.loud for each in told if "announce" in each.effect]


async def test_nothing_is_replaced_while_nothing_changes(virtual: VirtualTime) -> None:
    """After the repair nothing happens for minutes: one replacement, for the repair."""
    async with scene(virtual, RUNBOOK) as story:
        await story.fails()
        await story.at("4m")
        assert 1 >= story.outside.room.replaced


TOLD = Runbook(escalation=LADDER, announce=(Target.model_validate("slack:voice"),))


async def test_room_is_told_beside_whoever_is_paged(virtual: VirtualTime) -> None:
    """One message, though nobody in the room is paged; it says how things stand, and how they ended."""
    async with scene(virtual, TOLD) as story:
        await story.fails()
        await story.at("6m")
        (message,) = story.outside.room.messages
        assert ["0s first pagerduty:one", "5m second pagerduty:two"] == pages(await story.snapshot())
        await story.asks(RESOLVE)
        await story.ends()
        assert "RESOLVED" == message.shows.lines["state"]
        assert [message] == story.outside.room.messages


async def test_room_without_replacement_gets_a_last_word(virtual: VirtualTime) -> None:
    """Where a message cannot be replaced a second one, under the first, says that it is over."""
    told = Runbook(escalation=LADDER, announce=(Target.model_validate("teams:voice"),))
    async with scene(virtual, told) as story:
        await story.fails()
        await story.at("2m")
        await story.asks(RESOLVE)
        await story.ends()
        first, last = story.outside.room.messages
        assert (first.id, "RESOLVED", ()) == (last.posted.thread, last.posted.lines["state"], last.posted.actions)


async def test_room_that_cannot_be_told_delays_nothing(virtual: VirtualTime) -> None:
    """It is written down once, and people are paged and the trunk repaired as ever."""
    told = Runbook(escalation=LADDER, announce=(Target.model_validate("email:alice"),))
    async with scene(virtual, told) as story:
        story.outside.room.refuses = True
        await story.fails()
        await story.at("1m")
        seen = await story.snapshot()
        assert ["0s first pagerduty:one"] == pages(seen)
        assert 1 == sum("email:alice was not told" in row for row in when(seen, Fact.SKIPPED))
        assert State.MONITORING is seen.state


async def test_storm_is_announced_once(virtual: VirtualTime) -> None:
    """The parent tells the room; its members do not."""
    many = TOLD.model_copy(update={"storm": StormRule()})
    async with scene(virtual, many) as story:
        await story.gathers("one", "two", "three")
        await story.at("1m")
        assert 1 == len(story.outside.room.messages)
