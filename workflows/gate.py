"""The gate: one change at a time on each entity and a handful in all, for every worker (S1.8, S3.8)."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from temporalio import workflow
from temporalio.exceptions import ApplicationError, is_cancelled_exception
from temporalio.exceptions import FailureError as Undelivered

with workflow.unsafe.imports_passed_through():
    from holdline.domain import gate_messages as messages
    from holdline.domain.book import Book
    from holdline.domain.claim import Claim, Grant, Suggestion
    from holdline.domain.gate import Limits
    from holdline.domain.gate_messages import Answer, Board, CapOrder, FreeOrder, Opening, Reached, Release, unsigned
    from holdline.domain.messages import Reply
    from workflows.board import board, poster


# Going on as new may be refused because somebody has just claimed; the history is then replayed while all wait.
_LONG: Final = 500


@workflow.defn(name=messages.WORKFLOW)
class GateWorkflow:
    """Answers claims by the signal `granted`, the worst first; a lock that is not given back is freed at lease end."""

    @workflow.init
    def __init__(self, opening: Opening) -> None:
        quiet_until = workflow.now() + opening.quiet if opening.quiet else None
        self._book = opening.book or Book.opened(opening.limits, quiet_until)
        self._ledger = self._book.ledger
        self._news = True
        self._telling: set[asyncio.Task[None]] = set()

    @workflow.run
    async def run(self, opening: Opening) -> None:
        """Answer claims until the history is long, then go on as new."""
        clock = asyncio.create_task(self._watch_the_clock())
        while not (self._long and not self._telling):
            if self._news and not self._long:
                self._answer()
            await workflow.wait_condition(lambda: self._long or self._news)
            if self._long:
                await workflow.wait_condition(lambda: not self._telling)
        clock.cancel()
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(opening.model_copy(update={"book": self._book, "quiet": timedelta(0)}))

    @property
    def _long(self) -> bool:
        info = workflow.info()
        return info.is_continue_as_new_suggested() or info.get_current_history_length() >= _LONG

    def _answer(self) -> None:
        """Answer everybody at once: one holder after the other would wait for the one before."""
        self._news = False
        for answer in self._ledger.answers(workflow.now()):
            self._start(answer)
        workflow.set_current_details(poster(self._board()))

    def _answer_to(self, claim: Claim) -> Grant | Suggestion | None:
        """Answer everybody, and return what this claim is answered with instead of telling it."""
        held = self._ledger.enter(claim, workflow.now())
        mine: Grant | Suggestion | None = held
        for answer in self._ledger.answers(workflow.now()):
            if answer.claim.id == claim.id:
                mine = answer
            else:
                self._start(answer)
        return mine

    def _start(self, answer: Grant | Suggestion) -> None:
        telling = asyncio.create_task(self._tell(answer))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _tell(self, answer: Grant | Suggestion) -> None:
        claim = answer.claim
        try:
            await workflow.get_external_workflow_handle(claim.holder).signal(messages.GRANTED, _reached(answer))
        except Undelivered as error:
            if is_cancelled_exception(error):
                raise
            # The holder does not exist any more, or takes no more signals.
            self._ledger.drop(claim)
            self._news = True

    async def _watch_the_clock(self) -> None:
        """Wake at the next lease end; a lease that was given back leaves the timer as it is, which costs less."""
        while True:
            await workflow.wait_condition(lambda: not self._news and self._due is not None)
            due = self._due
            assert due is not None
            with suppress(TimeoutError):
                patience = due - workflow.now()
                await workflow.wait_condition(
                    partial(self._sooner, due), timeout=patience, timeout_summary="a lease ends"
                )
            self._news = True

    @property
    def _due(self) -> datetime | None:
        return self._ledger.next_at(workflow.now())

    def _sooner(self, than: datetime) -> bool:
        return self._due is not None and self._due < than

    def _board(self) -> Board:
        return board(self._book, workflow.now())

    @workflow.signal(name=messages.CLAIM)
    def claim(self, claim: Claim) -> None:
        """Somebody wants to change something; whoever has the grant already is told again."""
        held = self._ledger.enter(claim, workflow.now())
        if held is not None:
            self._start(held)
        self._news = True

    @workflow.update(name=messages.ASK)
    def ask(self, claim: Claim) -> Answer:
        """The same with an answer, if there is one now; whoever waits in line is told by signal, as ever.

        So is whoever has said it before: who asks may have stopped listening for the answer and said it by signal.
        """
        repeated = self._ledger.knows(claim.id)
        answer = self._answer_to(claim)
        if repeated and answer is not None:
            self._start(answer)
        self._news = True
        return Answer(reached=None if answer is None else _reached(answer))

    @workflow.signal(name=messages.RELEASE)
    def release(self, release: Release) -> None:
        """A change is done, or not wanted any more."""
        self._ledger.leave(release.claim, release.holder, workflow.now(), release.changed)
        self._news = True

    @workflow.signal(name=messages.ADOPT)
    def adopt(self, limits: Limits) -> None:
        """A worker has started; its configuration may be a new one."""
        longest = self._book.longest
        if self._book.adopt(limits, workflow.now()):
            self._news = True
        if self._book.longest > longest:
            workflow.upsert_memo({messages.LEASE_MEMO: self._book.longest.total_seconds()})

    @workflow.update(name=messages.SET_CAP)
    def set_cap(self, order: CapOrder) -> Reply:
        """An operator says how many changes may be made at once."""
        before = self._ledger.cap
        text = self._book.set_cap(order.cap, order.by, order.reason, workflow.now())
        self._news = True
        return Reply(changed=before != self._ledger.cap, text=text)

    @set_cap.validator
    def _sensible(self, order: CapOrder) -> None:
        if fault := order.fault:
            raise ApplicationError(fault, type="Refused")

    @workflow.update(name=messages.FREE)
    def free(self, order: FreeOrder) -> Reply:
        """An operator takes a lock from its holder."""
        taken, text = self._book.free(order.resource, order.by, order.reason, workflow.now())
        self._news = True
        return Reply(changed=taken is not None, text=text)

    @free.validator
    def _signed(self, order: FreeOrder) -> None:
        if fault := unsigned(order.by, order.reason):
            raise ApplicationError(fault, type="Refused")

    @workflow.query(name=messages.BOARD)
    def board(self) -> Board:
        """Who holds what, who waits, and how far automation has reached."""
        return self._board()


def _reached(answer: Grant | Suggestion) -> Reached:
    granted = answer if isinstance(answer, Grant) else None
    return Reached(claim=answer.claim.id, grant=granted, reason="" if isinstance(answer, Grant) else answer.reason)
