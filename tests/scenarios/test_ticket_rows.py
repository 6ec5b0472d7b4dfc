"""The rows about a ticket: what repeats itself is told once, and what was told together says so."""

from holdline.domain.messages import ACKNOWLEDGE, ESCALATE, HOLD
from holdline.domain.timeline import Fact
from tests.scenarios.ticketed import Dropping, before, comes, letter, opened, passes, ticketed
from tests.support.scene import Scene, when
from workers.virtual import VirtualTime


async def test_fields_that_are_not_kept_are_told_once(virtual: VirtualTime) -> None:
    """After every update the same row would push others out of the timeline; another field is news."""
    box = Dropping("u_site")
    async with before(virtual, box) as story:
        await story.fails()
        await opened(story)
        await story.asks(ACKNOWLEDGE)
        await story.at("2m")
        await passes(story, "70s")
        assert 1 == len(await complaints(story))
        box.dropping = ("u_site", "u_queue")
        await story.asks(ESCALATE)
        await story.at("4m")
        await passes(story, "3m")
        await comes(lambda: complains(story, 2))
        assert "u_site, u_queue" in (await complaints(story))[-1]


async def test_another_reason_for_the_same_refusal_is_no_news(virtual: VirtualTime) -> None:
    """The vendor's own words may hold a time or an id: what it refuses is the same all the while."""
    box = Dropping("what changes (request 1 was refused)")
    async with before(virtual, box) as story:
        await story.fails()
        await opened(story)
        box.dropping = ("what changes (request 2 was refused)",)
        await story.asks(ACKNOWLEDGE)
        await story.at("2m")
        await passes(story, "70s")

        async def updated() -> bool:
            return any("request 2" in row.text for row in (await letter(story)).timeline)

        await comes(updated)
        assert 1 == len(await complaints(story))


async def test_what_waits_for_its_pause_is_noted(virtual: VirtualTime) -> None:
    """Within a minute of a call no other is made (S4.5): the keeper's rows say so once, the incident's never."""
    async with ticketed(virtual) as story:
        await story.fails()
        await opened(story)
        await story.asks(ACKNOWLEDGE)
        await story.asks(HOLD)

        async def noted() -> bool:
            return bool(await together(story))

        await comes(noted)
        await passes(story, "70s")
        (row,) = await together(story)
        assert "no call within 1m of the one before" in row
        assert ["open", "update"] == story.outside.tickets.written
        assert [] == [each for each in when(await story.snapshot(), *Fact) if "told together" in each]


async def together(story: Scene) -> list[str]:
    """The rows of the keeper about what was put together."""
    return [each.text for each in (await letter(story)).timeline if "told together" in each.text]


async def complaints(story: Scene) -> list[str]:
    """The rows about fields that were not kept."""
    return [row for row in when(await story.snapshot(), Fact.TICKET) if "not kept by the vendor" in row]


async def complains(story: Scene, times: int) -> bool:
    """Whether there are so many of them."""
    return times == len(await complaints(story))
