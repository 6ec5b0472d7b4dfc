"""Keeping a ticket: opened once, looked for before anything is repeated, read back, and never two of them (S4)."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from temporalio import activity

from activities.failures import effect_failures, vendor_failures
from holdline.domain.frozen import Frozen
from holdline.domain.ticket import Stage
from holdline.ports import CHANGES, Invalid, TicketOrder, TicketReceipt, Tickets, TicketState, VendorError


class Opened(TicketReceipt):
    """The receipt of a ticket; `doubtful` where an order before this one may have opened another one.

    `taker` is whom the system gave it to by itself: that is nobody's answer.
    """

    doubtful: bool = False
    taker: str = ""


class Updated(TicketReceipt):
    """The receipt of an update; `taker` is whom the system names once we have opened it again, where that was asked."""

    taker: str | None = None


class Reconciled(Frozen):
    """The numbers of the others, which are closed now; where the ticket itself was not `seen` none was closed."""

    seen: bool
    closed: tuple[str, ...] = ()


class Ticketing:
    """Keeps tickets in one system; `console` is the address of the Temporal UI, empty where none is known."""

    def __init__(self, tickets: Tickets, console: str) -> None:
        self._tickets = tickets
        self._console = console

    @activity.defn(name="open_ticket")
    async def open(self, order: TicketOrder) -> Opened:
        """Open it, or adopt the one that an order before this may have opened, whatever its answer was (S4.4)."""
        doubtful = order.again or activity.info().attempt > 1
        with effect_failures():
            found = await self._tickets.find(order) if doubtful else ()
            receipt = _first(found) if found else await self._tickets.open(self._linked(order))
        told = {
            "adopted": receipt.adopted or bool(found),
            "doubtful": doubtful,
            "taker": await self._taker(order, receipt) or "",
        }
        return Opened.model_validate(receipt.model_dump() | told)

    async def _taker(self, order: TicketOrder, receipt: TicketReceipt) -> str | None:
        """Who has it already, empty where nobody has; None where that cannot be asked."""
        try:
            state = await self._tickets.state(order.model_copy(update={"record": receipt.id}))
        except VendorError as error:
            activity.logger.info("who has the ticket could not be asked: %s", error)
            return None
        return state.acknowledged_by or ""

    @activity.defn(name="update_ticket")
    async def update(self, order: TicketOrder) -> Updated:
        """Make it say what is true now."""
        with effect_failures():
            receipt = await _told(self._tickets.update, self._linked(self._doubting(order)))
        taker = await self._taker(order, receipt) if order.reopen and receipt.open else None
        return Updated.model_validate(receipt.model_dump() | {"taker": taker})

    @activity.defn(name="close_ticket")
    async def close(self, order: TicketOrder) -> TicketReceipt:
        """Close it with the reason."""
        with effect_failures():
            return await _told(self._tickets.close, self._linked(self._doubting(order)))

    @activity.defn(name="reconcile_ticket")
    async def reconcile(self, order: TicketOrder) -> Reconciled:
        """Find every ticket of this key; the record of the order stays, the others are closed as its duplicates."""
        with vendor_failures():
            found = await self._tickets.find(order)
            kept = next((each for each in found if each.id == order.record), None)
            if kept is None:
                return Reconciled(seen=False)
            closed = [await self._withdraw(order, each, kept) for each in found if each.open and each.id != kept.id]
            return Reconciled(seen=True, closed=tuple(closed))

    @activity.defn(name="ask_ticket")
    async def state(self, order: TicketOrder) -> TicketState:
        """Ask what people did to it."""
        with vendor_failures():
            return await self._tickets.state(order)

    async def _withdraw(self, order: TicketOrder, extra: TicketReceipt, kept: TicketReceipt) -> str:
        note = f"Duplicate of {kept.number or kept.id}: both were opened for one incident. Please go on there."
        changes = {"record": extra.id, "note": note, "stage": Stage.RESOLVED, "again": True}
        await self._tickets.close(self._linked(order.model_copy(update=changes)))
        return extra.number or extra.id

    def _doubting(self, order: TicketOrder) -> TicketOrder:
        return order if activity.info().attempt == 1 else order.model_copy(update={"again": True})

    def _linked(self, order: TicketOrder) -> TicketOrder:
        space, incident = activity.info().namespace, quote(order.facts.get("incident", ""), safe="")
        link = f"{self._console}/namespaces/{space}/workflows/{incident}" if self._console and incident else ""
        return order.model_copy(update={"facts": order.facts | {"link": link}})


async def _told(tell: Callable[[TicketOrder], Awaitable[TicketReceipt]], order: TicketOrder) -> TicketReceipt:
    """Tell a ticket. Where a rule of the system refuses what changes, the rest is told, and the receipt says so.

    The note may stand there by then, where it is a request of its own: it is looked for.
    """
    try:
        return await tell(order)
    except Invalid as error:
        if order.minimal:
            raise
        receipt = await tell(order.model_copy(update={"minimal": True, "again": True}))
        return receipt.model_copy(update={"dropped": (*receipt.dropped, f"{CHANGES} ({error.reason})")})


def _first(found: tuple[TicketReceipt, ...]) -> TicketReceipt:
    """The oldest that is open, or the oldest."""
    return next((each for each in found if each.open), found[0])
