"""The ledger of a ticket: what became of each order, said to the incident and to whoever looks."""

from datetime import datetime
from typing import Any

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
        Doubt,
        Letter,
        Order,
        Standing,
        Ticketed,
        TicketInput,
    )
    from holdline.domain.timeline import Entry, Fact, appended
    from holdline.ports import TicketReceipt
    from workflows.failure import Cause, cause, failing, rest, sentence, too_rich
    from workflows.markdown import clock, code

_STATE = SearchAttributeKey.for_keyword(attributes.STATE)
_ROWS = 12
_MENDS_ITSELF = (Failing.NETWORK, Failing.CREDENTIAL)
_DOUBTS = "doubts-are-told"


class Ledger:
    """Writes into the book of a ticket."""

    def __init__(self, order: TicketInput, book: Book) -> None:
        self._order = order
        self._book = book

    async def took(self, brief: Brief, receipt: TicketReceipt, opened: bool) -> None:
        """The vendor has confirmed an order."""
        book, late = self._book, self._book.failing is not None
        book.failing, book.reason, book.failures, book.try_at = None, "", 0, None
        self.stand(Standing.KEPT if book.doubt is None else Standing.DEAD_LETTER)
        closed = brief.stage is Stage.RESOLVED and not opened
        again = isinstance(receipt, Updated) and receipt.taker is not None and workflow.patched("opened-again")
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
        if self._complains(receipt, gone) or opened or closed or again or late:
            await self._tell(text)

    def _complains(self, receipt: TicketReceipt, gone: bool) -> bool:
        """Whether something is wrong that was not told last: after each update it would fill the incident's rows."""
        # Without the vendor's reason, in which a time or an id may differ each time.
        dropped = sorted(each.partition(" (")[0] for each in receipt.dropped)
        complaint = (*(("closed there",) if gone else ()), *dropped)
        before, self._book.complaint = self._book.complaint, complaint or self._book.complaint
        return bool(complaint) and (complaint != before or not workflow.patched("complains-once"))

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
        if book.failing in _MENDS_ITSELF:
            book.try_at = self._again_at(book.failures, error)
        self.stand(Standing.DEAD_LETTER)
        what = f"its ticket in {self._order.rule.system} is not told ({book.failing})"
        text = f"{what}: {book.reason}; {_next(book.try_at)}"
        self.note(text)
        if before is not book.failing:
            refused = book.reason if book.failing is Failing.CREDENTIAL else ""
            await self._tell(text, failed=True, refused=refused)

    def _again_at(self, failures: int, error: ActivityError) -> datetime:
        return workflow.now() + rest(self._order.rule.again, failures, error)

    async def unreconciled(self, error: ActivityError) -> None:
        """Nobody could say whether there are two of them: it is looked again by itself, or when a human says so."""
        book, found = self._book, failing(error)
        if not workflow.patched(_DOUBTS):
            self._noted_only(found, error)
            return
        looks = 1 + (book.doubt.looks if book.doubt else 0)
        if found in _MENDS_ITSELF and not book.answered:
            book.reconcile_at = self._again_at(looks, error)
        await self._doubt(Doubt(failing=found, reason=sentence(error), at=workflow.now(), looks=looks))

    def _noted_only(self, found: Failing, error: ActivityError) -> None:
        """What an older release did, whose keepers go on as they began."""
        again = "later" if found is Failing.NETWORK else "by hand"
        self.note(f"nobody could say whether {self._name} is the only one: {sentence(error)}; look again {again}")
        if found is Failing.NETWORK:
            self._book.reconcile_at = workflow.now() + self._order.rule.again[-1]

    async def _doubt(self, doubt: Doubt) -> None:
        """A dead letter too: there may be two tickets, and people work on either."""
        if self._book.standing is Standing.DROPPED or self._book.answered:
            return
        before, self._book.doubt = self._book.doubt, doubt
        self.stand(Standing.DEAD_LETTER)
        text = f"{self._unsure(doubt)} ({doubt.failing}); {_next(self._book.reconcile_at)}"
        self.note(text)
        if before is None or before.failing is not doubt.failing:
            refused = doubt.reason if doubt.failing is Failing.CREDENTIAL else ""
            await self._tell(text, failed=True, refused=refused)

    def _unsure(self, doubt: Doubt) -> str:
        which = f"ticket {self._name} in {self._order.rule.system}"
        return f"nobody can say whether {which} is the only one: {doubt.reason}"

    async def reconciled(self, found: Reconciled) -> None:
        """The duplicates are closed, or there were none, or the ticket itself was not found."""
        if not found.seen:
            await self._unseen()
            return
        doubted = self._settled()
        text = f"{self._name} is the only one"
        if found.closed:
            text = f"closed as duplicates of ticket {self._name}: {', '.join(found.closed)}"
        self.note(text)
        if found.closed or doubted:
            await self._tell(text)

    def _settled(self) -> bool:
        """End a doubt; whether there was one."""
        doubted, self._book.doubt = self._book.doubt is not None, None
        if doubted and self._book.failing is None:
            self.stand(Standing.KEPT)
        return doubted

    async def _unseen(self) -> None:
        """The index may be behind: it is looked again, and no other ticket is closed meanwhile."""
        book, pauses = self._book, self._order.rule.again
        book.unseen += 1
        if book.answered:
            return
        if book.unseen <= len(pauses):
            book.reconcile_at = workflow.now() + pauses[book.unseen - 1]
            self.note(f"{self._name} is not found by its key yet; again at {clock(book.reconcile_at)} UTC")
        elif workflow.patched(_DOUBTS):
            reason = f"{self._name} is not found by its key"
            await self._doubt(Doubt(failing=Failing.INTEGRATION, reason=reason, at=workflow.now()))
        else:
            self.note(f"{self._name} is not found by its key: nobody can say whether it is the only one; look by hand")

    def replayed(self, order: Order) -> str:
        """Somebody has mended what was wrong; what is done now."""
        book = self._book
        if book.doubt is not None:
            book.reconcile_at, book.unseen = workflow.now(), 0
        if book.failing is None:
            self.note(f"{order.by} has it looked for again")
            return "it is looked for now"
        book.minimal, book.try_at = False, workflow.now()
        self.note(f"{order.by} has it delivered again")
        return "it is delivered now"

    async def given_up(self, order: Order) -> str:
        """Somebody gives up what is wrong with it; what that means."""
        if self._book.failing is not None:
            await self._dropped(order)
            return "this incident has no ticket that is kept any more"
        self._settled()
        self._book.reconcile_at, self._book.answered = None, True
        text = f"{order.by} answers for ticket {self._name} being the only one{_because(order)}"
        self.note(text)
        await self._tell(text)
        return f"nobody looks for another ticket than {self._name}, which is kept as before"

    async def _dropped(self, order: Order) -> None:
        self.stand(Standing.DROPPED)
        text = f"{order.by} dropped what its ticket in {self._order.rule.system} was not told{_because(order)}"
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
            mark=self._order.mark,
        )
        try:
            await workflow.get_external_workflow_handle(self._order.incident).signal(TICKETED, said)
        except FailureError:
            workflow.logger.info("%s could not be told of its ticket: it has ended", self._order.incident)

    def note(self, text: str) -> None:
        """Write a row of the ticket's own timeline."""
        fact = Fact.UNKNOWN if self._book.failing or self._book.doubt else Fact.TICKET
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
            failures=book.failures,
            **self._wrong(),
            record=book.record,
            facts=brief.facts if brief else {},
            notes=(*book.saying, *book.notes),
            timeline=book.timeline,
        )

    def _wrong(self) -> dict[str, Any]:
        """What is wrong with it, and when it is tried again; what is not told goes before what is in doubt."""
        book, doubt = self._book, self._book.doubt
        if book.failing is not None or doubt is None:
            said: tuple[Any, ...] = (book.failing, book.reason, book.failed_at, book.try_at)
        else:
            said = (doubt.failing, self._unsure(doubt), doubt.at, book.reconcile_at)
        return dict(zip(("failing", "reason", "failed_at", "try_at"), said, strict=True))


def _next(again: datetime | None) -> str:
    if again is not None:
        return f"again at {clock(again)} UTC"
    return "mend it, then: holdline deadletter replay"


def _because(order: Order) -> str:
    return f": {order.reason}" if order.reason else ""
