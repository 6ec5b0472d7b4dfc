"""What is said to a detector and what it answers: workflow input, signals, query."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from holdline.domain.detection import Plan, Source
from holdline.domain.frozen import Frozen
from holdline.domain.sweep import Gap
from holdline.domain.tally import Tally
from holdline.domain.watchlist import Watchlist

# Names in the Temporal history; persisted data, never changed.
DETECTOR: Final = "Detector"
ADOPT: Final = "adopt"
POLL: Final = "poll"
RETIRE: Final = "retire"
BOARD: Final = "board"


def detector_id(source: Source) -> str:
    """The one workflow that polls a source."""
    return f"detector/{source}"


class Detection(Frozen):
    """The input of a detector: its plan, and what it knows when it goes on, which it does after some `ticks`."""

    plan: Plan
    watchlist: Watchlist | None = None
    ticks: int = 120


class Adoption(Frozen):
    """Signal `adopt`: the plan of the configuration; `lost` where an incident was told that detection had stopped."""

    plan: Plan
    lost: bool = False


class Standing(StrEnum):
    """How a detector stands: something cannot be read, a breach is announced, or neither."""

    BLIND = "blind"
    FAILING = "failing"
    WATCHING = "watching"


class Board(Frozen):
    """Query `board`: what a detector knows. `blind` are ticks in a row that could not read everything."""

    plan: Plan
    ticked_at: datetime | None
    read_at: datetime | None
    next_at: datetime
    seen: dict[str, int]
    entities: tuple[Tally, ...]
    blind: int
    gaps: tuple[Gap, ...]
    missing: tuple[str, ...]
    waiting: int

    @property
    def standing(self) -> Standing:
        """How it stands, in one word."""
        if self.blind:
            return Standing.BLIND
        return Standing.FAILING if any(each.announced for each in self.entities) else Standing.WATCHING
