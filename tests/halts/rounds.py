"""One round: two incidents whose every request is held, a worker that halts, and what stands at the vendors then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from holdline.domain.lifecycle import State
from holdline.domain.messages import Snapshot
from holdline.domain.ticket_messages import Letter, Standing
from holdline.domain.timeline import Fact
from holdline.simulators.faults import When
from tests.endtoend.incidents import until
from tests.endtoend.rig import Rig
from tests.endtoend.sender import Event
from tests.halts.vendors import Vendor

GOOD: Final = ("once", "next", "both", "reconciled")
_GIVEN_UP: Final = timedelta(seconds=26)
"""Longer than one attempt of a page or a ticket, after which Temporal gives it to another worker."""
_PATIENCE: Final = timedelta(minutes=3)


class Halt(StrEnum):
    """How a worker stops without an end."""

    FROZEN = "worker frozen"
    CUT = "cut off from Temporal"


@dataclass(frozen=True)
class Cell:
    """One request: who was asked, how the worker halted, and whether the vendor had committed by then."""

    vendor: str
    halt: Halt
    when: When


async def every_halt(rig: Rig, channel: Vendor, desk: Vendor) -> dict[Cell, str]:
    """Run a round for each halt."""
    found = [await _halted(rig, channel, desk, halt) for halt in Halt]
    return {cell: said for row in found for cell, said in row.items()}


async def _halted(rig: Rig, channel: Vendor, desk: Vendor, halt: Halt) -> dict[Cell, str]:
    events = {when: rig.sender.event(rig.site()) for when in When}
    await _held(rig, (channel, desk), events)
    async with _halting(rig, halt):
        if halt is Halt.FROZEN:
            await _all_told(rig, channel, events)
    await _all_told(rig, channel, events)
    found: dict[Cell, str] = {}
    for when, event in events.items():
        paged, ticketed = await _ended(rig, channel, desk, event)
        found |= {Cell(channel.name, halt, when): paged, Cell(desk.name, halt, when): ticketed}
    return found


async def _held(rig: Rig, vendors: tuple[Vendor, ...], events: dict[When, Event]) -> None:
    for when, event in events.items():
        for vendor in vendors:
            vendor.hold(rig, event, when)
        rig.degrade(event.place)
    await asyncio.gather(*(rig.sender.deliver(event) for event in events.values()))
    await until(lambda: all(vendor.holds(rig) for vendor in vendors), "every vendor has its request")


@asynccontextmanager
async def _halting(rig: Rig, halt: Halt) -> AsyncIterator[None]:
    """Halt the worker until others have done its work, or until Temporal has given it up."""
    if halt is Halt.CUT:
        await rig.way.cut()
        await asyncio.sleep(_GIVEN_UP.total_seconds())
        yield
        await rig.way.open()
        return
    rig.worker.freeze()
    other = rig.another_worker("worker-2")
    await other.start()
    try:
        yield
    finally:
        rig.worker.thaw()
        await asyncio.sleep(3)
        await other.stop()


async def _all_told(rig: Rig, channel: Vendor, events: dict[When, Event]) -> None:
    """Wait until somebody was told, by the channel or the one behind it, and the ticket is there."""

    def told(story: Snapshot) -> bool:
        return {line.target for line in story.pages} & {
            channel.target,
            channel.behind,
        } != set() and story.ticket is not None

    for event in events.values():
        await rig.incidents.comes_to(event.place, told, "has told somebody", _PATIENCE)


async def _ended(rig: Rig, channel: Vendor, desk: Vendor, event: Event) -> tuple[str, str]:
    rig.heal(event.place)
    for _ in range(2):
        await rig.sender.healthy(event.place)
    story, letter = await rig.incidents.ends(event.place), await rig.incidents.lets_go(event.place)
    assert story.state is State.RESOLVED
    failed = any(entry.fact is Fact.PAGE_FAILED and channel.target in entry.text for entry in story.timeline)
    passed = any(line.target == channel.behind for line in story.pages)
    return _paged(channel.count(rig, event), failed and passed), _ticketed(desk.count(rig, event), letter)


def _paged(count: int, passed_on: bool) -> str:
    match count, passed_on:
        case 1, False:
            return "once"
        case 1, True:
            return "both"
        case 0, True:
            return "next"
        case _:
            return f"{count} times"


def _ticketed(count: int, letter: Letter) -> str:
    if letter.standing is not Standing.CLOSED:
        return f"left {letter.standing}"
    if count == 1:
        return "once"
    told = any("duplicates" in row.text for row in letter.timeline)
    return "reconciled" if count and told else f"{count} times"


def table(found: dict[Cell, str]) -> str:
    """The rounds as text: a row for each halt and moment, a column for each vendor."""
    columns = list(dict.fromkeys(cell.vendor for cell in found))
    rows = dict.fromkeys((cell.halt, cell.when) for cell in found)
    lines = [
        f"{f'{halt}, {when}':<30} " + " ".join(found[Cell(column, halt, when)].rjust(12) for column in columns)
        for halt, when in rows
    ]
    return "\n".join((" " * 31 + " ".join(column.rjust(12) for column in columns), *lines))
