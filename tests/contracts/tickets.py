"""The contract of the port Tickets: a system says how it is asked, and inherits the suite of each method."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import pytest
from temporalio.testing import ActivityEnvironment

from activities.ticketing import Ticketing
from holdline.clients.exchange import Intent
from holdline.domain.keys import tag
from holdline.domain.ticket import Stage
from holdline.ports import Invalid, Misconfigured, TicketOrder, TicketReceipt, Tickets, TicketState
from holdline.simulators.faults import FaultKind
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
AGAIN = OPENING.model_copy(update={"note": "It fails again.", "tag": "9a6b5c4d", "reopen": True})
CLOSING = OPENING.model_copy(update={"note": "The queue has recovered.", "stage": Stage.RESOLVED, "tag": "8a6b5c4d"})


Request = tuple[str, str]
"""The method of a request and its path, as a glob."""


@dataclass(frozen=True)
class Keeper:
    """A ticket system: its client, its simulator, and the one request of each method that goes wrong.

    `updated` is the request of a note, `edited` that of what changes, which is the same one at some systems.
    Every simulator of tickets writes `ticket.created`, `ticket.commented` (with its `text`), `ticket.closed` and
    `ticket.reopened`. What `closed` is, opens it again too. `ended` lets a person close a record; what is closed takes
    no writing any more after `sealed`.
    """

    simulator: Simulator
    tickets: Callable[[Clients], Tickets]
    opened: Request
    found: Request
    updated: Request
    edited: Request
    closed: Request
    asked: Request
    ended: Callable[[str], None]
    sealed: Callable[[str], None]

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

    @pytest.mark.parametrize("minimal", [False, True])
    @pytest.mark.parametrize("again", [False, True])
    async def test_what_is_closed_for_good_takes_no_update(
        self, rig: Rig, keeper: Keeper, minimal: bool, again: bool
    ) -> None:
        """People have closed it, and nobody may write any more: told as closed, now and when the incident is over."""
        order, tickets = await recorded(rig, keeper, UPDATE), keeper.tickets(rig.patient)
        keeper.ended(order.record)
        keeper.sealed(order.record)
        so = {"record": order.record, "minimal": minimal, "again": again}
        told = await tickets.update(order.model_copy(update=so))
        assert (order.record, False, 0) == (told.id, told.open, keeper.noted(UPDATE.tag))
        assert (*([] if minimal else ["what changes"]), "comment") == told.dropped
        over = await tickets.close(CLOSING.model_copy(update=so))
        assert (order.record, False, True, 0) == (over.id, over.open, over.adopted, keeper.noted(CLOSING.tag))

    @pytest.mark.parametrize("status", [400, 403, 413, 422])
    async def test_what_is_closed_may_refuse_its_note(
        self, rig: Rig, keeper: Keeper, story: Story, status: int
    ) -> None:
        """However it is refused: over is over."""
        (record,) = await keeper.tickets(rig.patient).find(OPENING)
        keeper.ended(record.id)
        story.order(FaultKind.STATUS, status=status, times=None)
        told = await keeper.tickets(rig.patient).update(UPDATE.model_copy(update={"record": record.id}))
        assert (record.id, False, 0) == (told.id, told.open, story.effects())

    @pytest.mark.parametrize("status", [400, 403])
    async def test_what_is_closed_and_refuses_what_changes_has_its_note(
        self, rig: Rig, keeper: Keeper, status: int
    ) -> None:
        """A rule keeps the fields of what is over: people read the note all the same, once."""
        order, tickets = await recorded(rig, keeper, UPDATE), keeper.tickets(rig.patient)
        keeper.ended(order.record)
        story = Story(keeper.simulator, *keeper.edited, act=lambda clients: keeper.tickets(clients).update(order))
        for again in (False, True):
            story.order(FaultKind.STATUS, status=status)
            told = await tickets.update(order.model_copy(update={"again": again}))
            assert (order.record, False, ("what changes",)) == (told.id, told.open, told.dropped)
        assert 1 == keeper.noted(UPDATE.tag)

    async def test_what_is_closed_and_takes_its_note_is_told_as_closed(self, rig: Rig, keeper: Keeper) -> None:
        """People read it, and the receipt says that it is over."""
        order = await recorded(rig, keeper, UPDATE)
        keeper.ended(order.record)
        told = await keeper.tickets(rig.patient).update(order)
        assert (order.record, False, 1) == (told.id, told.open, keeper.noted(UPDATE.tag))


class Closing(TicketContract):
    """Tickets.close; `notes` is how many comments say why, where the reason is no field."""

    notes: ClassVar[int] = 1

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

    async def test_what_refuses_the_rest_is_closed_with_its_note_once(
        self, rig: Rig, keeper: Keeper, story: Story
    ) -> None:
        """A rule refuses what goes with the closing: it is told again with less, and no note stands there twice."""
        (record,) = await keeper.tickets(rig.patient).find(OPENING)
        story.order(FaultKind.STATUS, status=422)
        order = CLOSING.model_copy(update={"record": record.id})
        told = await ActivityEnvironment().run(Ticketing(keeper.tickets(rig.patient), "").close, order)
        assert (record.id, False, 1) == (told.id, told.open, keeper.of("ticket.closed"))
        assert any(each.startswith("what changes") for each in told.dropped)
        assert self.notes == keeper.noted(CLOSING.tag)


class Reopening(TicketContract):
    """Tickets.update of what we have closed, with the order to open it again (S1.3)."""

    answers = frozenset({400, 403, 413, 422})

    @pytest.fixture
    async def order(self, rig: Rig, keeper: Keeper) -> TicketOrder:
        """The order about a ticket that was closed just now."""
        order = await recorded(rig, keeper, AGAIN)
        await keeper.tickets(rig.patient).close(CLOSING.model_copy(update={"record": order.record}))
        return order

    @pytest.fixture
    async def story(self, keeper: Keeper, order: TicketOrder) -> Story:
        """Open it again; in doubt it says that it may be open already."""
        doubting = order.model_copy(update={"again": True})
        return Story(
            keeper.simulator,
            *keeper.closed,
            act=lambda clients: keeper.tickets(clients).update(order),
            again=lambda clients: keeper.tickets(clients).update(doubting),
            counted=lambda: keeper.of("ticket.reopened"),
        )

    @pytest.mark.parametrize("status", [400, 403, 413, 422])
    async def test_what_is_closed_for_good_is_told(
        self, rig: Rig, keeper: Keeper, order: TicketOrder, story: Story, status: int
    ) -> None:
        """Where opening it is refused the receipt says that it is closed, and nothing was said in it."""
        story.order(FaultKind.STATUS, status=status, times=None)
        told = await keeper.tickets(rig.patient).update(order)
        assert (order.record, False, 0, 0) == (told.id, told.open, story.effects(), keeper.noted(AGAIN.tag))

    async def test_it_is_open_and_says_why(self, rig: Rig, keeper: Keeper, order: TicketOrder) -> None:
        """The same record, with the note; nobody has it by that, and it can be closed once more."""
        tickets = keeper.tickets(rig.patient)
        for again in (False, True):
            told = await tickets.update(order.model_copy(update={"again": again}))
            assert (order.record, True) == (told.id, told.open)
        assert TicketState() == await tickets.state(order)
        assert (1, 1) == (keeper.of("ticket.reopened"), keeper.noted(AGAIN.tag))
        closing = CLOSING.model_copy(update={"record": order.record, "tag": "aa6b5c4d"})
        assert not (await tickets.close(closing)).open
        assert 2 == keeper.of("ticket.closed")

    @pytest.mark.parametrize("less", [{"reopen": False}, {"stage": Stage.RESOLVED}])
    async def test_without_the_order_it_stays_closed(
        self, rig: Rig, keeper: Keeper, order: TicketOrder, less: dict[str, object]
    ) -> None:
        """What people have closed is theirs, and what is over is not opened."""
        await keeper.tickets(rig.patient).update(order.model_copy(update=less))
        assert (0, True) == (keeper.of("ticket.reopened"), (await keeper.tickets(rig.patient).state(order)).resolved)

    async def test_one_that_people_have_opened_is_left_as_it_is(self, rig: Rig, keeper: Keeper) -> None:
        """An open ticket is only updated, whoever opened it."""
        order = await recorded(rig, keeper, AGAIN)
        assert (await keeper.tickets(rig.patient).update(order)).open
        assert (0, 1) == (keeper.of("ticket.reopened"), keeper.noted(AGAIN.tag))


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
