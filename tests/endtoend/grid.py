"""The grid of every vendor call and every way it can go wrong: one incident for each cell."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from holdline.domain.messages import Snapshot
from holdline.domain.timeline import Fact
from holdline.simulators.faults import Fault, FaultKind, Match, When
from holdline.simulators.genesys.world import Place
from tests.endtoend.aim import aimed
from tests.endtoend.effects import Effects, page_key
from tests.endtoend.rig import Rig
from tests.endtoend.sender import Event

KINDS: Final = (
    FaultKind.RESET,
    FaultKind.HANG,
    FaultKind.STATUS,
    FaultKind.TRUNCATE,
    FaultKind.LYING_200,
    FaultKind.DRIP,
    FaultKind.HTML,
)
EDGES: Final = "/api/v2/telephony/providers/edges"


class Spot(StrEnum):
    """A call to a vendor, in the order in which an incident makes them."""

    LOOK = "first look"
    PROVE = "prove permissions"
    EDGE = "read edge"
    ROUTES = "list routes"
    TRUNKS = "list trunks"
    ROUTE = "read route"
    CHANGE = "change route"
    CHANGED = "read back"
    TRIGGER = "page"
    ASK = "ask page"
    TEXT = "text"
    FIND = "find text"
    READING = "reading"
    REVERT = "put back"
    REVERTED = "read back again"
    RESOLVE = "close page"
    TOKEN = "token"


LOADS: Final = (
    (Spot.LOOK, Spot.ROUTES, Spot.ROUTE, Spot.TRIGGER, Spot.TEXT, Spot.REVERT),
    (Spot.LOOK, Spot.TRUNKS, Spot.CHANGE, Spot.ASK, Spot.FIND, Spot.REVERTED),
    (Spot.LOOK, Spot.PROVE, Spot.EDGE, Spot.CHANGED, Spot.READING, Spot.RESOLVE),
)
"""The calls that go wrong in one incident: at most two of the three attempts of an activity. Without the first look
the routes are read in an activity of their own."""


@dataclass(frozen=True)
class Trial:
    """One incident in which some calls go wrong, in one way, before the vendor commits or after."""

    spots: tuple[Spot, ...]
    kind: FaultKind
    when: When

    def fault(self, path: str, method: str | None = None) -> Fault:
        """The fault on one path; a drip is slow enough to outlast every attempt."""
        pause = 0.5 if self.kind is FaultKind.DRIP else None
        return Fault(kind=self.kind, when=self.when, match=Match(method=method, path=path), seconds=pause)


TRIALS: Final = tuple(Trial(spots, kind, when) for spots in LOADS for kind in KINDS for when in When)
Order = Callable[[Rig, Trial, Event], None]


def order(rig: Rig, trial: Trial, event: Event) -> None:
    """Put the faults of a trial in force for the incident that the event opens; readings come later."""
    for spot in trial.spots:
        if spot is not Spot.READING:
            _ORDERS[spot](rig, trial, event)


def misread(rig: Rig, trial: Trial, event: Event) -> None:
    """Let one reading of the trunk go wrong."""
    if Spot.READING in trial.spots:
        _look(rig, trial, event)


def refuse_tokens(rig: Rig) -> None:
    """Let the login go wrong in every way, one after the other; a token is everybody's."""
    for kind in KINDS:
        for when in When:
            rig.sandbox.genesys.faults.add(Trial((), kind, when).fault("/oauth/token"))


def _nothing(path: str, method: str) -> Fault:
    """A fault that changes nothing: it lets one request pass before the next fault."""
    return Fault(kind=FaultKind.LATENCY, match=Match(method=method, path=path), seconds=0)


def _genesys(rig: Rig, event: Event, step: str, target: str, *faults: Fault) -> None:
    aimed(rig.sandbox.genesys).aim(rig.caller(event, step, target), *faults)


def _look(rig: Rig, trial: Trial, event: Event) -> None:
    """The id of a reading holds the time, so the fault is on the trunk's path."""
    rig.sandbox.genesys.faults.add(trial.fault(f"{EDGES}/trunks/{event.place.primary_trunk_id}"))


def _situation(path: Callable[[Place], str]) -> Order:
    def aim(rig: Rig, trial: Trial, event: Event) -> None:
        _genesys(rig, event, "plan.1", "reorder_route", trial.fault(path(event.place)))

    return aim


