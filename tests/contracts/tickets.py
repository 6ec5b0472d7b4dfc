"""The contract of the port Tickets: a system says how it is asked, and inherits the suite of each method."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import pytest

from holdline.clients.exchange import Intent
from holdline.domain.keys import tag
from holdline.domain.ticket import Stage
from holdline.ports import Invalid, Misconfigured, TicketOrder, TicketReceipt, Tickets
from holdline.simulators.simulator import Simulator
from tests.contracts.contract import FINAL, ClientContract, Codes, Story
from tests.contracts.rig import Clients, Rig

KEY = "holdline/queue_overflow/5f3c0e6a/1"
FACTS = {
    "summary": "CRITICAL: Sales waits since 02:12",
    "description": "The longest wait is 412 s.\nPaged Maria Huber.",
    "severity": "CRITICAL",
    "kind": "queue_overflow",
    "state": "DETECTED",
    "stage": "open",
    "queue": "Sales",
    "link": "https://temporal.example.com/incident",
    "key": KEY,
}
EFFECT = "incident/queue_overflow/5f3c0e6a:1:ticket"
OPENING = TicketOrder(request_id="request-1", effect=EFFECT, key=KEY, facts=FACTS, tag=tag(EFFECT))
UPDATE = OPENING.model_copy(update={"note": "Maria Huber has it.", "stage": Stage.TAKEN, "tag": "7a6b5c4d"})
CLOSING = OPENING.model_copy(update={"note": "The queue has recovered.", "stage": Stage.RESOLVED, "tag": "8a6b5c4d"})


Request = tuple[str, str]
"""The method of a request and its path, as a glob."""


@dataclass(frozen=True)
class Keeper:
    """A ticket system: its client, its simulator, and the one request of each method that goes wrong.

    Every simulator of tickets writes `ticket.created`, `ticket.commented` (with its `text`) and `ticket.closed`.
    """

    simulator: Simulator
    tickets: Callable[[Clients], Tickets]
    opened: Request
    found: Request
    updated: Request
    closed: Request
    asked: Request

    def of(self, kind: str) -> int:
        """How many effects of a kind stand in the ledger."""
        return len(self.simulator.ledger.of(kind))

    def noted(self, mark: str) -> int:
        """How often a note with this mark was added."""
        return sum(mark in entry["text"] for entry in self.simulator.ledger.of("ticket.commented"))


class TicketContract(ClientContract):
    """What holds for each method: content is invalid, what is set up is misconfigured."""

    final: ClassVar[Codes] = {**FINAL, 400: Invalid, 413: Invalid, 422: Invalid, 403: Misconfigured, 404: Misconfigured}
    intent: ClassVar[Intent] = Intent.WRITE


class Opening(TicketContract):
    """Tickets.open."""

    @pytest.fixture
    async def story(self, keeper: Keeper) -> Story:
        """Open a ticket; in doubt look first."""

        async def look_then_open(clients: Clients) -> tuple[TicketReceipt, ...]:
            tickets = keeper.tickets(clients)
            return await tickets.find(OPENING) or (await tickets.open(OPENING),)

        return Story(
            keeper.simulator,
            *keeper.opened,
            act=lambda clients: keeper.tickets(clients).open(OPENING),
            again=look_then_open,
            counted=lambda: keeper.of("ticket.created"),
        )


class Finding(TicketContract):
    """Tickets.find."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, keeper: Keeper) -> Story:
        """Look for a ticket that was never opened."""
        return Story(keeper.simulator, *keeper.found, act=lambda clients: keeper.tickets(clients).find(OPENING))


class Updating(TicketContract):
    """Tickets.update."""

    @pytest.fixture
    async def story(self, rig: Rig, keeper: Keeper) -> Story:
        """Add a note to a ticket; in doubt it says that it may be there already."""
        order = await recorded(rig, keeper, UPDATE)
        doubting = order.model_copy(update={"again": True})
        return Story(
            keeper.simulator,
            *keeper.updated,
            act=lambda clients: keeper.tickets(clients).update(order),
            again=lambda clients: keeper.tickets(clients).update(doubting),
            counted=lambda: keeper.noted(UPDATE.tag),
        )


class Closing(TicketContract):
    """Tickets.close."""

    @pytest.fixture
    async def story(self, rig: Rig, keeper: Keeper) -> Story:
        """Close a ticket; in doubt it says that it may be closed already."""
        order = await recorded(rig, keeper, CLOSING)
        doubting = order.model_copy(update={"again": True})
        return Story(
            keeper.simulator,
            *keeper.closed,
            act=lambda clients: keeper.tickets(clients).close(order),
            again=lambda clients: keeper.tickets(clients).close(doubting),
            counted=lambda: keeper.of("ticket.closed"),
        )


class Asking(TicketContract):
    """Tickets.state."""

    intent = Intent.READ

    @pytest.fixture
    async def story(self, rig: Rig, keeper: Keeper) -> Story:
        """Ask what people did to a ticket."""
        order = await recorded(rig, keeper, OPENING)
        return Story(
            keeper.simulator,
            *keeper.asked,
            act=lambda clients: keeper.tickets(clients).state(order),
            counted=lambda: keeper.of("ticket.closed"),
        )


async def recorded(rig: Rig, keeper: Keeper, order: TicketOrder) -> TicketOrder:
    """The order about a ticket that was opened just now."""
    receipt = await keeper.tickets(rig.patient).open(OPENING)
    return order.model_copy(update={"record": receipt.id})
