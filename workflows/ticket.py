"""The keeper of one ticket: it says what the incident briefs it to, once, however long its system is away (S4)."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from workflows.ledger import Ledger

with workflow.unsafe.imports_passed_through():
    from activities.ticketing import Opened, Reconciled, Ticketing, Updated
    from holdline.domain import keys, ticket_messages
    from holdline.domain.duration import say
    from holdline.domain.messages import Reply
    from holdline.domain.queues import of_tickets
    from holdline.domain.ticket import Stage
    from holdline.domain.ticket_messages import Book, Brief, Letter, Order, Record, Standing, TicketInput
    from holdline.ports import TicketOrder, TicketReceipt
    from workflows.markdown import clock
    from workflows.patience import READ, TICKET


@workflow.defn(name=ticket_messages.WORKFLOW)
class TicketWorkflow:
    """One ticket of one episode. The latest brief counts; an order in doubt is repeated as it was."""

    @workflow.init
    def __init__(self, order: TicketInput) -> None:
        self._order = order
        self._book = order.book or Book()
        self._ledger = Ledger(order, self._book)

    @workflow.run
    async def run(self, order: TicketInput) -> Letter:
        """Keep the ticket until it is closed for good, or dropped."""
        while not self._over:
            if workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(order.model_copy(update={"book": self._book}))
            await self._step()
        if self._book.standing is Standing.KEPT:
            self._ledger.stand(Standing.CLOSED)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._ledger.letter()

    @property
    def _over(self) -> bool:
        book, brief = self._book, self._book.brief
        if book.standing is Standing.DROPPED:
            return True
        if brief is None or brief.number > book.told or book.reconcile_at is not None or book.doubt is not None:
            return False
        return brief.last

    async def _step(self) -> None:
        deliver, reconcile = self._deliver_at(), self._reconcile_at()
        now = workflow.now()
        if deliver is not None and deliver <= now:
            await self._deliver()
        elif reconcile is not None and reconcile <= now:
            await self._reconcile()
        else:
            self._pauses(deliver)
            await self._wait(min(filter(None, (deliver, reconcile)), default=None))

    def _pauses(self, until: datetime | None) -> None:
        """Note once for each call that what changes after it is told together (S4.5)."""
        book, pace = self._book, self._order.rule.pace
        if until is not None and book.failing is None and book.paused_at != book.called_at:
            book.paused_at = book.called_at
            self._ledger.note(f"no call within {say(pace)} of the one before: told together at {clock(until)} UTC")

    async def _wait(self, until: datetime | None) -> None:
        before = self._changing()
        patience = None if until is None else until - workflow.now()
        with suppress(asyncio.TimeoutError):
            await workflow.wait_condition(lambda: self._changing() != before, timeout=patience)

    def _changing(self) -> tuple[object, ...]:
        number = 0 if self._book.brief is None else self._book.brief.number
        return number, self._book.standing, self._book.try_at, self._book.reconcile_at

    def _deliver_at(self) -> datetime | None:
        """When the next order may go out; None where there is none, or a human must look first (S4.3)."""
        book = self._book
        if book.brief is None or book.brief.number <= book.told:
            return None
        if book.failing is not None:
            return book.try_at
        return workflow.now() if book.called_at is None else book.called_at + self._order.rule.pace

    def _reconcile_at(self) -> datetime | None:
        return None if self._book.record is None else self._book.reconcile_at

    async def _deliver(self) -> None:
        sending = self._sending()
        order, record = self._written(sending), self._book.record
        self._book.called_at, self._book.try_at = workflow.now(), None
        try:
            if record is None:
                receipt = await self._call(Ticketing.open, order, "open the ticket")
            elif sending.stage is Stage.RESOLVED:
                receipt = await self._call(Ticketing.close, order, f"close {record.name}")
            else:
                receipt = await self._call(Ticketing.update, order, f"update {record.name}")
        except ActivityError as error:
            await self._ledger.failed(error)
            return
        await self._took(sending, receipt)

    def _sending(self) -> Brief:
        """The brief to deliver: one whose outcome is in doubt goes again as it was, and newer ones wait for it."""
        book = self._book
        if book.sending is None or not book.doubtful:
            assert book.brief is not None
            book.sending = book.brief.model_copy(update={"note": ""})
            book.saying, book.notes = ticket_messages.latest([*book.saying, *book.notes]), []
        return book.sending

    def _written(self, sending: Brief) -> TicketOrder:
        book, key = self._book, self._order.key
        step = "open" if book.record is None else f"brief{sending.number}"
        effect = key.effect("ticket", step)
        note = "\n".join(book.saying)
        return TicketOrder(
            request_id=keys.request_id(self._order.event_id, effect),
            effect=effect,
            key=key.ticket_key(self._order.mark),
            facts=sending.facts | {"note": note},
            stage=sending.stage,
            record="" if book.record is None else book.record.id,
            note=note,
            tag=keys.tag(effect),
            # A vendor that has refused is believed, and looked at all the same.
            again=book.doubtful or book.failing is not None or book.minimal,
            minimal=book.minimal,
            reopen=book.closed and sending.stage is not Stage.RESOLVED,
        )

    async def _call(self, activity: Callable[..., Any], order: TicketOrder, summary: str) -> TicketReceipt:
        receipt: TicketReceipt = await workflow.execute_activity_method(
            activity,
            order,
            task_queue=of_tickets(self._order.rule.system),
            summary=summary,
            **TICKET.options(),
        )
        return receipt

    async def _took(self, sending: Brief, receipt: TicketReceipt) -> None:
        book, opened = self._book, self._book.record is None
        book.record = self._recorded(receipt)
        if isinstance(receipt, Opened) and receipt.doubtful:
            book.reconcile_at = book.reconcile_at or workflow.now() + self._order.rule.reconcile
        book.closed = sending.stage is Stage.RESOLVED and not opened
        # What was opened for an incident that is over already must still be closed; an adopted one may say less.
        unsaid = opened and (receipt.adopted or sending.stage is Stage.RESOLVED)
        book.told = sending.number - 1 if unsaid else sending.number
        book.saying, book.sending, book.doubtful = [], None, False
        await self._ledger.took(sending, receipt, opened)

    def _recorded(self, receipt: TicketReceipt) -> Record:
        """The ticket, and whom the system itself gave it to, when it was opened or we have opened it again."""
        record = self._book.record
        if record is None:
            taker = receipt.taker if isinstance(receipt, Opened) else ""
            return Record(id=receipt.id, number=receipt.number, url=receipt.url, taker=taker)
        if isinstance(receipt, Updated) and receipt.taker is not None:
            return record.model_copy(update={"taker": receipt.taker})
        return record

    async def _reconcile(self) -> None:
        record = self._book.record
        assert record is not None
        order = self._written(self._book.sending or self._latest()).model_copy(update={"note": ""})
        self._book.reconcile_at, self._book.answered = None, False
        try:
            found: Reconciled = await workflow.execute_activity_method(
                Ticketing.reconcile,
                order,
                task_queue=of_tickets(self._order.rule.system),
                summary=f"is {record.name} the only one?",
                **READ.options(),
            )
        except ActivityError as error:
            await self._ledger.unreconciled(error)
            return
        await self._ledger.reconciled(found)

    def _latest(self) -> Brief:
        assert self._book.brief is not None
        return self._book.brief

    @workflow.signal(name=ticket_messages.BRIEF)
    def brief(self, brief: Brief) -> None:
        """The incident says what its ticket is to say from now on."""
        if self._book.brief is not None and brief.number <= self._book.brief.number:
            return
        self._book.brief = brief
        if brief.stage is Stage.RESOLVED and self._book.record is None and self._book.called_at is None:
            # It was over before anything was opened: nothing is to be told.
            self._book.told = brief.number
        if brief.note:
            self._book.notes = ticket_messages.latest([*self._book.notes, brief.note])

    @workflow.update(name=ticket_messages.REPLAY)
    def replay(self, order: Order) -> Reply:
        """Deliver a dead letter now, or look for others of it: somebody has mended what was wrong."""
        if self._book.standing is not Standing.DEAD_LETTER:
            return Reply(changed=False, text=f"nothing waits here: the ticket is {self._book.standing}")
        done = self._ledger.replayed(order)
        return Reply(changed=True, text=f"{done}; ask for it again to see what became of it")

    @workflow.update(name=ticket_messages.DROP)
    async def drop(self, order: Order) -> Reply:
        """Give a dead letter up: no ticket is written for this episode any more, or nobody looks for another one."""
        if self._book.standing is not Standing.DEAD_LETTER:
            return Reply(changed=False, text=f"nothing waits here: the ticket is {self._book.standing}")
        return Reply(changed=True, text=f"dropped: {await self._ledger.given_up(order)}")

    @replay.validator
    def _who_replays(self, order: Order) -> None:
        _named(order)

    @drop.validator
    def _who_drops(self, order: Order) -> None:
        _named(order)

    @workflow.query(name=ticket_messages.LETTER)
    def letter(self) -> Letter:
        """How the ticket stands, with everything that is needed to deliver it."""
        return self._ledger.letter()


def _named(order: Order) -> None:
    if not order.by.strip():
        raise ApplicationError("say who you are: the name is empty", type="Refused")