def _edge(rig: Rig, trial: Trial, event: Event) -> None:
    trunk = rig.sandbox.genesys.world.trunks[event.place.primary_trunk_id]
    _genesys(rig, event, "plan.1", "reorder_route", trial.fault(f"{EDGES}/{trunk.edge}"))


def _route(place: Place) -> str:
    return f"{EDGES}/sites/{place.site_id}/outboundroutes/{place.route_id}"


def _writing(step: str, nth: str) -> Order:
    def aim(rig: Rig, trial: Trial, event: Event) -> None:
        path = _route(event.place)
        faults = {
            "look": [trial.fault(path, "GET")],
            "write": [trial.fault(path, "PUT")],
            "read back": [_nothing(path, "GET"), trial.fault(path, "GET")],
        }
        _genesys(rig, event, step, f"{event.place.site_id}/{event.place.route_id}", *faults[nth])

    return aim


def _paging(step: str, target: str, path: str) -> Order:
    def aim(rig: Rig, trial: Trial, event: Event) -> None:
        caller = rig.caller(event, step, target.format(key=page_key(event.place)))
        aimed(rig.sandbox.pagerduty).aim(caller, trial.fault(path))

    return aim


def _text(rig: Rig, trial: Trial, event: Event) -> None:
    caller = rig.caller(event, "page.tier 2.1", "sms:alice")
    aimed(rig.sandbox.twilio).aim(caller, trial.fault("/2010-04-01/", "POST"))


def _find(rig: Rig, trial: Trial, event: Event) -> None:
    """Only an attempt that follows another one looks: the first one is lost after it was sent."""
    caller = rig.caller(event, "page.tier 2.1", "sms:alice")
    lost = Fault(kind=FaultKind.RESET, when=When.AFTER, match=Match(method="POST", path="/2010-04-01/"))
    aimed(rig.sandbox.twilio).aim(caller, lost, trial.fault("/2010-04-01/", "GET"))


_ORDERS: Final = {
    Spot.LOOK: _look,
    Spot.PROVE: _situation(lambda _: "/api/v2/authorization/subjects/me"),
    Spot.EDGE: _edge,
    Spot.ROUTES: _situation(lambda place: f"{EDGES}/sites/{place.site_id}/outboundroutes"),
    Spot.TRUNKS: _situation(lambda _: f"{EDGES}/trunk[s]"),
    Spot.ROUTE: _writing("reorder_route", "look"),
    Spot.CHANGE: _writing("reorder_route", "write"),
    Spot.CHANGED: _writing("reorder_route", "read back"),
    Spot.TRIGGER: _paging("page.tier 1.1", "pagerduty:primary", "/v2/enqueue"),
    Spot.ASK: _paging("ask", "pagerduty:primary:{key}", "/incidents"),
    Spot.TEXT: _text,
    Spot.FIND: _find,
    Spot.REVERT: _writing("revert.reorder_route", "write"),
    Spot.REVERTED: _writing("revert.reorder_route", "read back"),
    Spot.RESOLVE: _paging("close", "pagerduty:primary:{key}", "/v2/enqueue"),
}


def verdict(story: Snapshot, done: Effects, key: str) -> str:
    """`once` where each effect happened once, `told` where one is missing and the timeline says so, else what is wrong.

    A page that was sent again under its key, and folded by the vendor, is one effect.
    """
    if done.doubled:
        return f"{done.doubled} doubled"
    if done.open:
        return "page left open"
    if not done.restored:
        return "route left"
    complete = {("primary", key)} == set(done.pages) and 1 == len(done.texts) and 2 == len(done.orders)
    if complete:
        return "once"
    told = any(entry.fact in (Fact.UNKNOWN, Fact.PAGE_FAILED) for entry in story.timeline)
    return "told" if told else "missing"


def table(verdicts: dict[Trial, str]) -> str:
    """The grid as text: a row for each call, a column for each way to go wrong."""
    columns = [(kind, when) for kind in KINDS for when in When]
    said = {(spot, each.kind, each.when): word for each, word in verdicts.items() for spot in each.spots}
    said |= {(Spot.TOKEN, *each): "/".join(sorted(set(verdicts.values()))) for each in columns}
    head = " " * 18 + "".join(f"{f'{kind} {when}':>18}" for kind, when in columns)
    rows = [f"{spot:18}" + "".join(f"{said[spot, *each]:>18}" for each in columns) for spot in Spot]
    return "\n".join((head, *rows))
