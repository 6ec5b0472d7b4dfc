"""The ledger of a ticket: what became of each order, said to the incident and to whoever looks."""

from temporalio import workflow
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ActivityError, FailureError

with workflow.unsafe.imports_passed_through():
    from activities.ticketing import Reconciled, Updated
    from holdline.domain import attributes
    from holdline.domain.text import cut
    from holdline.domain.ticket import Failing, Stage
    from holdline.domain.ticket_messages import (
        LONGEST_WORD,
        TICKETED,
        Book,
        Brief,
        Letter,
        Order,
        Standing,
        Ticketed,
        TicketInput,
    )
    from holdline.domain.timeline import Entry, Fact, appended
    from holdline.ports import TicketReceipt
    from workflows.failure import Cause, cause, failing, sentence, throttling, too_rich
    from workflows.markdown import clock, code

_STATE = SearchAttributeKey.for_keyword(attributes.STATE)
_ROWS = 12


class Ledger:
    """Writes into the book of a ticket."""

    def __init__(self, order: TicketInput, book: Book) -> None:
        self._order = order
        self._book = book

    async def took(self, brief: Brief, receipt: TicketReceipt, opened: bool) -> None:
        """The vendor has confirmed an order."""
        book, late = self._book, self._book.failing is not None
        book.failing, book.reason, book.failures, book.try_at = None, "", 0, None
        self.stand(Standing.KEPT)
        closed = brief.stage is Stage.RESOLVED and not opened
        again = isinstance(receipt, Updated) and receipt.taker is not None
        done = "closed" if closed else "opened again" if again else "updated"
        verb = ("found again" if receipt.adopted else "opened") if opened else done
        text = f"ticket {self._name} in {self._order.rule.system} {verb}{', delivered late' if late else ''}"
        if opened and book.minimal:
            text += "; it says the least, because the vendor refused more"
        gone = not receipt.open and not closed
        if gone:
            text += "; it is closed there, and stays so"
        if receipt.dropped:
            text += f"; not kept by the vendor: {', '.join(receipt.dropped)}; check its mapping and permissions"
        self.note(text)
        if opened or closed or again or late or gone or receipt.dropped:
            await self._tell(text)

    async def failed(self, error: ActivityError) -> None:
        """An order was refused, or nothing is known of it: the network mends itself, anything else needs a human."""
        book, opening = self._book, self._book.record is None
        if cause(error) is Cause.UNKNOWN:
            book.doubtful = True
            book.reconcile_at = book.reconcile_at or workflow.now() + self._order.rule.reconcile
        if opening and not book.minimal and too_rich(error):
            # At once, whatever the failure before this one was.
            book.minimal, book.called_at, book.try_at = True, None, workflow.now()
            self.note(f"refused: {sentence(error)}; a ticket with the least is tried")
            return
        await self._dead(error)

    async def _dead(self, error: ActivityError) -> None:
        if self._book.standing is Standing.DROPPED:
            self.note(f"and what was under way then failed: {sentence(error)}")
            return
        book, before = self._book, self._book.failing
        book.failing, book.reason, book.failed_at = failing(error), sentence(error), workflow.now()
        book.failures += 1
        pauses = self._order.rule.again
        if book.failing in (Failing.NETWORK, Failing.CREDENTIAL):
            pause = pauses[min(book.failures, len(pauses)) - 1]
            book.try_at = workflow.now() + max(pause, throttling(error) or pause)
        self.stand(Standing.DEAD_LETTER)
        text = f"its ticket in {self._order.rule.system} is not told ({book.failing}): {book.reason}; {self._next()}"
        self.note(text)
        if before is not book.failing:
            refused = book.reason if book.failing is Failing.CREDENTIAL else ""
            await self._tell(text, failed=True, refused=refused)

    def _next(self) -> str:
        if self._book.try_at is not None:
            return f"again at {clock(self._book.try_at)} UTC"
        return "mend it, then: holdline deadletter replay"

    def unreconciled(self, error: ActivityError) -> Failing:
        """Nobody could say whether there are two of them."""
        found = failing(error)
        again = "later" if found is Failing.NETWORK else "by hand"
        self.note(f"nobody could say whether {self._name} is the only one: {sentence(error)}; look again {again}")
        return found

    async def reconciled(self, found: Reconciled) -> None:
        """The duplicates are closed, or there were none, or the ticket itself was not found."""
        if not found.seen:
            self._unseen()
            return
        if not found.closed:
            self.note(f"{self._name} is the only one")
            return
        text = f"closed as duplicates of ticket {self._name}: {', '.join(found.closed)}"
        self.note(text)
        await self._tell(text)

    def _unseen(self) -> None:
        """The index may be behind: it is looked again, and no other ticket is closed meanwhile."""
        book, pauses = self._book, self._order.rule.again
        book.unseen += 1
        if book.unseen > len(pauses):
            self.note(f"{self._name} is not found by its key: nobody can say whether it is the only one; look by hand")
            return
        book.reconcile_at = workflow.now() + pauses[book.unseen - 1]
        self.note(f"{self._name} is not found by its key yet; again at {clock(book.reconcile_at)} UTC")

    async def dropped(self, order: Order) -> None:
        """Somebody gives it up."""
        self.stand(Standing.DROPPED)
        because = f": {order.reason}" if order.reason else ""
        text = f"{order.by} dropped what its ticket in {self._order.rule.system} was not told{because}"
        self.note(text)
        await self._tell(text, failed=True)

    @property
    def _name(self) -> str:
        return self._book.record.name if self._book.record else "(none)"

    async def _tell(self, text: str, *, failed: bool = False, refused: str = "") -> None:
        """Tell the incident; one that has ended needs no word."""
        said = Ticketed(
            epoch=self._order.epoch,
            text=cut(text, LONGEST_WORD),
            failed=failed,
            record=self._book.record,
            refused=refused,
        )
        try:
            await workflow.get_external_workflow_handle(self._order.incident).signal(TICKETED, said)
        except FailureError:
            workflow.logger.info("%s could not be told of its ticket: it has ended", self._order.incident)

    def note(self, text: str) -> None:
        """Write a row of the ticket's own timeline."""
        fact = Fact.UNKNOWN if self._book.failing else Fact.TICKET
        self._book.timeline = appended(self._book.timeline, Entry(at=workflow.now(), fact=fact, text=text))
        workflow.set_current_details(self._card())

    def stand(self, standing: Standing) -> None:
        """Show how the ticket stands, where that is news."""
        if standing is not self._book.standing and self._book.standing is not Standing.DROPPED:
            self._book.standing = standing
            workflow.upsert_search_attributes([_STATE.value_set(standing.value)])

    def _card(self) -> str:
        book = self._book
        rows = [f"- {clock(row.at)} `{code(row.text)}`" for row in book.timeline[-_ROWS:]]
        head = f"### {book.standing} · `{code(self._name)}` in {self._order.rule.system}"
        return "\n".join((head, "", f"**Incident:** `{code(self._order.incident)}`", "", *rows))

    def letter(self) -> Letter:
        """Everything about it."""
        book, brief = self._book, self._book.sending or self._book.brief
        return Letter(
            id=workflow.info().workflow_id,
            incident=self._order.incident,
            system=self._order.rule.system,
            standing=book.standing,
            told=book.brief is not None and book.told >= book.brief.number,
            failing=book.failing,
            reason=book.reason,
            failed_at=book.failed_at,
            try_at=book.try_at,
            failures=book.failures,
            record=book.record,
            facts=brief.facts if brief else {},
            notes=(*book.saying, *book.notes),
            timeline=book.timeline,
        )
