"""S1.11: a room has one message about an incident, which is kept true, with what follows in its thread."""

from holdline.domain.escalation import EscalationPolicy
from holdline.domain.messages import ACKNOWLEDGE, RESOLVE
from holdline.domain.runbook import Runbook
from tests.support.scene import pages, scene, tier
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


async def test_nothing_is_replaced_while_nothing_changes(virtual: VirtualTime) -> None:
    """After the repair nothing happens for minutes: one replacement, for the repair."""
    async with scene(virtual, RUNBOOK) as story:
        await story.fails()
        await story.at("4m")
        assert 1 >= story.outside.room.replaced
