"""What must hold after chaos, counted from the vendors' ledgers, the sender's log and the gateway's journal."""

import sqlite3
from collections import Counter
from dataclasses import dataclass

from holdline.domain.lifecycle import State
from holdline.domain.messages import Snapshot
from holdline.domain.timeline import Fact
from holdline.simulators.genesys.world import Place
from tests.chaos.mayhem import Mayhem
from tests.endtoend.rig import Rig

_DONE = {"delivered", "dropped"}
# An event that has joined a batch is as far as its batch.
_STATES = """
SELECT event_id, coalesce(batches.state, events.state) FROM events LEFT JOIN batches ON batches.batch = events.batch
"""


@dataclass(frozen=True)
class Verdict:
    """The counts of one run, and a sentence for each promise that was broken."""

    seed: int
    kills: dict[str, int]
    faults: Counter[str]
    incidents: int
    accepted: int
    pages: int
    texts: int
    changes: int
    broken: tuple[str, ...]

    def table(self) -> str:
        """The run as people read it."""
        kills = ", ".join(f"{name} {count}" for name, count in self.kills.items())
        rows = [
            ("seed", str(self.seed)),
            ("killed with -9", kills),
            ("vendor faults", f"{self.faults.total()} ({self._committed()} after the vendor had committed)"),
            ("incidents", f"{self.incidents}, all of them resolved" if not self.broken else str(self.incidents)),
            ("events answered 202", f"{self.accepted}, none lost" if not self.broken else str(self.accepted)),
            ("pages opened", str(self.pages)),
            ("texts sent", str(self.texts)),
            ("route changes", str(self.changes)),
            ("promises broken", str(len(self.broken))),
        ]
        return "\n".join([*(f"  {name:<20} {value}" for name, value in rows), *(f"  ! {each}" for each in self.broken)])

    def _committed(self) -> int:
        return sum(count for kind, count in self.faults.items() if kind.endswith("after"))


def judge(rig: Rig, mayhem: Mayhem, places: list[Place], stories: list[Snapshot]) -> Verdict:
    """Hold the ledgers against the promises (docs/explanation/guarantees.md)."""
    done = [rig.effects(place) for place in places]
    broken = [sentence for place, story in zip(places, stories, strict=True) for sentence in _of(rig, place, story)]
    return Verdict(
        seed=mayhem.seed,
        kills={part.name: part.kills for part in (rig.worker, rig.gateway, rig.temporal)},
        faults=mayhem.faults,
        incidents=len(places),
        accepted=len(rig.sender.accepted()),
        pages=sum(each.pages.total() for each in done),
        texts=sum(each.texts.total() for each in done),
        changes=sum(len(each.orders) for each in done),
        broken=(*broken, *_lost(rig)),
    )


def _of(rig: Rig, place: Place, story: Snapshot) -> list[str]:
    found = rig.effects(place)
    promises = {
        f"ended {story.state}, not RESOLVED": story.state is State.RESOLVED,
        f"{found.doubled} effects happened twice": found.doubled == 0,
        "nobody was paged, and it does not say why": bool(found.pages or found.texts) or _told(story),
        f"pages left open: {', '.join(found.open)}": not found.open,
        f"the route was left as {found.order}": found.restored,
    }
    return [f"{place.name}: {sentence}" for sentence, kept in promises.items() if not kept]


def _told(story: Snapshot) -> bool:
    """Whether the timeline says that a page did not get through: the trunk was back before the next channel's turn."""
    return any(entry.fact is Fact.PAGE_FAILED for entry in story.timeline)


def _lost(rig: Rig) -> list[str]:
    """Events that were answered 202 and are not done."""
    with sqlite3.connect(rig.folder / "data" / "journal.db") as journal:
        states = dict(journal.execute(_STATES).fetchall())
    waiting = {each: states.get(each, "missing") for each in rig.sender.accepted() if states.get(each) not in _DONE}
    return [f"event {each} was answered 202 and is {state}" for each, state in sorted(waiting.items())]
