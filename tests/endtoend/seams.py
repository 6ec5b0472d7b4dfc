"""The seams: named places in an incident's life at which a process is held by a vendor, and then killed."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from holdline.simulators.faults import Fault, FaultKind, Match, When
from holdline.simulators.simulator import Simulator
from tests.endtoend.effects import page_key
from tests.endtoend.incidents import until
from tests.endtoend.rig import Rig
from tests.endtoend.sender import Event

ENQUEUE: Final = "/v2/enqueue"
MESSAGES: Final = "/2010-04-01/"
TABLE: Final = "/api/now/v2/table/"
_LATE: Final = 13.0
"""Longer than an attempt, and shorter than the next look at what it may have left behind."""
_TOGETHER: Final = timedelta(seconds=3)


@dataclass(frozen=True)
class Held:
    """A request that its vendor holds: who sent it, and to whom."""

    simulator: Simulator
    caller: str

    @property
    def reached(self) -> bool:
        """Whether the request has arrived and is being held."""
        return any(row["request_id"] == self.caller and row["fault"] in _HOLDING for row in self.simulator.requests)


_HOLDING: Final = {f"{kind} {when}" for kind in (FaultKind.HANG, FaultKind.LATENCY) for when in When}
Seam = Callable[[Rig, Event], Held]


def paging(when: When) -> Seam:
    """The page of the first tier."""
    return _pagerduty("page.tier 1.1", "pagerduty:primary", when)


def paging_slowly(rig: Rig, event: Event) -> Held:
    """The page of the first tier, which is answered well but late."""
    caller = rig.caller(event, "page.tier 1.1", "pagerduty:primary")
    return _hold(rig, rig.sandbox.pagerduty, caller, Fault(kind=FaultKind.LATENCY, when=When.AFTER, seconds=4))


def asking(when: When) -> Seam:
    """The question whether anybody has taken the page."""
    return _pagerduty("ask", "pagerduty:primary:{key}", when, "/incidents")


def closing(when: When) -> Seam:
    """The end of the page."""
    return _pagerduty("close", "pagerduty:primary:{key}", when)


def _pagerduty(step: str, target: str, when: When, path: str = ENQUEUE) -> Seam:
    def hold(rig: Rig, event: Event) -> Held:
        caller = rig.caller(event, step, target.format(key=page_key(event.place)))
        return _hold(rig, rig.sandbox.pagerduty, caller, _hang(when, path))

    return hold


def texting(when: When) -> Seam:
    """The text of the first tier, which PagerDuty has refused to page."""

    def hold(rig: Rig, event: Event) -> Held:
        refused = Fault(kind=FaultKind.STATUS, status=400, match=Match(path=ENQUEUE))
        rig.faults(rig.sandbox.pagerduty).aim(rig.caller(event, "page.tier 1.1", "pagerduty:primary"), refused)
        caller = rig.caller(event, "page.tier 1.1", "sms:alice")
        return _hold(rig, rig.sandbox.twilio, caller, _hang(when, MESSAGES, "POST"))

    return hold


def ticketing(when: When) -> Seam:
    """The opening of the ticket."""

    def hold(rig: Rig, event: Event) -> Held:
        caller = rig.caller(event, "ticket", "open")
        return _hold(rig, rig.sandbox.servicenow, caller, _hang(when, TABLE, "POST"))

    return hold


def ticketing_late(rig: Rig, event: Event) -> Held:
    """The opening of the ticket, which the vendor carries out long after nobody waits for its answer any more."""
    caller = rig.caller(event, "ticket", "open")
    late = Fault(kind=FaultKind.LATENCY, seconds=_LATE, match=Match(method="POST", path=TABLE))
    return _hold(rig, rig.sandbox.servicenow, caller, late)


def changing(when: When) -> Seam:
    """The change of route."""
    return _route("reorder_route", lambda path: [_hang(when, path, "PUT")])


def reading_back(_: When) -> Seam:
    """The look at the route after its change."""
    return _route("reorder_route", lambda path: [_passing(path), _hang(When.BEFORE, path, "GET")])


def putting_back(when: When) -> Seam:
    """The change of route back to what it was."""
    return _route("revert.reorder_route", lambda path: [_hang(when, path, "PUT")])


def _route(step: str, faults: Callable[[str], list[Fault]]) -> Seam:
    def hold(rig: Rig, event: Event) -> Held:
        place = event.place
        path = f"/api/v2/telephony/providers/edges/sites/{place.site_id}/outboundroutes/{place.route_id}"
        caller = rig.caller(event, step, f"{place.site_id}/{place.route_id}")
        return _hold(rig, rig.sandbox.genesys, caller, *faults(path))

    return hold


def _hang(when: When, path: str, method: str | None = None) -> Fault:
    return Fault(kind=FaultKind.HANG, when=when, match=Match(method=method, path=path))


def _passing(path: str) -> Fault:
    """Lets one reading pass before the next one is held."""
    return Fault(kind=FaultKind.DRIP, when=When.AFTER, seconds=0, match=Match(method="GET", path=path))


def _hold(rig: Rig, simulator: Simulator, caller: str, *faults: Fault) -> Held:
    rig.faults(simulator).aim(caller, *faults)
    return Held(simulator, caller)


async def kill_worker_at(rig: Rig, seams: list[Held]) -> None:
    """Kill the worker while it is held at each of the seams: as many at once as are reached soon after the first."""
    waiting = list(seams)
    while waiting:
        await _some(waiting)
        await rig.worker.kill()
        waiting = [each for each in waiting if not each.reached]
        await rig.worker.start()


async def _some(waiting: list[Held]) -> None:
    """Wait for one of the seams, and then for the others as long as a held request still has time."""
    await until(lambda: any(each.reached for each in waiting), "the next seam is reached", timedelta(minutes=2))
    with suppress(AssertionError):
        await until(lambda: all(each.reached for each in waiting), "all seams are reached", _TOGETHER)
