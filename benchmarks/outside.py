"""Vendors without a network: the ports in memory, for any number of trunks, answering at once."""

from datetime import UTC, datetime

from benchmarks.arrivals import Arrivals
from holdline.domain.change import Change, Plan
from holdline.domain.entity import Entity
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.observation import Observation, Verdict
from holdline.domain.route import Carrier, Route, Situation, plan
from holdline.domain.runbook import ActionRule
from holdline.ports import Call, ChangeReceipt, Page, PageClosing, PageQuestion, PageState, Receipt


class Outside:
    """Reader, Lever and Pager: every trunk is down, has a site with two carriers, and nobody acknowledges."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._orders: dict[str, tuple[str, ...]] = {}

    async def read(self, trunk: Entity, call: Call) -> Observation:
        """The trunk is down."""
        self._arrivals.note(call.request_id, trunk.id)
        return Observation(
            event_id=f"read:{call.request_id}",
            source="reading",
            kind=IncidentKind.TRUNK_FAILURE,
            entity=trunk,
            verdict=Verdict.BREACH,
            severity=Severity.CRITICAL,
            at=datetime.now(UTC),
            reason="not connected",
        )

    async def plan(self, _rule: ActionRule, entity: Entity, call: Call) -> Plan:
        """Plan for the site's only route; the first carrier is the trunk's own."""
        self._arrivals.note(call.request_id, entity.id)
        route_id = f"route-{entity.id}"
        order = self._orders.setdefault(f"{entity.id}/{route_id}", ("first", "second"))
        carriers = tuple(Carrier(id=each, name=each, healthy=each == "second") for each in order)
        route = Route(site_id=entity.id, id=route_id, name=entity.site, version=1, carriers=carriers)
        return plan(entity, Situation(carrier="first", routes=(route,)))

    async def change(self, change: Change, call: Call) -> ChangeReceipt:
        """Set the order."""
        self._arrivals.note(call.request_id)
        self._orders[change.target] = change.wanted
        return ChangeReceipt(proof="version 2", state=change.wanted)

    async def page(self, page: Page) -> Receipt:
        """Take the page."""
        self._arrivals.note(page.request_id)
        return Receipt(id=page.key)

    async def state(self, question: PageQuestion) -> PageState:
        """Nobody has it."""
        self._arrivals.note(question.request_id)
        return PageState()

    async def silence(self, closing: PageClosing) -> Receipt:
        """Stop it from ringing."""
        self._arrivals.note(closing.request_id)
        return Receipt(id=closing.key)

    async def close(self, closing: PageClosing) -> Receipt:
        """Close the page."""
        self._arrivals.note(closing.request_id)
        return Receipt(id=closing.key)
