"""S1.7: what is said of the remediation is what has been read, never what was hoped for."""

import pytest

from holdline.domain.incident import Severity
from holdline.domain.lifecycle import State
from holdline.domain.timeline import Fact
from holdline.ports import OutcomeUnknown, Unavailable, VendorError
from tests.support.scene import scene, when
from workers.virtual import VirtualTime


def _refused() -> VendorError:
    return Unavailable("genesys", "no connection")


def _lost() -> VendorError:
    return OutcomeUnknown("genesys", "the answer was lost")


@pytest.mark.parametrize("trouble", [_refused, _lost])
async def test_nothing_is_changed_and_nothing_can_be(virtual: VirtualTime, trouble: type[VendorError]) -> None:
    """A failed attempt, then no healthy carrier: automation stops, and nobody is told that the route is changed."""
    async with scene(virtual) as story:
        story.outside.trouble("change", trouble)
        await story.fails(Severity.HIGH)
        await story.at("5s")
        story.outside.standby_healthy = False
        await story.at("1m")
        told = await story.snapshot()
        assert State.HANDED_OVER is told.state
        assert [] == when(told, Fact.CHANGED)
        assert 1 == len(told.pages)


async def test_lost_attempt_is_put_back_once(virtual: VirtualTime) -> None:
    """A first attempt that was lost on the way and a second one that worked are one change and one revert."""
    async with scene(virtual) as story:
        story.outside.trouble("change", _lost)
        await story.fails()
        await story.at("1m")
        await story.recovers()
        told = await story.ends()
        assert (1, 1) == (len(when(told, Fact.CHANGED)), len(when(told, Fact.REVERTED)))
