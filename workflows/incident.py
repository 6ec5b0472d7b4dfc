"""One incident: confirm, page and repair side by side, watch, put back, close; the runbook as it is on paper."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows.closing import Closing
from workflows.confirmation import Confirmation
from workflows.consent import Consent
from workflows.credentials import Refusals
from workflows.desk import Desk
from workflows.hearing import Hearing
from workflows.ladder import Escalation
from workflows.orders import Orders
from workflows.parent import Parent
from workflows.repair import Repair
from workflows.rooms import Rooms
from workflows.ticketing import Ticketing
from workflows.watch import Watch

with workflow.unsafe.imports_passed_through():
    from holdline.domain import messages
    from holdline.domain.approval import Voice
    from holdline.domain.lifecycle import OVER, State
    from holdline.domain.messages import (
        Answer,
        Decision,
        Membership,
        Observed,
        Order,
        Reply,
        Request,
        Snapshot,
        Word,
    )
    from holdline.domain.ticket_messages import TICKETED, Ticketed
    from workflows.snapshot import snapshot


@workflow.defn(name=messages.WORKFLOW)
class IncidentWorkflow:
    """The life of one cause on one entity; a run is one episode, re-openings inside the linger window included."""

    @workflow.init
    def __init__(self, order: Order) -> None:
        self._desk = Desk(order)
        self._hearing = Hearing(self._desk)
        self._consent = Consent(self._desk)
        self._orders = Orders(self._desk)

    @workflow.run
    async def run(self, order: Order) -> Snapshot:
        """Run to the end and return the story."""
        suggested = asyncio.create_task(self._move_on_when_suggested())
        try:
            while not await self._phase():
                if self._desk.moving_on:
                    await self._continue(order)
        except asyncio.CancelledError:
            if workflow.cancellation_reason() is None:
                # The worker forgets the workflow, to take it up again from its history.
                raise
            suggested.cancel()
            await Closing(self._desk).cancelled()
            raise
        suggested.cancel()
        self._desk.case.closed_at = workflow.now()
        self._desk.publish()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return snapshot(self._desk.case, self._desk.runbook)

    async def _phase(self) -> bool:
        if self._desk.case.state in OVER:
            return await Closing(self._desk).run()
        if self._desk.case.storm is not None:
            await asyncio.gather(
                Parent(self._desk).run(), Escalation(self._desk).run(), Refusals(self._desk).run(), *self._tell()
            )
        elif self._desk.case.state is State.DETECTED:
            await Confirmation(self._desk).run()
        else:
            await self._respond()
        return False

    async def _respond(self) -> None:
        """Page, repair and watch side by side, until it is over."""
        await asyncio.gather(
            Escalation(self._desk).run(),
            Repair(self._desk, self._consent).run(),
            Watch(self._desk).run(),
            Refusals(self._desk).run(),
            *self._tell(),
        )

    def _tell(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """Keep what people read elsewhere true: the ticket, and the messages in rooms."""
        return Ticketing(self._desk).run(), Rooms(self._desk).run()

    async def _move_on_when_suggested(self) -> None:
        await workflow.wait_condition(
            lambda: workflow.info().is_continue_as_new_suggested() and self._desk.effects == 0
        )
        self._desk.moving_on = True

    async def _continue(self, order: Order) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        workflow.continue_as_new(order.model_copy(update={"case": self._desk.case}))

    @workflow.signal(name=messages.OBSERVE)
    def observe(self, observed: Observed) -> None:
        """Something was seen."""
        self._hearing.observe(observed)

    @workflow.signal(name=messages.ANSWER)
    def answer(self, answer: Answer) -> None:
        """A person did something at a vendor."""
        self._hearing.answer(answer)

    @workflow.signal(name=messages.MEMBER)
    def member(self, said: Membership) -> None:
        """An incident is one of many, or is over."""
        self._hearing.member(said)

    @workflow.signal(name=TICKETED)
    def ticketed(self, said: Ticketed) -> None:
        """The keeper of the ticket says what became of it."""
        self._hearing.ticketed(said)

    @workflow.signal(name=messages.WORD)
    def word(self, word: Word) -> None:
        """The parent of many says something."""
        self._hearing.word(word)

    @workflow.update(name=messages.ACKNOWLEDGE)
    def acknowledge(self, request: Request) -> Reply:
        """A person takes the incident."""
        return self._orders.once(lambda: self._hearing.acknowledge(request))

    @workflow.update(name=messages.HOLD)
    def hold(self, request: Request) -> Reply:
        """A person stops automation: nothing more is changed and nothing put back."""
        return self._orders.once(lambda: self._hearing.hold(request))

    @workflow.update(name=messages.RESOLVE)
    def resolve(self, request: Request) -> Reply:
        """A person says that it is over."""
        return self._orders.once(lambda: self._hearing.resolve(request))

    @workflow.update(name=messages.ESCALATE)
    def escalate(self, request: Request) -> Reply:
        """A person asks the next tier at once."""
        return self._orders.once(lambda: self._hearing.escalate(request))

    @workflow.update(name=messages.APPROVE)
    async def approve(self, decision: Decision) -> Reply:
        """A person allows what waits for approval."""
        return await self._orders.settled(lambda: self._consent.decide(Voice.APPROVE, decision))

    @workflow.update(name=messages.DENY)
    async def deny(self, decision: Decision) -> Reply:
        """A person forbids what waits for approval."""
        return await self._orders.settled(lambda: self._consent.decide(Voice.DENY, decision))

    @approve.validator
    def _what_is_approved(self, decision: Decision) -> None:
        self._stands(decision)

    @deny.validator
    def _what_is_denied(self, decision: Decision) -> None:
        self._stands(decision)

    def _stands(self, decision: Decision) -> None:
        if not self._orders.again:
            self._consent.validate(decision)

    @acknowledge.validator
    def _who(self, request: Request) -> None:
        _named(request)

    @hold.validator
    def _who_holds(self, request: Request) -> None:
        _named(request)

    @resolve.validator
    def _who_resolves(self, request: Request) -> None:
        _named(request)

    @escalate.validator
    def _who_escalates(self, request: Request) -> None:
        _named(request)
        if self._desk.ended and not self._orders.again:
            raise ApplicationError(f"the incident is {self._desk.case.state} already", type="Refused")

    @workflow.query(name=messages.SNAPSHOT)
    def snapshot(self) -> Snapshot:
        """Everything an operator asks about the incident."""
        return snapshot(self._desk.case, self._desk.runbook)


def _named(request: Request) -> None:
    if not request.by.strip():
        raise ApplicationError("say who you are: the name is empty", type="Refused")
