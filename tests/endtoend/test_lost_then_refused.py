"""A vendor commits and the answer is lost; whatever the next attempts prove of themselves, they prove nothing of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from holdline.simulators.faults import Fault, FaultKind, Match, When
from tests.endtoend.agreement import disagreements
from tests.endtoend.configuration import Plan
from tests.endtoend.rig import Rig, rigged
from tests.endtoend.sender import Event

pytestmark = pytest.mark.long

LOST = Fault(kind=FaultKind.RESET, when=When.AFTER, match=Match(method="POST"))
IN_DOUBT = "may or may not have been sent"


@pytest.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    """A rig for a few incidents."""
    async with rigged(tmp_path_factory.mktemp("lost"), Plan(sites=6)) as running:
        yield running


async def _story(rig: Rig, event: Event) -> list[str]:
    """Live the incident; return what its timeline says, and what is wrong with it."""
    rig.degrade(event.place)
    await rig.sender.deliver(event)
    await rig.incidents.says(event.place, "NOBODY ACKNOWLEDGED")
    rig.heal(event.place)
    story = await rig.incidents.ends(event.place)
    assert [] == disagreements(story, rig.effects(event.place))
    return [entry.text for entry in story.timeline]


def _refusals(status: int) -> list[Fault]:
    return [Fault(kind=FaultKind.STATUS, status=status, retry_after=1, match=Match(method="POST"))] * 2


async def test_a_lost_page_is_closed(rig: Rig) -> None:
    """A page whose answer was lost, and whose repetition is refused, is told as in doubt and closed at the end."""
    opened = {status: rig.sender.event(rig.site()) for status in (400, 401, 429)}
    for status, event in opened.items():
        caller = rig.caller(event, "page.tier 1.1", "pagerduty:primary")
        rig.faults(rig.sandbox.pagerduty).aim(caller, LOST, *_refusals(status))
    told = await asyncio.gather(*(_story(rig, event) for event in opened.values()))
    assert [True] * 3 == [any(IN_DOUBT in text for text in texts) for texts in told]
    assert [1] * 3 == [len(rig.effects(event.place).pages) for event in opened.values()]


async def test_a_lost_text_is_told(rig: Rig) -> None:
    """A text whose answer was lost, and which cannot be looked for afterwards, is sent once and told as in doubt."""
    event = rig.sender.event(rig.site())
    unreadable = Fault(kind=FaultKind.STATUS, match=Match(method="GET"))
    caller = rig.caller(event, "page.tier 2.1", "sms:alice")
    rig.faults(rig.sandbox.twilio).aim(caller, LOST, unreadable, unreadable)
    assert any(IN_DOUBT in text for text in await _story(rig, event))
    assert 1 == len(rig.effects(event.place).texts)


async def test_what_was_never_sent_is_told_so(rig: Rig) -> None:
    """A page that was refused each time was not sent, and the timeline does not pretend to be in doubt."""
    event = rig.sender.event(rig.site())
    caller = rig.caller(event, "page.tier 1.1", "pagerduty:primary")
    rig.faults(rig.sandbox.pagerduty).aim(caller, *_refusals(429), *_refusals(429))
    told = await _story(rig, event)
    assert any("pagerduty:primary was not sent" in text for text in told)
    assert {} == rig.effects(event.place).pages
