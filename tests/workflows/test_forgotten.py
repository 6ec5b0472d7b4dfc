"""A worker that is killed between any two events of the history changes nothing of the story."""

import re
from collections.abc import Awaitable, Callable

import pytest

from holdline.domain import messages
from holdline.domain.observation import Verdict
from holdline.domain.timeline import Fact
from holdline.ports import OutcomeUnknown, Unavailable
from tests.support.scene import Scene, crew, pages, scene, when
from tests.workflows.gates import WITHOUT_LOOK
from tests.workflows.shift import shift
from workers.virtual import VirtualTime

Life = Callable[[Scene], Awaitable[messages.Snapshot]]


async def whole_life(story: Scene) -> messages.Snapshot:
    """One escalation, an acknowledgement, a relapse, and everything put back."""
    await story.fails()
    await story.at("5m30s")
    await story.asks(messages.ACKNOWLEDGE)
    await story.at("6m30s")
    await story.recovers()
    await story.at("9m")
    story.outside.verdict = Verdict.BREACH
    await story.observes(Verdict.BREACH)
    await story.at("11m")
    await story.recovers()
    return await story.ends()


async def troubled_life(story: Scene) -> messages.Snapshot:
    """Lost answers, a failing revert, an operator who escalates, and nobody who acknowledges."""
    story.outside.trouble("change", lambda: OutcomeUnknown("genesys", "the answer was lost"), "after")
    story.outside.trouble("page one", lambda: OutcomeUnknown("pagerduty", "the answer was lost"), "after")
    story.outside.trouble("ask", lambda: Unavailable("pagerduty", "no connection"), times=3)
    await story.fails()
    await story.at("12m")
    await story.asks(messages.ESCALATE)
    await story.at("29m30s")
    story.outside.trouble("change", lambda: Unavailable("genesys", "no connection"), times=2)
    await story.recovers()
    return await story.ends()


@pytest.mark.parametrize("life", [whole_life, pytest.param(troubled_life, marks=pytest.mark.long)])
async def test_story_is_the_same(virtual: VirtualTime, life: Life) -> None:
    """With a full replay at every task the timeline, the pages and the effects are those of a worker that remembers."""
    async with scene(virtual, WITHOUT_LOOK) as story:
        remembered = _told(await life(story)), _effects(story)
    async with (
        scene(virtual, WITHOUT_LOOK, staffed=False) as story,
        shift(virtual.client, story.outside, forgetful=True),
    ):
        forgotten = _told(await life(story)), _effects(story)
    assert remembered == forgotten


async def test_worker_changes_at_every_step(virtual: VirtualTime) -> None:
    """Each step of the story is taken by another worker: nothing is done twice."""
    async with scene(virtual, staffed=False) as story:
        async with crew(virtual.client, story.outside):
            await story.fails()
            await story.at("1m")
        async with crew(virtual.client, story.outside):
            await story.at("6m")
            await story.asks(messages.ACKNOWLEDGE)
        async with crew(virtual.client, story.outside):
            await story.recovers()
            told = await story.ends()
    assert ["first", "second"] == [page.tier for page in told.pages]
    assert (2, 2, 2) == tuple(story.outside.count(each) for each in ("page", "route", "closed"))


def _told(story: messages.Snapshot) -> tuple[list[str], list[str]]:
    """What happened; which of two parallel answers came first, and after how long, is not part of the story."""
    rows = [re.sub(r" over \d+s$", "", row.split(" ", 1)[1]) for row in when(story, *Fact)]
    rows = [row for row in rows if not row.endswith("for its turn at the gate")]
    return sorted(rows), [row.split(" ", 1)[1] for row in pages(story)]


def _effects(story: Scene) -> list[tuple[str, ...]]:
    return sorted(row[:2] for row in story.outside.ledger)
