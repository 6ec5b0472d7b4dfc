"""The outside in memory: the ports' methods over a small world, with a ledger of every effect and scripted trouble."""

from datetime import UTC, datetime

from holdline.domain.change import Change, Plan
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.observation import Observation, Verdict
from holdline.domain.route import Carrier, Route, Situation, plan
from holdline.domain.runbook import ActionRule
from holdline.ports import (
    Call,
    ChangeReceipt,
    Conflict,
    Page,
    PageClosing,
    PageQuestion,
    PageState,
    Receipt,
    TextMessage,
)
from tests.support.room import Room
from tests.support.temporal import unique
from tests.support.ticketbox import TicketBox
from tests.support.trouble import Troubled

_KINDS = {
    EntityKind.EDGE: IncidentKind.EDGE_OFFLINE,
    EntityKind.QUEUE: IncidentKind.QUEUE_OVERFLOW,
    EntityKind.ORGANISATION: IncidentKind.CAPACITY_EXHAUSTED,
}


class Outside(Troubled):
    """A site with two carriers, a pager and a telephone; it implements Reader, Lever, Pager and Texts."""

    def __init__(self) -> None:
        super().__init__()
        self.verdict = Verdict.BREACH
        self.standby_healthy = True
        self.order: tuple[str, ...] = ("carrier-a", "carrier-b")
        self.version = 7
        self.route = unique("route")
        self.ledger: list[tuple[str, ...]] = []
        self.open_pages: set[tuple[str, str]] = set()
        self.taken: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.readings = 0
        self.tickets = TicketBox()
        self.room = Room()

    def count(self, *effect: str) -> int:
        """How many effects of the ledger begin with these words."""
        return sum(row[: len(effect)] == effect for row in self.ledger)

    async def read(self, trunk: Entity, call: Call) -> Observation:
        """Observe the trunk as the world has it."""
        self._before("read")
        self.readings += 1
        return Observation(
            event_id=f"read:{self.readings}",
            source="reading",
            kind=_KINDS.get(trunk.kind, IncidentKind.TRUNK_FAILURE),
            entity=trunk,
            verdict=self.verdict,
            severity=Severity.CRITICAL,
            at=datetime.now(UTC),
            reason=f"the {trunk.kind} is {self.verdict}",
        )

    async def prove(self, permissions: tuple[str, ...], call: Call) -> None:
        """Accept the credential."""
        self._before("credential")

    async def plan(self, _rule: ActionRule, entity: Entity, call: Call) -> Plan:
        """Plan for the site's only route; the first carrier is the trunk's own."""
        self._before("routes")
        healthy = {"carrier-a": self.verdict is Verdict.HEALTHY, "carrier-b": self.standby_healthy}
        carriers = tuple(Carrier(id=each, healthy=healthy.get(each, True)) for each in self.order)
        route = Route(site_id="site", id=self.route, name="Vienna out", version=self.version, carriers=carriers)
        return plan(entity, Situation(carrier="carrier-a", routes=(route,)))

    async def change(self, change: Change, call: Call) -> ChangeReceipt:
        """Set the order where it is still expected."""
        late = self._before("change")
        if self.order == change.wanted:
            return ChangeReceipt(proof=f"version {self.version}", state=self.order, adopted=True)
        if self.order != change.expected:
            raise Conflict("genesys", "somebody else has changed the order of route Vienna out")
        self.order, self.version = change.wanted, self.version + 1
        self.ledger.append(("route", change.wanted[0]))
        self._after(late)
        return ChangeReceipt(proof=f"version {self.version}", state=self.order)

    async def page(self, page: Page) -> Receipt:
        """Open a page, or fold it into the open one."""
        late = self._before(f"page {page.service}")
        if (page.service, page.key) not in self.open_pages:
            self.open_pages.add((page.service, page.key))
            self.ledger.append(("page", page.service, page.key))
        self._after(late)
        return Receipt(id=page.key)

    async def state(self, question: PageQuestion) -> PageState:
        """Say who has taken the page."""
        self._before("ask")
        return PageState(acknowledged_by=self.taken.get(question.service))

    async def silence(self, closing: PageClosing) -> Receipt:
        """Stop a page from ringing."""
        late = self._before("silence")
        self.ledger.append(("silenced", closing.service, closing.key))
        self._after(late)
        return Receipt(id=closing.key)

    async def close(self, closing: PageClosing) -> Receipt:
        """Close a page."""
        late = self._before("close")
        if (closing.service, closing.key) in self.open_pages:
            self.open_pages.discard((closing.service, closing.key))
            self.ledger.append(("closed", closing.service, closing.key))
        self._after(late)
        return Receipt(id=closing.key)

    async def send(self, message: TextMessage) -> Receipt:
        """Send a text each time it is asked: this vendor has no key."""
        late = self._before(f"text {message.contact}")
        self.texts[message.tag] = f"SM{len(self.texts)}"
        self.ledger.append(("text", message.contact))
        self._after(late)
        return Receipt(id=self.texts[message.tag])

    async def find(self, message: TextMessage) -> Receipt | None:
        """Look for the tag."""
        self._before("find")
        found = self.texts.get(message.tag)
        return None if found is None else Receipt(id=found)
