"""The console has a button to cancel a workflow: what was promised is kept, then the incident ends."""

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError

from holdline.domain.observation import Verdict
from holdline.ports import Unavailable
from tests.support.scene import Scene, scene
from tests.workflows.gates import gated
from workers.virtual import VirtualTime

BEFORE = ("carrier-a", "carrier-b")


async def test_everything_is_put_back(virtual: VirtualTime) -> None:
    """The change is put back and every page closed; nobody is paged any more."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("6m")
        await _cancelled(story)
        assert (BEFORE, set()) == (story.outside.order, story.outside.open_pages)
        assert 2 == story.outside.count("page")


@pytest.mark.parametrize("call", ["change", "page one", "routes"])
async def test_while_a_call_is_in_flight(virtual: VirtualTime, call: str) -> None:
    """Whatever was under way when the button was pressed, nothing is left behind."""
    async with gated(virtual) as (story, outside):
        gate = outside.gate(call)
        await story.fails()
        await gate.arrived()
        await story.handle.cancel()
        await story.snapshot()
        gate.open()
        await _cancelled(story)
        assert (BEFORE, set()) == (outside.order, outside.open_pages)


async def test_while_it_fails_on(virtual: VirtualTime) -> None:
    """Failures that are reported, and a vendor that is away for a minute, do not keep it from being put back."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        story.outside.trouble("change", lambda: Unavailable("genesys", "no connection"), times=2)
        await story.handle.cancel()
        await story.observes(Verdict.BREACH)
        await _cancelled(story)
        assert BEFORE == story.outside.order


async def test_in_the_re_open_window(virtual: VirtualTime) -> None:
    """An incident that is over just ends."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        await story.recovers()
        await story.at("2m")
        await _cancelled(story)
        assert (BEFORE, 1) == (story.outside.order, story.outside.count("closed"))


async def _cancelled(story: Scene) -> None:
    if (await story.handle.describe()).status is WorkflowExecutionStatus.RUNNING:
        await story.handle.cancel()
    with pytest.raises(WorkflowFailureError):
        await story.handle.result()
    assert WorkflowExecutionStatus.CANCELED is (await story.handle.describe()).status
