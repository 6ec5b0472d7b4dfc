"""S3.7: a change is not put back into the face of a new failure, and whoever is alarmed learns why."""

from holdline.domain import messages
from holdline.domain.lifecycle import State
from holdline.domain.observation import Verdict
from holdline.domain.timeline import Fact
from holdline.ports import Page, Receipt, Rejected, Unavailable, VendorError
from tests.support.outside import Outside
from tests.support.scene import Scene, crew, scene, when
from workers.virtual import VirtualTime

CHANGED = ("carrier-b", "carrier-a")


def _down() -> VendorError:
    return Unavailable("genesys", "no connection")


async def test_failure_while_the_revert_is_retried(virtual: VirtualTime) -> None:
    """A failure that arrives while the calm revert is being retried keeps the change in force."""
    async with scene(virtual) as story:
        await _calm(story)
        story.outside.trouble("change", _down, times=4)
        await story.at("15m10s")
        await story.observes(Verdict.BREACH)
        await story.at("29m")
        assert CHANGED == story.outside.order


async def test_failure_after_the_revert(virtual: VirtualTime) -> None:
    """A failure after the change was put back is handed to people: nobody repairs it any more."""
    async with scene(virtual) as story:
        await _calm(story)
        await story.at("16m")
        assert State.MONITORING is (await story.snapshot()).state
        await story.observes(Verdict.BREACH)
        await story.at("17m")
        assert State.HANDED_OVER is (await story.snapshot()).state


async def test_alarm_goes_on_to_the_next_tier(virtual: VirtualTime) -> None:
    """When the first tier cannot be reached about a failing revert, the next one is, and the page says why."""
    outside = _Reading()
    async with scene(virtual, staffed=False) as story:
        story.outside = outside
        async with crew(virtual.client, outside):
            await story.fails()
            await story.at("1m")
            outside.trouble("change", lambda: Rejected("genesys", "missing permission"), times=1)
            outside.trouble("page one", lambda: Rejected("pagerduty", "no"))
            await story.recovers()
            await story.ends()
            assert 1 == outside.count("page", "two")
            assert outside.summaries[-1].startswith("A CHANGE COULD NOT BE PUT BACK. CRITICAL trunk failure")


async def test_alarm_is_repeated_until_it_is_heard(virtual: VirtualTime) -> None:
    """When nobody at all could be reached about a failing revert, the next round tries again."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        story.outside.trouble("change", lambda: Rejected("genesys", "missing permission"), times=3)
        for service in ("one", "two", "three", "stale"):
            story.outside.trouble(f"page {service}", lambda: Rejected("pagerduty", "no"))
        await story.recovers()
        told = await story.ends()
        assert 2 == story.outside.count("page", "one")
        assert 3 == len(when(told, Fact.UNKNOWN))


async def _calm(story: Scene) -> None:
    """An acknowledged incident whose trunk cannot be judged: the change is put back after a quarter of an hour."""
    await story.fails()
    await story.at("10s")
    story.outside.verdict = Verdict.UNKNOWN
    await story.asks(messages.ACKNOWLEDGE)
    await story.at("14m50s")


class _Reading(Outside):
    """Remembers what people read."""

    def __init__(self) -> None:
        super().__init__()
        self.summaries: list[str] = []

    async def page(self, page: Page) -> Receipt:
        """Page, and remember the line on the lock screen."""
        receipt = await super().page(page)
        self.summaries.append(page.summary)
        return receipt
