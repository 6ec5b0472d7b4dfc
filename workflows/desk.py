"""The incident desk: the case, the inbox, the clock and the boards that people watch."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributeUpdate
from temporalio.exceptions import ActivityError, FailureError, is_cancelled_exception

from workflows.passage import Passage

with workflow.unsafe.imports_passed_through():
    from holdline.domain import attributes, queues
    from holdline.domain.case import Case
    from holdline.domain.change import Plan
    from holdline.domain.incident import ALWAYS_READABLE, Severity, worst
    from holdline.domain.keys import mark, request_id
    from holdline.domain.lifecycle import OVER, Move, advance
    from holdline.domain.messages import Order
    from holdline.domain.observation import Observation, Verdict
    from holdline.domain.runbook import ActionRule
    from holdline.domain.storm import Storm
    from holdline.domain.timeline import Entry, Fact, appended
    from workflows.card import card
    from workflows.failure import Cause, cause, sentence, throttling

_TEXT = {name: SearchAttributeKey.for_keyword(name) for name in attributes.KEYWORDS}
_NUMBER = {name: SearchAttributeKey.for_int(name) for name in attributes.INTEGERS}


class Desk:
    """What the parts of an incident share; handlers put things on it, the parts take them off."""

    def __init__(self, order: Order) -> None:
        self.runbook = order.runbook
        self.case = order.case or _opened(order)
        # An incident that an older release opened has no word about storms: it pages for itself.
        self.knows_storms = "storm" in order.runbook.model_fields_set
        self.bounded = order.bounded
        self.marked = order.marked
        self.reads = order.reads or order.kind in ALWAYS_READABLE
        self.passage = Passage(claims_of(self.case, workflow.info().first_execution_run_id), self.case.passages)
        self.in_turn = False
        self.moving_on = False
        self.cancelled = False
        self.plan: Plan | None = None
        self.planned: ActionRule | None = None
        self.unlooked = False
        self.effects = 0

    @property
    def ended(self) -> bool:
        """Whether the response has ended: resolved or transient."""
        return self.case.state in OVER

    @property
    def over(self) -> bool:
        """Whether the parts of the response return: it has ended, or is about to continue as new."""
        return self.ended or self.moving_on

    @property
    def failing_again(self) -> bool:
        """Whether a failure waits in the inbox: winding down stops until it has been looked at."""
        return any(observation.verdict is Verdict.BREACH for observation in self.case.inbox)

    def move(self, move: Move, reason: str) -> None:
        """Move through the lifecycle table and say why."""
        self.case.state = advance(self.case.state, move)
        if self.ended:
            self.case.over_at = workflow.now()
        self.note(Fact.STATE, f"{self.case.state}: {reason}")

    def note(self, fact: Fact, text: str) -> None:
        """Write a row of the timeline."""
        self.case.timeline = appended(self.case.timeline, Entry(at=workflow.now(), fact=fact, text=text))
        workflow.set_current_details(card(self.case, self.runbook))

    def worsen(self, severity: Severity, reason: str) -> None:
        """Take the worst severity that was seen, and say so."""
        before = self.case.severity
        self.case.severity = worst(before, severity)
        if self.case.event_id and self.case.severity is not before:
            self.note(Fact.SEEN, f"it is {self.case.severity} now: {reason}")

    def request(self, effect: str) -> str:
        """The X-Request-ID of a call for this effect."""
        return request_id(self.case.event_id, effect)

    async def until(self, ready: Callable[[], bool], at: datetime | None, summary: str) -> None:
        """Wait for a change that makes `ready` true, or for the instant `at`; None waits for the change alone."""
        self.publish()
        patience = None if at is None else at - workflow.now()
        if patience is not None and patience.total_seconds() <= 0:
            return
        with suppress(TimeoutError):
            await workflow.wait_condition(ready, timeout=patience, timeout_summary=summary if at else None)

    async def changed(self, what: Callable[[], object], at: datetime | None, summary: str) -> None:
        """Wait until `what` is not what it is now, until it is over, or for the instant `at`.

        Naming what matters keeps the timer: a wake-up for anything else would cancel it and cost two events.
        """
        before = what()
        await self.until(lambda: self.over or what() != before, at, summary)

    def take(self) -> list[Observation]:
        """Empty the inbox."""
        taken, self.case.inbox = self.case.inbox, []
        return taken

    async def call(self, activity: Callable[..., Any], argument: Any, queue: str, summary: str, **options: Any) -> Any:
        """Run an activity; continue-as-new waits for it."""
        return await self.call_unless(None, activity, argument, queue, summary, **options)

    async def call_unless(
        self,
        stop: Callable[[], bool] | None,
        activity: Callable[..., Any],
        argument: Any,
        queue: str,
        summary: str,
        **options: Any,
    ) -> Any:
        """Run an activity until `stop` says so: no other attempt is made then; raises ActivityError."""
        self.effects += 1
        try:
            running = workflow.start_activity_method(activity, argument, task_queue=queue, summary=summary, **options)
            if stop is not None:
                await workflow.wait_condition(lambda: running.done() or stop())
            if stop is not None and not running.done():
                running.cancel()
            return await running
        except ActivityError as error:
            if is_cancelled_exception(error) and workflow.cancellation_reason() is not None and not self.cancelled:
                # The whole incident is to end, not this call alone: whoever made it must not go on.
                raise asyncio.CancelledError from error
            self._heard_of(queue, error)
            raise
        finally:
            self.effects -= 1

    def _heard_of(self, queue: str, error: ActivityError) -> None:
        """Remember a credential that was refused, an incident of its own (S1.9); tell of a vendor's rate (S3.12)."""
        credential = queues.credential_of(queue)
        if credential is not None and cause(error) is Cause.CREDENTIAL:
            self.case.refused = {**self.case.refused, credential: sentence(error)}
        wait = throttling(error)
        if wait is not None:
            self.note(Fact.THROTTLED, f"{sentence(error)}; again at {workflow.now() + wait:%H:%M:%S} UTC")

    async def tell(self, workflow_id: str, signal: str, argument: Any) -> None:
        """Signal another incident; one that has ended meanwhile needs no word."""
        self.effects += 1
        try:
            await workflow.get_external_workflow_handle(workflow_id).signal(signal, argument)
        except FailureError:
            workflow.logger.info("%s could not be told: it has ended", workflow_id)
        finally:
            self.effects -= 1

    def show_site(self) -> None:
        """Show the site at once, where Genesys and not the event has told it: others look for it now."""
        if self._news(site := _site(self.case)):
            workflow.upsert_search_attributes(self._news(site))

    def publish(self) -> None:
        """Show the state: current details cost nothing, search attributes only what has changed.

        While an effect is under way the next state is a moment ahead; it is shown then, for one event instead of two.
        """
        workflow.set_current_details(card(self.case, self.runbook))
        if self.effects:
            return
        # The site alone is not worth an event.
        if news := self._news(*_attributes(self.case)):
            workflow.upsert_search_attributes([*news, *self._news(_site(self.case))])

    def _news(self, texts: dict[str, str], numbers: dict[str, int] | None = None) -> list[SearchAttributeUpdate[Any]]:
        shown = workflow.info().typed_search_attributes
        return [
            *(_TEXT[name].value_set(text) for name, text in texts.items() if shown.get(_TEXT[name]) != text),
            *(_NUMBER[name].value_set(n) for name, n in (numbers or {}).items() if shown.get(_NUMBER[name]) != n),
        ]


def claims_of(case: Case, first_run: str) -> str:
    """What the claims of an episode begin with; no other one, of whatever day, has the same."""
    return f"{case.workflow_id}:{case.epoch}:{mark(first_run)}"


def _opened(order: Order) -> Case:
    info = workflow.info()
    return Case(
        workflow_id=info.workflow_id,
        kind=order.kind,
        entity=order.entity,
        epoch=order.epoch,
        opened_at=workflow.now(),
        mark=mark(info.first_execution_run_id),
        storm=Storm() if order.storm else None,
    )


def _site(case: Case) -> dict[str, str]:
    return {attributes.SITE: case.entity.site} if case.entity.site else {}


def _attributes(case: Case) -> tuple[dict[str, str], dict[str, int]]:
    texts = {
        attributes.STATE: case.state.value,
        attributes.SEVERITY: case.severity.value,
        attributes.ACKED_BY: case.acknowledgement.by if case.acknowledgement else "nobody",
        attributes.ACK_CODE: case.key.ack_code(),
    }
    return texts, {attributes.TIER: case.ladder.tier if case.ladder else 0, attributes.RETRIES: case.attempts}
