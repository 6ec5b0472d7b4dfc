"""Repair: at most three attempts, the inverse registered before each change, then hands off (S1.7)."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.desk import Desk
from workflows.failure import Cause, cause, sentence

with workflow.unsafe.imports_passed_through():
    from activities.readings import Reading, Readings
    from activities.remediation import Changing, Remediation
    from holdline.domain.case import ChangeRecord
    from holdline.domain.lifecycle import Move, State
    from holdline.domain.queues import GENESYS
    from holdline.domain.route import Outcome, Route, RouteChange, Situation, plan
    from holdline.domain.runbook import Action
    from holdline.domain.timeline import Fact
    from workflows.patience import CHANGE, READ


class GiveUp(Exception):
    """Automation stops touching the entity, for the reason given."""


class Repair:
    """Puts a healthy carrier first on every route that uses the failing one."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._case = desk.case
        self._rule = desk.runbook.remediation

    async def run(self) -> None:
        """Leave STABILIZED and REMEDIATING for MONITORING, or for HANDED_OVER."""
        if self._case.state is State.STABILIZED:
            self._begin()
        while self._case.state is State.REMEDIATING and not self._desk.over:
            try:
                await self._attempt()
            except GiveUp as reason:
                self._hand_over(str(reason))
        self._desk.publish()

    def _begin(self) -> None:
        if self._rule.action is Action.NOTHING:
            self._desk.move(Move.WATCH, "the runbook repairs nothing")
        else:
            self._desk.move(Move.REMEDIATE, "a healthy carrier goes first on the site's outbound route")

    async def _attempt(self) -> None:
        if self._case.attempts >= self._rule.attempts:
            raise GiveUp(f"{self._case.attempts} of {self._rule.attempts} attempts have failed")
        self._allowed()
        self._case.attempts += 1
        self._case.last_attempt_at = workflow.now()
        try:
            await self._change_routes()
        except ActivityError as error:
            await self._failed(error)

    async def _change_routes(self) -> None:
        # The gate belongs around this section: the lock of the entity and the cap of concurrent
        # remediations (S3.8, S1.8). Paging and ticketing never wait for it.
        situation = await self._situation()
        plans = [(route, plan(route, situation.carrier)) for route in situation.routes]
        useful = [(route, each.wanted) for route, each in plans if each.wanted]
        self._look(situation)
        if not useful and not any(each.outcome is Outcome.APPLIED for each in self._case.changes):
            raise GiveUp("; ".join(each.reason for _, each in plans) or "no enabled route of its site uses the trunk")
        for route, wanted in useful:
            self._allowed()
            if self._desk.over:
                return
            await self._change(route, wanted)
        self._repaired()

    def _allowed(self) -> None:
        if self._case.held_by is not None:
            raise GiveUp(f"{self._case.held_by} holds the automation")

    def _look(self, situation: Situation) -> None:
        """Settle what was unknown where the route reads as it was wanted."""
        orders = {route.id: route.order for route in situation.routes}
        for record in [each for each in self._case.changes if each.outcome is Outcome.UNKNOWN]:
            if orders.get(record.change.route_id) == record.change.wanted:
                self._settle(record, Outcome.APPLIED)
                self._desk.note(Fact.CHANGED, f"{record.change.label}: found in force after an unknown outcome")

    async def _situation(self) -> Situation:
        known, self._desk.situation = self._desk.situation, None
        if known is not None:
            return known
        effect = self._case.key.effect(f"read.{self._case.attempts}", "routes")
        reading = Reading(request_id=self._desk.request(effect), effect=effect, entity=self._case.entity)
        situation: Situation = await self._desk.call(
            Readings.read_routes, reading, GENESYS, "which routes use the trunk?", **READ.options()
        )
        return situation

    async def _change(self, route: Route, wanted: tuple[str, ...]) -> None:
        record = self._register(route, wanted)
        changing = Changing(
            request_id=self._desk.request(record.change.effect), effect=record.change.effect, change=record.change
        )
        try:
            receipt = await self._desk.call(
                Remediation.change_route, changing, GENESYS, record.change.label, **CHANGE.options()
            )
        except ActivityError as error:
            self._settle(record, Outcome.UNKNOWN if cause(error) is Cause.UNKNOWN else Outcome.LEFT)
            raise
        self._settle(record, Outcome.APPLIED)
        found = " (an earlier attempt had done it)" if receipt.adopted else ""
        self._desk.note(Fact.CHANGED, f"{record.change.label}, read back as version {receipt.version}{found}")

    def _register(self, route: Route, wanted: tuple[str, ...]) -> ChangeRecord:
        effect = self._case.key.effect("route", route.id)
        names = {carrier.id: carrier.label for carrier in route.carriers}
        change = RouteChange(
            site_id=route.site_id,
            route_id=route.id,
            label=f"route {route.name or route.id}: {names[wanted[0]]} first",
            expected=route.order,
            wanted=wanted,
            effect=effect,
        )
        inverse = change.inverse(self._case.key.effect("revert", route.id)).model_copy(
            update={"label": f"route {route.name or route.id}: {names[route.order[0]]} first again"}
        )
        record = ChangeRecord(change=change, inverse=inverse, at=workflow.now())
        # A further attempt at the same effect takes the place of the one before.
        self._case.changes = [each for each in self._case.changes if each.change.effect != effect] + [record]
        return record

    def _settle(self, record: ChangeRecord, outcome: Outcome) -> None:
        settled = record.model_copy(update={"outcome": outcome})
        self._case.changes = [settled if each is record else each for each in self._case.changes]

    def _repaired(self) -> None:
        self._case.repaired_at = workflow.now()
        if self._case.state is State.REMEDIATING:
            self._desk.move(Move.WATCH, "the route is changed and verified; waiting for the trunk to recover")

    async def _failed(self, error: ActivityError) -> None:
        if cause(error) in (Cause.REFUSED, Cause.CONFLICT):
            raise GiveUp(sentence(error)) from None
        count = f"attempt {self._case.attempts} of {self._rule.attempts}"
        self._desk.note(Fact.RETRIED, f"{count} failed: {sentence(error)}")
        pause = workflow.now() + self._rule.pause * 2 ** (self._case.attempts - 1)
        if self._case.attempts < self._rule.attempts:
            await self._desk.until(lambda: self._desk.over, pause, "pause before the next attempt")

    def _hand_over(self, reason: str) -> None:
        if any(each.outcome is Outcome.UNKNOWN for each in self._case.changes):
            self._desk.note(Fact.UNKNOWN, "the outcome of a change is unknown: look at the route")
        if self._case.state is State.REMEDIATING:
            self._desk.move(Move.HAND_OVER, f"automation stops: {reason}")
