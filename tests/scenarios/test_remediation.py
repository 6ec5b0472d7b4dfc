"""S1.7: bounded attempts, one effect, and hands off when somebody else is at work."""

import pytest

from holdline.domain import messages
from holdline.domain.lifecycle import State
from holdline.domain.timeline import Fact
from holdline.ports import Conflict, OutcomeUnknown, Unavailable
from tests.support.scene import scene, when
from workers.virtual import VirtualTime


async def test_healthy_carrier_goes_first(virtual: VirtualTime) -> None:
    """The route is changed once and the incident is monitored."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("30s")
        told = await story.snapshot()
        assert ("carrier-b", "carrier-a") == story.outside.order
        assert State.MONITORING is told.state
        assert (1, 3) == (told.retry_count, told.max_retries)


async def test_three_attempts_then_people(virtual: VirtualTime) -> None:
    """After three failed attempts automation stops and the counter says so."""
    async with scene(virtual) as story:
        story.outside.trouble("change", lambda: Unavailable("genesys", "no connection"), times=9)
        await story.fails()
        await story.at("3m")
        told = await story.snapshot()
        assert State.HANDED_OVER is told.state
        assert 3 == told.retry_count
        assert 3 == len(when(told, Fact.RETRIED))
        assert ("carrier-a", "carrier-b") == story.outside.order


@pytest.mark.parametrize("times", [1, 2])
async def test_lost_answer_changes_the_route_once(virtual: VirtualTime, times: int) -> None:
    """A change whose answer was lost is looked up before it is repeated: one change, then monitored."""
    async with scene(virtual) as story:
        story.outside.trouble("change", lambda: OutcomeUnknown("genesys", "the answer was lost"), "after", times)
        await story.fails()
        await story.at("2m")
        told = await story.snapshot()
        assert 1 == story.outside.count("route")
        assert State.MONITORING is told.state


async def test_somebody_else_is_at_work(virtual: VirtualTime) -> None:
    """A concurrent change by a person is not overwritten: the incident is handed over and says why."""
    async with scene(virtual) as story:
        story.outside.trouble("change", lambda: Conflict("genesys", "somebody else has changed the order"))
        await story.fails()
        await story.at("30s")
        told = await story.snapshot()
        assert State.HANDED_OVER is told.state
        assert "somebody else has changed the order" in when(told, Fact.STATE)[-1]


async def test_operator_holds(virtual: VirtualTime) -> None:
    """`hold` stops further attempts."""
    async with scene(virtual) as story:
        story.outside.trouble("change", lambda: Unavailable("genesys", "no connection"), times=9)
        await story.fails()
        await story.at("5s")
        await story.asks(messages.HOLD)
        await story.at("5m")
        told = await story.snapshot()
        assert State.HANDED_OVER is told.state
        assert "alice holds the automation" in when(told, Fact.STATE)[-1]
