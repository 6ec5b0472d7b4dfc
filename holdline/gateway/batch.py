"""Many waiting events of one lane become one signal: neighbours of one verdict are folded, ids are kept."""

import hashlib
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple

from pydantic import ValidationError

from holdline.domain.incident import Severity, worst
from holdline.domain.messages import Observed
from holdline.domain.observation import Observation
from holdline.gateway.backlog import Backlog, Batch, Seen
from holdline.gateway.pace import News
from holdline.gateway.reading import OTHER_FORM, State

IDS: Final = 500
_PAGE, _TURNS, _EVENTS = 500, 100, 10_000


class Bound(NamedTuple):
    """A batch whose membership is on disk; `more` where the lane may hold events behind it."""

    batch: Batch
    more: bool


async def bound(backlog: Backlog, lane: str) -> Bound | None:
    """The lane's next batch: the one not confirmed yet, else a new one, else None. Raises JournalUnavailable."""
    unsent = backlog.unsent(lane)
    if unsent is not None:
        return Bound(unsent, more=True)
    members, more = _members(backlog, lane)
    observations = await _folded(backlog, members)
    while members and not observations:
        members, more = _members(backlog, lane)
        observations = await _folded(backlog, members)
    if not members:
        return None
    batch = _batch(lane, members, observations)
    return Bound(await backlog.bind(batch, members[-1].seq), more)


def news(observed: Observed) -> News:
    """What a signal says last, and the worst it says of it."""
    last = observed.observations[-1].verdict
    return last, worst(*(each.severity for each in observed.observations if each.verdict is last))


def _members(backlog: Backlog, lane: str) -> tuple[list[Seen], bool]:
    """What waits, as much of it as one signal may hold, and whether there may be more."""
    members: list[Seen] = []
    while len(members) < _EVENTS and _turns(members) < _TURNS:
        page = backlog.seen(lane, members[-1].seq if members else 0, _PAGE)
        members += page
        if len(page) < _PAGE:
            return members, False
    return members, True


def _turns(members: list[Seen]) -> int:
    """How often the verdict changes."""
    return sum(1 for _ in groupby(members, attrgetter("verdict")))


async def _folded(backlog: Backlog, members: list[Seen]) -> tuple[Observation, ...]:
    """What `observation.folded` makes of the whole observations, of which only the last of each run is read.

    Nothing where one cannot be read: it is put aside, and the members are to be looked up again.
    """
    observations: list[Observation] = []
    for _, run in groupby(sorted(members, key=attrgetter("at")), attrgetter("verdict")):
        each = list(run)
        try:
            last = Observation.model_validate_json(backlog.item(each[-1].seq))
        except ValidationError:
            # Written by another release; a person has to look.
            await backlog.settle(each[-1].seq, State.QUARANTINED, OTHER_FORM)
            return ()
        observations.append(_run(last, each))
    return tuple(observations)


def _run(last: Observation, run: list[Seen]) -> Observation:
    if len(run) == 1:
        return last
    severity = worst(*(Severity(each) for each in {each.severity for each in run}))
    first_at = datetime.fromtimestamp(run[0].at, UTC)
    return last.model_copy(update={"first_at": first_at, "count": len(run), "severity": severity})


def _batch(lane: str, members: list[Seen], observations: tuple[Observation, ...]) -> Batch:
    """Its request id is the digest of its members, so that nobody mints another one for them."""
    named = "\n".join(f"{each.source}:{each.event_id}" for each in members)
    ids = tuple(each.event_id for each in members[:IDS])
    observed = Observed(observations=observations, ids=ids, events=len(members))
    return Batch(
        number=0,
        request_id=f"batch:{hashlib.sha256(named.encode()).hexdigest()[:32]}",
        lane=lane,
        observed=observed.model_dump_json(exclude_defaults=True),
        events=len(members),
        received_at=members[0].received_at,
        trace=next((each.trace for each in members if each.trace), ""),
    )
