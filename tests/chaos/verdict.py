"""What must hold after chaos: ledgers, stories, histories, the sender's log and the gateway's journal are compared."""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from temporalio.client import WorkflowHistory

from holdline.domain.lifecycle import State
from holdline.domain.messages import Snapshot
from holdline.simulators.genesys.world import Place
from tests.chaos.mayhem import Mayhem
from tests.chaos.record import Record, record
from tests.endtoend.agreement import disagreements
from tests.endtoend.effects import Effects
from tests.endtoend.incidents import workflow_id
from tests.endtoend.rig import Rig
from tests.endtoend.sender import Outcome

WAIT: Final = timedelta(seconds=2)
"""How long the ladder of the rig's runbook waits for the first tier."""

_DONE: Final = {"delivered", "dropped"}
# An event that has joined a batch is as far as its batch.
_STATES: Final = """
SELECT event_id, coalesce(batches.state, events.state) FROM events LEFT JOIN batches ON batches.batch = events.batch
"""


@dataclass(frozen=True)
class Verdict:
    """The counts of one run, a sentence for each promise that was broken, and what those incidents say themselves."""

    rows: tuple[tuple[str, str], ...]
    broken: tuple[str, ...]
    stories: tuple[str, ...]

    def table(self) -> str:
        """The run as people read it."""
        rows = [*self.rows, ("promises broken", str(len(self.broken)))]
        told = [*(f"  ! {each}" for each in self.broken), *self.stories]
        return "\n".join([*(f"  {name:<20} {value}" for name, value in rows), *told])


def judge(rig: Rig, mayhem: Mayhem, places: list[Place], histories: Iterable[WorkflowHistory]) -> Verdict:
    """Hold everything against the promises (docs/explanation/guarantees.md)."""
    found, done = record(histories), {place.name: rig.effects(place) for place in places}
    stories = {place.name: _episode(found, place) for place in places}
    wrong = {name: _wrong(story, done[name]) for name, story in stories.items()}
    lost = _lost(rig, found)
    broken = [
        *found.wrong,
        *(f"{name}: {each}" for name, sentences in wrong.items() for each in sentences),
        *(f"{place.name}: {each}" for place in places for each in _further(found, place)),
        *lost,
    ]
    rows = (*_run(rig, mayhem), *_events(rig, lost), *_effects(list(stories.values()), list(done.values())))
    return Verdict(rows, tuple(broken), tuple(_told(name, story) for name, story in stories.items() if wrong[name]))


def _told(name: str, story: Snapshot | None) -> str:
    rows = [f"    {entry.at:%H:%M:%S} {entry.fact}: {entry.text}" for entry in (story.timeline if story else ())]
    return "\n".join([f"  {name}:", *rows])


def _episode(found: Record, place: Place) -> Snapshot | None:
    """The ending of a site's first episode."""
    return next((each for each in found.endings[workflow_id(place)] if each.epoch == 1), None)


def _wrong(story: Snapshot | None, done: Effects) -> list[str]:
    return ["it did not end"] if story is None else [*disagreements(story, done), *_hasty(story)]


def _hasty(story: Snapshot) -> list[str]:
    """The second tier is asked when the first one has had its time."""
    first = [page.at for page in story.pages if page.tier == "first"]
    second = [page.at for page in story.pages if page.tier == "second"]
    hasty = first and second and second[0] < first[0] + WAIT
    return ["the second tier was paged before the first one had had its time"] if hasty else []


def _further(found: Record, place: Place) -> list[str]:
    """An event that was late enough may open another episode, which finds nothing failing and wakes nobody."""
    later = [each for each in found.endings[workflow_id(place)] if each.epoch > 1]
    return [
        f"episode {each.epoch} ended {each.state} and paged {len(each.pages)} times"
        for each in later
        if each.state is not State.TRANSIENT or each.pages
    ]


def _lost(rig: Rig, found: Record) -> list[str]:
    """Events that were answered 202 and that no incident was told, or that the journal still has."""
    with sqlite3.connect(rig.folder / "data" / "journal.db") as journal:
        states = dict(journal.execute(_STATES).fetchall())
    accepted = sorted(rig.sender.accepted())
    untold = [f"{each} was answered 202 and no incident was told" for each in accepted if each not in found.ids]
    waiting = [
        f"{each} was answered 202 and is {states.get(each)}" for each in accepted if states.get(each) not in _DONE
    ]
    twice = [f"{each} was told {count} times" for each, count in found.ids.items() if count > 1]
    return [*untold, *waiting, *twice]


def _run(rig: Rig, mayhem: Mayhem) -> list[tuple[str, str]]:
    kills = ", ".join(f"{part.name} {part.kills}" for part in (rig.worker, rig.gateway, rig.temporal))
    after = sum(count for kind, count in mayhem.faults.items() if kind.endswith("after"))
    faults = f"{mayhem.faults.total()}, {after} of them after the vendor had committed"
    return [("seed", str(mayhem.seed)), ("killed with -9", kills), ("vendor faults", faults)]


def _events(rig: Rig, lost: list[str]) -> list[tuple[str, str]]:
    outcomes = Counter(attempt.outcome for attempt in rig.sender.log)
    sent = ", ".join(f"{outcomes[each]} {each}" for each in Outcome)
    return [("events sent", sent), ("events lost", str(len(lost)))]


def _effects(stories: list[Snapshot | None], done: list[Effects]) -> list[tuple[str, str]]:
    ended = [story for story in stories if story is not None]
    resolved = sum(story.state is State.RESOLVED for story in ended)
    told = Counter(page.target.partition(":")[0] for story in ended for page in story.pages)
    pages, texts = sum(each.pages.total() for each in done), sum(each.texts.total() for each in done)
    changed = sum(bool(each.orders) for each in done)
    return [
        ("incidents", f"{len(stories)}, {resolved} resolved"),
        ("pages", f"{told['pagerduty']} told, {pages} found"),
        ("texts", f"{told['sms']} told, {texts} found"),
        ("routes", f"{changed} changed, {sum(bool(each.orders) and each.restored for each in done)} put back"),
        ("effects twice", str(sum(each.doubled for each in done))),
    ]
