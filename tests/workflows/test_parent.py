"""The parent of many in virtual time: hundreds of members, a ladder of its own, what people see of it."""

import asyncio
from datetime import UTC, datetime

from holdline.domain import messages
from holdline.domain.case import Case
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.keys import workflow_id
from holdline.domain.storm import Member, Shelter, Standing, Storm, about
from holdline.domain.timeline import Fact
from tests.histories.stories import STORMY
from tests.support.scene import RUNBOOK, Scene, pages, scene, when
from tests.support.temporal import unique
from workers.virtual import VirtualTime
from workflows import words
from workflows.card import card

MANY = 400
NIGHT = datetime(2026, 3, 1, 3, tzinfo=UTC)


async def test_several_hundred_members(short: VirtualTime) -> None:
    """It goes on as new with all of them, forgets none, and pages once."""
    async with scene(short, STORMY) as story:
        names = [unique("trunk") for _ in range(MANY)]
        await story.gathers(*names[:1])
        await asyncio.gather(*(_says(story, name) for name in names[1:]))
        await _counts(story, MANY, 0)
        await asyncio.gather(*(_says(story, name, over=True) for name in names[:-1]))
        await _counts(story, MANY, MANY - 1)
        storm = (await story.snapshot()).storm
        assert storm is not None
        assert (20, MANY - 20, Standing.OPEN) == (len(storm.members), storm.more, storm.members[0].standing)
        await _says(story, names[-1], over=True)
        await story.ends()
        assert (1, 1) == (story.outside.count("page"), story.outside.count("closed"))
        run = (await story.handle.describe()).raw_description.workflow_execution_info
        assert run.first_run_id != run.execution.run_id, "it has not gone on as new"


async def test_its_ladder(virtual: VirtualTime) -> None:
    """Nobody acknowledges: the tiers follow at their times; it reads nothing and changes nothing."""
    async with scene(virtual, STORMY) as story:
        await story.gathers("trunk-1", "trunk-2")
        await story.at("11m")
        told = await story.snapshot()
        assert ["0s first pagerduty:one", "5m second pagerduty:two", "10m third pagerduty:three"] == pages(told)
        assert (0, 0) == (story.outside.readings, story.outside.count("route"))


async def test_a_high_storm_pages_at_once(virtual: VirtualTime) -> None:
    """There is no remediation of its own to wait for."""
    async with scene(virtual, STORMY) as story:
        await story.gathers("trunk-1", severity=Severity.HIGH)
        await story.at("10s")
        assert ["0s first pagerduty:one"] == pages(await story.snapshot())


async def test_it_gets_worse(virtual: VirtualTime) -> None:
    """The worst member's severity is the parent's, and the timeline says so."""
    async with scene(virtual, STORMY) as story:
        await story.gathers("trunk-1", severity=Severity.HIGH)
        await _says(story, "trunk-2")
        await story.at("10s")
        told = await story.snapshot()
        assert Severity.CRITICAL is told.severity
        assert any("it is CRITICAL now" in row for row in when(told, Fact.SEEN))


async def test_an_ordinary_incident_hears_no_members(virtual: VirtualTime) -> None:
    """Only a parent counts them, and a strange parent's word changes nothing."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("10s")
        await _says(story, "trunk-1")
        word = messages.Word(parent="incident/trunk_failure/other", kind=messages.WordKind.HOLD, by="otto")
        await story.handle.signal(messages.WORD, word)
        told = await story.snapshot()
        assert (None, None, 1) == (told.storm, told.held_by, told.events)


def test_what_the_console_and_the_page_say() -> None:
    """The card and the page name the number, the kind and the site; what comes from outside stays code."""
    case = _case()
    shown = card(case, RUNBOOK)
    assert "**2 trunk failures of `site Vienna`, 1 recovered**" in shown
    assert "**Open:** `trunk-1`" in shown
    said = words.summary(case)
    assert said.startswith("CRITICAL 2 trunk failures of site Vienna, 1 recovered since ")
    child = case.model_copy(update={"storm": None, "shelter": Shelter(parent="p", epoch=1, check_at=case.opened_at)})
    assert "**One of many:** `p`" in card(child, RUNBOOK)


def _case() -> Case:
    storm = Storm()
    for number in (1, 2):
        name = f"trunk-{number}"
        storm = storm.joined(Member(workflow_id=name, label=name, epoch=1, opening=1, joined_at=NIGHT), 0)
    return Case(
        workflow_id=workflow_id(IncidentKind.TRUNK_FAILURE, about("Vienna").id),
        kind=IncidentKind.TRUNK_FAILURE,
        entity=about("Vienna"),
        epoch=1,
        severity=Severity.CRITICAL,
        opened_at=NIGHT,
        storm=storm.left("trunk-2", (1, 1)),
    )


async def _says(story: Scene, name: str, over: bool = False) -> None:
    await story.handle.signal(messages.MEMBER, story.joins(name, over=over))


async def _counts(story: Scene, total: int, recovered: int) -> None:
    while True:
        storm = (await story.snapshot()).storm
        if storm is not None and (total, recovered) == (storm.total, storm.recovered):
            return
        await asyncio.sleep(0.1)
