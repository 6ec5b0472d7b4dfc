"""One detector: on each tick read everything of its source, count, and announce what is certain (S1.1)."""

from contextlib import suppress
from datetime import datetime

from temporalio import workflow
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ActivityError

from workflows.failure import sentence

with workflow.unsafe.imports_passed_through():
    from opentelemetry import trace
    from opentelemetry.context import Context

    from activities.announcing import Announcement, Announcing
    from activities.polling import Polling
    from holdline.domain import attributes, queues, watching
    from holdline.domain.detection import last_tick, next_tick
    from holdline.domain.keys import poll_event, request_id
    from holdline.domain.sweep import News
    from holdline.domain.watching import Adoption, Board, Detection
    from holdline.domain.watchlist import Watchlist
    from holdline.ports import Wanted
    from workflows.console import console
    from workflows.patience import ANNOUNCE, POLL

_STATE = SearchAttributeKey.for_keyword(attributes.STATE)
_TOLD_AT_ONCE = 500
_TRACER = "holdline.workflows"


@workflow.defn(name=watching.DETECTOR)
class DetectorWorkflow:
    """Polls one source for ever; ticks that were missed while no worker ran are not made up for."""

    @workflow.init
    def __init__(self, detection: Detection) -> None:
        self._plan = detection.plan
        self._list = detection.watchlist or Watchlist()
        self._due = next_tick(workflow.now(), self._plan.interval)
        self._asked = detection.watchlist is None
        self._retired = False
        self._ticks = 0

    @workflow.run
    async def run(self, detection: Detection) -> None:
        """Tick until the source is watched no more."""
        while not self._retired:
            self._show()
            await self._wait()
            if self._retired:
                return
            # Each tick is a trace of its own, which the incidents that it opens continue (S3.15).
            with trace.get_tracer(_TRACER).start_as_current_span(f"tick of the {self._plan.source}", Context()):
                await self._tick()
            if self._full(detection) and not self._asked and not self._retired:
                workflow.continue_as_new(Detection(plan=self._plan, watchlist=self._list, ticks=detection.ticks))

    def _full(self, detection: Detection) -> bool:
        """Whether the run is long enough: what a worker that takes it up has to replay stays short."""
        return self._ticks >= detection.ticks or workflow.info().is_continue_as_new_suggested()

    async def _wait(self) -> None:
        """Sleep until the next tick, or until somebody asks."""
        self._due = next_tick(workflow.now(), self._plan.interval)
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._asked or self._retired,
                timeout=self._due - workflow.now(),
                timeout_summary="next look",
            )

    async def _tick(self) -> None:
        at = workflow.now() if self._asked else max(self._due, last_tick(workflow.now(), self._plan.interval))
        due = tuple(group.name for group in self._plan.groups) if self._asked else self._plan.due(at)
        self._asked, self._list.ticked_at, self._ticks = False, at, self._ticks + 1
        if due:
            await self._look(due, at)
        while self._list.pending and await self._announced():
            pass

    async def _look(self, due: tuple[str, ...], at: datetime) -> None:
        plan, missing = self._plan, self._list.missing
        try:
            told: News = await workflow.execute_activity_method(
                Polling.poll,
                self._wanted(due, at),
                task_queue=queues.GENESYS,
                summary=f"look at the {plan.source}",
                **POLL.options(),
            )
        except ActivityError as error:
            self._list.blinded(plan, sentence(error), at)
        else:
            self._list.learn(plan, told, due, at)
        if self._list.missing and self._list.missing != missing:
            named = ", ".join(self._list.missing)
            workflow.logger.warning("[detection.groups] names %s, which none of the %s is", named, plan.source)

    def _wanted(self, due: tuple[str, ...], at: datetime) -> Wanted:
        effect = poll_event(self._plan.source, "all", int(at.timestamp()))
        request = request_id(workflow.info().workflow_id, effect)
        known = self._list.known(due)
        return Wanted(request_id=request, effect=effect, plan=self._plan, due=due, at=at, known=known)

    async def _announced(self) -> bool:
        """Tell the incidents, many at a time; what they did not take is told after the next tick."""
        said = tuple(self._list.pending[:_TOLD_AT_ONCE])
        try:
            await workflow.execute_activity_method(
                Announcing.announce,
                Announcement(observations=said),
                task_queue=queues.INCIDENTS,
                summary=f"announce {len(said)}",
                **ANNOUNCE.options(),
            )
        except ActivityError as error:
            workflow.logger.warning("what was seen of the %s was not taken: %s", self._plan.source, sentence(error))
            return False
        self._list.pending = self._list.pending[len(said) :]
        return True

    def _show(self) -> None:
        """Show the board: current details cost nothing, the search attribute only when it changes."""
        board = self._board()
        workflow.set_current_details(console(board))
        state = board.standing.value
        if workflow.info().typed_search_attributes.get(_STATE) != state:
            workflow.upsert_search_attributes([_STATE.value_set(state)])

    def _board(self) -> Board:
        known = self._list
        return Board(
            plan=self._plan,
            ticked_at=known.ticked_at,
            read_at=known.read_at,
            next_at=self._due,
            seen=known.seen,
            entities=tuple(known.tallies.values()),
            blind=known.sight.blind,
            gaps=known.sight.gaps,
            missing=known.missing,
            waiting=len(known.pending),
        )

    @workflow.signal(name=watching.ADOPT)
    def adopt(self, adoption: Adoption) -> None:
        """Follow the plan of the configuration as it is now."""
        if adoption.lost:
            self._list.sight.said_at = self._list.sight.said_at or workflow.now()
        if adoption.plan != self._plan:
            self._plan = adoption.plan
            self._list.adopt(adoption.plan)
            self._asked = True

    @workflow.signal(name=watching.POLL)
    def poll(self) -> None:
        """Look now: something may have been missed."""
        self._asked = True

    @workflow.signal(name=watching.RETIRE)
    def retire(self) -> None:
        """The source is watched no more."""
        self._retired = True

    @workflow.query(name=watching.BOARD)
    def board(self) -> Board:
        """What is known now."""
        return self._board()
