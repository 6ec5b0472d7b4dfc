"""The rows about a ticket: what repeats itself is told once, and what was told together says so."""

from holdline.domain.messages import ACKNOWLEDGE, ESCALATE
from holdline.domain.timeline import Fact
from tests.scenarios.ticketed import Dropping, before, comes, opened, passes
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


async def complaints(story: Scene) -> list[str]:
    """The rows about fields that were not kept."""
    return [row for row in when(await story.snapshot(), Fact.TICKET) if "not kept by the vendor" in row]


async def complains(story: Scene, times: int) -> bool:
    """Whether there are so many of them."""
    return times == len(await complaints(story))
