"""Processes are killed with -9 at named seams: every incident ends, and every effect happens once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from holdline.domain.lifecycle import State
from holdline.simulators.faults import When
from tests.endtoend import seams
from tests.endtoend.agreement import disagreements
from tests.endtoend.configuration import Plan
from tests.endtoend.incidents import until
from tests.endtoend.rig import Rig, rigged
from tests.endtoend.seams import Held, Seam
from tests.endtoend.sender import Event

LADDER = """
wait = "8s"
stale_after = "10m"
repeats = 0
tiers = [
  { name = "first", page = ["pagerduty:primary", "sms:alice"] },
  { name = "second", page = ["pagerduty:secondary"] },
]
"""
_LONGER_THAN_THE_WAIT = 9.0
FORWARDS: dict[str, Seam] = {
    **{f"page, {when} the commit": seams.paging(when) for when in When},
    **{f"text, {when} the commit": seams.texting(when) for when in When},
    **{f"change of route, {when} the commit": seams.changing(when) for when in When},
    "read-back": seams.reading_back(When.BEFORE),
}
BACKWARDS: dict[str, Seam] = {
    "question who has it": seams.asking(When.AFTER),
    **{f"route put back, {when} the commit": seams.putting_back(when) for when in When},
    **{f"page closed, {when} the commit": seams.closing(when) for when in When},
}


@pytest.fixture(scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    """A rig whose vendors may hold a request for nine seconds."""
    patience = 'connect = "3s"\nread = "9s"\nattempt = "10s"'
    plan = Plan(sites=40, ladder=LADDER, patience=patience, reading="5s")
    async with rigged(tmp_path_factory.mktemp("killed"), plan) as running:
        yield running


async def _open(rig: Rig, found: dict[str, Seam]) -> tuple[dict[str, Event], list[Held]]:
    """Open an incident for each seam, with its request held there; one more waits between two tiers."""
    opened = {name: rig.sender.event(rig.site()) for name in (*found, "wait between tiers")}
    held = [seam(rig, opened[name]) for name, seam in found.items()]
    for event in opened.values():
        rig.degrade(event.place)
    await asyncio.gather(*(rig.sender.deliver(event) for event in opened.values()))
    return opened, held


async def _recovered(rig: Rig, opened: dict[str, Event]) -> None:
    """Bring the trunks back, and say so twice."""
    for event in opened.values():
        rig.heal(event.place)
        for _ in range(2):
            await rig.sender.healthy(event.place)


async def _disagreements(rig: Rig, opened: dict[str, Event]) -> dict[str, list[str]]:
    """Wait for the end of each incident; where its story and the ledgers tell different things, and what."""
    wrong = {}
    for name, event in opened.items():
        story = await rig.incidents.ends(event.place)
        wrong[name] = disagreements(story, rig.effects(event.place))
    return {name: found for name, found in wrong.items() if found}


@pytest.mark.timeout(400)
async def test_worker_at_every_seam(rig: Rig) -> None:
    """A worker that dies before or after any vendor has committed leaves nothing undone and nothing done twice."""
    forwards, held = await _open(rig, FORWARDS)
    backwards, held_later = await _open(rig, BACKWARDS)
    killing = asyncio.create_task(seams.kill_worker_at(rig, [*held, *held_later]))
    for event in (*forwards.values(), *backwards.values()):
        await rig.incidents.reaches(event.place, State.MONITORING)
    await until(lambda: held_later[0].reached, "the question is held")
    await _recovered(rig, forwards | backwards)
    await killing
    assert {} == await _disagreements(rig, forwards | backwards)


@pytest.mark.timeout(400)
async def test_server_in_the_middle(rig: Rig) -> None:
    """A Temporal server that dies during a page, a wait and a signal goes on from what it had written."""
    waiting, told = await rig.fails(rig.site()), await rig.fails(rig.site())
    for event in (waiting, told):
        await rig.incidents.reaches(event.place, State.MONITORING)
    paged = rig.sender.event(rig.site())
    page = seams.paging_slowly(rig, paged)
    rig.degrade(paged.place)
    await rig.sender.deliver(paged)
    await until(lambda: page.reached, "the page is under way")
    rig.temporal.freeze()
    await asyncio.gather(*(rig.sender.breach(told.place) for _ in range(5)))
    await rig.temporal.kill()
    await asyncio.sleep(_LONGER_THAN_THE_WAIT)
    await rig.temporal.start()
    opened = {"during a page": paged, "during a wait": waiting, "during a signal": told}
    for event in opened.values():
        await rig.incidents.says(event.place, "second by pagerduty:secondary")
    await _recovered(rig, opened)
    assert {} == await _disagreements(rig, opened)
    story = await rig.incidents.ends(told.place)
    assert 1 + 5 + 2 == story.events


@pytest.mark.timeout(400)
async def test_gateway_after_its_promise(rig: Rig) -> None:
    """What a gateway has answered 202 and not yet handed over is handed over by the next one."""
    rig.temporal.freeze()
    opened = {name: await rig.fails(rig.site()) for name in ("one", "another")}
    await rig.gateway.kill()
    rig.temporal.thaw()
    await rig.gateway.start()
    for event in opened.values():
        await rig.incidents.reaches(event.place, State.MONITORING)
    await _recovered(rig, opened)
    assert {} == await _disagreements(rig, opened)


@pytest.mark.timeout(400)
async def test_gateway_in_the_middle(rig: Rig) -> None:
    """A gateway that dies while it hands over loses no event and counts none twice, though senders repeat theirs."""
    opened = {f"site {number}": rig.sender.event(rig.site()) for number in range(6)}
    for event in opened.values():
        rig.degrade(event.place)
    events = [
        event for first in opened.values() for event in (first, *(rig.sender.event(first.place) for _ in range(19)))
    ]
    before = len(rig.sender.accepted())
    sending = asyncio.gather(*(rig.sender.deliver(event) for event in events))
    await until(lambda: len(rig.sender.accepted()) > before + len(events) // 2, "half of the events are accepted")
    await rig.gateway.kill()
    await rig.gateway.start()
    await sending
    for event in opened.values():
        await rig.incidents.comes_to(event.place, lambda found: found.events == 20, "has its twenty events")
    await _recovered(rig, opened)
    assert {} == await _disagreements(rig, opened)
