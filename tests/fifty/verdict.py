"""What must hold after the storm, by the vendor's ledger and request log and by the histories of the incidents."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from statistics import median, quantiles

from temporalio.client import WorkflowHistory

from holdline.domain.lifecycle import State
from tests.chaos.record import Record, record
from tests.fifty.run import Ran
from tests.fifty.span import Span, collisions, moment, most, spans
from tests.fifty.subject import Subject
from tests.fifty.waiting import Stay, outside, overtaken, stays

IDLE = timedelta(seconds=1)
STORMY = timedelta(seconds=10)


@dataclass(frozen=True)
class Figures:
    """The numbers of a run; seconds, and changes at one instant."""

    seed: int
    incidents: int
    killed: int
    at_once: int
    granted_at_once: int
    cap: int
    attempts: int
    waited: int
    changed_in: float
    idle_p50: float
    idle_p99: float
    storm_p50: float
    storm_p99: float
    requests: int
    busiest_second: int
    throttled: int


@dataclass(frozen=True)
class Verdict:
    """The figures, a sentence for each promise that was broken, and one for each time that was too long."""

    figures: Figures
    broken: tuple[str, ...]
    late: tuple[str, ...]

    def table(self) -> str:
        """The run as people read it, and as one line of JSON."""
        rows = [*asdict(self.figures).items(), ("promises broken", len(self.broken)), ("too late", len(self.late))]
        told = [f"  ! {each}" for each in (*self.broken, *self.late)]
        line = json.dumps({**asdict(self.figures), "broken": len(self.broken), "late": len(self.late)})
        return "\n".join([*(f"  {name.replace('_', ' '):<18} {value}" for name, value in rows), *told, line])


def judge(ran: Ran, histories: Iterable[WorkflowHistory]) -> Verdict:
    """Hold everything against the promises."""
    known = list(histories)
    found, waited = record(known), stays(known)
    everything = [*ran.alone, *ran.storming]
    seen = spans(ran.rig.sandbox.genesys, everything)
    figures = _figures(ran, seen, waited)
    broken = [
        *ran.unended,
        *found.wrong,
        *_unresolved(found, everything),
        *_effects(ran, everything),
        *_too_many(figures),
        *collisions(seen),
        *overtaken(waited),
        *outside(_writes(ran, everything), waited),
    ]
    return Verdict(figures, tuple(broken), tuple(_late(ran, figures)))


def _unresolved(found: Record, subjects: Iterable[Subject]) -> Iterator[str]:
    for subject in subjects:
        ended = [each.state for each in found.endings[subject.workflow_id]]
        if ended != [State.RESOLVED]:
            yield f"{subject.name} ended {', '.join(ended) or 'never'}"


def _effects(ran: Ran, subjects: Iterable[Subject]) -> Iterator[str]:
    """Each is changed once and put back once, by its own incident."""
    counts = Counter((row["request_id"], row["kind"].endswith(".changed")) for row in ran.rig.sandbox.genesys.ledger)
    for subject in subjects:
        made = tuple(counts[subject.request_id(back), True] for back in (False, True))
        if made != (1, 1):
            yield f"{subject.name} was changed {made[0]} times and put back {made[1]} times"


def _too_many(figures: Figures) -> Iterator[str]:
    if figures.at_once > figures.cap:
        yield f"{figures.at_once} changes were under way at once at the vendor; {figures.cap} are promised"
    if figures.granted_at_once > figures.cap:
        yield f"{figures.granted_at_once} changes had their turn at once; {figures.cap} are promised"


def _late(ran: Ran, figures: Figures) -> Iterator[str]:
    """Times are promised to whoever has workers, and vendors that take what is sent."""
    if ran.storm.kill_every is not None or ran.storm.limited:
        return
    if figures.idle_p99 > IDLE.total_seconds():
        yield f"idle, the first call came after {figures.idle_p99:.2f} s (p99)"
    if figures.storm_p99 > STORMY.total_seconds():
        yield f"in the storm, the first call came after {figures.storm_p99:.2f} s (p99)"


def _writes(ran: Ran, subjects: list[Subject]) -> Iterator[tuple[str, datetime]]:
    """Whose write came when."""
    makers = {each.request_id(back): each.workflow_id for each in subjects for back in (False, True)}
    for row in ran.rig.sandbox.genesys.requests:
        if row["method"] == "PUT" and row["request_id"] in makers:
            yield makers[row["request_id"]], moment(row)


def _figures(ran: Ran, seen: list[Span], waited: list[Stay]) -> Figures:
    idle, stormy = _first_calls(ran, ran.alone), _first_calls(ran, ran.storming)
    since = min(ran.sent[each.id] for each in ran.storming)
    stormed = [row for row in ran.rig.sandbox.genesys.requests if moment(row) >= since]
    busy = Counter(row["at"][:19] for row in stormed)
    return Figures(
        seed=ran.storm.seed,
        incidents=len(ran.storming),
        killed=sum(each.kills for each in ran.workers),
        at_once=most((each.since, each.until) for each in seen),
        granted_at_once=most(each.turn for each in waited if each.turn is not None),
        cap=ran.storm.cap,
        attempts=len(seen),
        waited=sum(each.in_line is not None for each in waited),
        changed_in=round(ran.seconds, 2),
        idle_p50=_p50(idle),
        idle_p99=_p99(idle),
        storm_p50=_p50(stormy),
        storm_p99=_p99(stormy),
        requests=len(stormed),
        busiest_second=max(busy.values()),
        throttled=sum(row["status"] == 429 for row in stormed),
    )


def _first_calls(ran: Ran, subjects: Iterable[Subject]) -> list[float]:
    """Seconds from sending the event to the first request at Genesys that its incident made for itself."""
    firsts: dict[str, float] = {}
    about = {id: each.id for each in subjects for id in (*each.looks(ran.sent[each.id]), each.request_id(back=False))}
    for row in ran.rig.sandbox.genesys.requests:
        if (subject := about.get(row["request_id"] or "")) is not None:
            firsts.setdefault(subject, (moment(row) - ran.sent[subject]).total_seconds())
    return list(firsts.values())


def _p50(times: list[float]) -> float:
    return round(median(times), 3)


def _p99(times: list[float]) -> float:
    return round(quantiles(times, n=100, method="inclusive")[98], 3) if len(times) > 1 else round(times[0], 3)
