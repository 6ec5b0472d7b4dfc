"""S3.5, S3.6: Holdline looks for itself before the first page and at the end, whatever the incident is about."""

from datetime import timedelta
from typing import Any

import pytest

from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import ABOUT, IncidentKind
from holdline.domain.lifecycle import State
from holdline.domain.observation import Verdict
from holdline.domain.timeline import Fact
from holdline.ports import Rejected
from tests.support.scene import RUNBOOK, About, pages, scene, when
from tests.support.temporal import unique
from workers.virtual import VirtualTime

KINDS = (IncidentKind.EDGE_OFFLINE, IncidentKind.QUEUE_OVERFLOW, IncidentKind.CAPACITY_EXHAUSTED)


def about(kind: IncidentKind) -> About:
    """What an incident of this kind is about."""
    return kind, Entity(kind=ABOUT[kind], id=unique(ABOUT[kind].value))


@pytest.mark.parametrize("kind", KINDS)
async def test_an_event_that_is_hours_old(virtual: VirtualTime, kind: IncidentKind) -> None:
    """What turns out healthy when it is looked at pages nobody."""
    async with scene(virtual, about=about(kind)) as story:
        story.outside.verdict = Verdict.HEALTHY
        await story.fails()
        told = await story.ends()
        assert (State.TRANSIENT, []) == (told.state, story.outside.ledger)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_detector_that_falls_silent(virtual: VirtualTime, kind: IncidentKind) -> None:
    """Two healthy readings end it although nobody says that it is over; one would not."""
    async with scene(virtual, about=about(kind)) as story:
        await story.fails()
        await story.at("1m")
        assert ["0s first pagerduty:one"] == pages(await story.snapshot())
        story.outside.verdict = Verdict.HEALTHY
        read = story.outside.readings
        told = await story.ends()
        assert (State.RESOLVED, 2) == (told.state, story.outside.readings - read)
        assert "2 healthy observations in a row" in when(told, Fact.STATE)[-1]


@pytest.mark.parametrize("kind", KINDS)
async def test_what_cannot_be_read_is_believed(virtual: VirtualTime, kind: IncidentKind) -> None:
    """A refused look keeps nobody waiting, and what the detector says ends it all the same."""
    async with scene(virtual, about=about(kind)) as story:
        story.outside.trouble("read", lambda: Rejected("genesys", "nobody has this id"), times=99)
        await story.fails()
        await story.at("10s")
        assert 1 == len(pages(await story.snapshot()))
        await story.recovers()
        assert State.RESOLVED is (await story.ends()).state


OLDER: dict[str, Any] = {"reads": False}
"""It was opened when nobody could read it."""

OF_OTHERS: dict[str, Any] = {"by_bounds": False}
"""An alerting rule or a probe has bounds of its own; whether an edge is online needs none."""


@pytest.mark.parametrize(
    ("kind", "opened"), [*((each, OLDER) for each in KINDS), *((each, OF_OTHERS) for each in KINDS[1:])]
)
async def test_it_goes_on_by_what_it_is_told(virtual: VirtualTime, kind: IncidentKind, opened: dict[str, Any]) -> None:
    """Our reading does not call off what was opened without it."""
    async with scene(virtual, about=about(kind)) as story:
        story.outside.verdict = Verdict.HEALTHY
        await story.fails(**opened)
        await story.at("10m")
        assert (State.MONITORING, 0) == ((await story.snapshot()).state, story.outside.readings)
        await story.recovers()
        assert State.RESOLVED is (await story.ends()).state


async def test_somebody_else_joins(virtual: VirtualTime) -> None:
    """Once an alert has said so too, the incident is over when it is told so, not when the bounds hold."""
    async with scene(virtual, about=about(IncidentKind.QUEUE_OVERFLOW)) as story:
        await story.fails()
        await story.at("1m")
        await story.observes(Verdict.BREACH, by_bounds=False)
        story.outside.verdict, read = Verdict.HEALTHY, story.outside.readings
        await story.at("20m")
        assert (State.MONITORING, read) == ((await story.snapshot()).state, story.outside.readings)


async def test_an_edge_is_no_matter_of_bounds(virtual: VirtualTime) -> None:
    """Whoever says that an edge is offline, a reading tells whether it is."""
    async with scene(virtual, about=about(IncidentKind.EDGE_OFFLINE)) as story:
        story.outside.verdict = Verdict.HEALTHY
        await story.fails(by_bounds=False)
        assert State.TRANSIENT is (await story.ends()).state


async def test_a_late_failure_names_what_it_is_about(virtual: VirtualTime) -> None:
    """A failure from before the recovery is looked into, and the timeline says what was looked at."""
    async with scene(virtual, about=about(IncidentKind.EDGE_OFFLINE)) as story:
        await story.fails()
        await story.at("1m")
        await story.recovers()
        await story.at("5m")
        await story.observes(Verdict.BREACH, ago=timedelta(hours=1))
        told = await story.ends()
        assert "the edge is not failing now" in when(told, Fact.SKIPPED)[-1]


async def test_a_whole_site_is_not_read(virtual: VirtualTime) -> None:
    """Nobody can read a site at once: what is said of it counts."""
    site = (IncidentKind.EDGE_OFFLINE, Entity(kind=EntityKind.SITE, id=unique("site")))
    async with scene(virtual, RUNBOOK, about=site) as story:
        await story.fails()
        await story.at("10m")
        assert 0 == story.outside.readings
