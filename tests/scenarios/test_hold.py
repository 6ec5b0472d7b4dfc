"""`hold` means that automation changes nothing more, whatever was under way."""

from holdline.domain import messages
from holdline.domain.lifecycle import State
from holdline.domain.observation import Verdict
from holdline.domain.timeline import Fact
from holdline.ports import Unavailable
from tests.support.scene import scene, when
from tests.workflows.gates import WITHOUT_LOOK, gated
from workers.virtual import VirtualTime

CHANGED = ("carrier-b", "carrier-a")


async def test_while_routes_are_read(virtual: VirtualTime) -> None:
    """A hold that arrives while the routes are read prevents the change."""
    async with gated(virtual, WITHOUT_LOOK) as (story, outside):
        reading = outside.gate("routes")
        await story.fails()
        await reading.arrived()
        await story.asks(messages.HOLD)
        reading.open()
        await story.at("1m")
        assert 0 == outside.count("route")
        assert State.HANDED_OVER is (await story.snapshot()).state


async def test_while_a_revert_fails(virtual: VirtualTime) -> None:
    """A hold that arrives while the revert is being retried ends the retries: the change stays."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        story.outside.trouble("change", lambda: Unavailable("genesys", "no connection"), times=3)
        await story.recovers()
        await story.at("1m1s")
        await story.asks(messages.HOLD)
        told = await story.ends()
        assert CHANGED == story.outside.order
        assert [] == when(told, Fact.REVERTED, Fact.UNKNOWN)


async def test_while_a_calm_revert_fails(virtual: VirtualTime) -> None:
    """A hold that arrives while the revert after a calm while is being retried ends the retries as well."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        story.outside.verdict = Verdict.UNKNOWN
        await story.asks(messages.ACKNOWLEDGE)
        await story.at("14m")
        story.outside.trouble("change", lambda: Unavailable("genesys", "no connection"), times=9)
        await story.at("15m10s")
        await story.asks(messages.HOLD)
        await story.at("29m")
        assert CHANGED == story.outside.order
