"""Watch: recovery needs two healthy observations in a row; a change is put back after a calm while (S3.6, S3.7)."""

from datetime import datetime, timedelta

from temporalio import workflow

from workflows.desk import Desk
from workflows.reading import read, readable
from workflows.revert import Revert

with workflow.unsafe.imports_passed_through():
    from holdline.domain.case import ChangeRecord
    from holdline.domain.change import Outcome
    from holdline.domain.lifecycle import Move, State
    from holdline.domain.observation import Observation, Verdict
    from holdline.domain.recovery import Convalescence, why_held
    from holdline.domain.timeline import Fact


# What cannot be read is looked at again all the same: a calm flapping is over some time.
UNREADABLE = timedelta(days=1)


class Watch:
    """Follows what is observed, reads for itself where nothing comes, and declares recovery."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._case = desk.case
        self._rule = desk.runbook.recovery
        self._revert = Revert(desk)
        self._case.convalescence = self._case.convalescence or Convalescence(
            degraded_at=self._case.evidence.last_at or self._case.opened_at, last_at=self._case.evidence.last_at
        )

    async def run(self) -> None:
        """Return when the incident is over."""
        while not self._desk.over:
            self._weigh()
            if self._desk.over:
                return
            await self._wait(self._wake_at())
            if not self._case.inbox and not self._desk.over:
                await self._timely(workflow.now())

    def _weigh(self) -> None:
        """Count what was seen; what came in behind the recovery is left for the re-open window."""
        while self._case.inbox and not self._desk.ended:
            self._add(self._case.inbox.pop(0))

    async def _wait(self, wake_at: datetime) -> None:
        def sooner() -> bool:
            return bool(self._case.inbox) or self._desk.over or self._wake_at() < wake_at

        await self._desk.until(sooner, wake_at, "next reading")

    @property
    def _progress(self) -> Convalescence:
        assert self._case.convalescence is not None
        return self._case.convalescence

    def _add(self, seen: Observation, ours: bool = False) -> None:
        before = self._progress
        self._case.convalescence = before.add(seen, self._rule, ours)
        if self._progress.verdict is not before.verdict:
            self._turned(seen)
        if self._progress is not before and seen.verdict is Verdict.BREACH:
            self._unrepaired()
        if self._progress.recovered(self._rule) and not before.recovered(self._rule) and self._case.evacuated_at:
            self._desk.note(
                Fact.SEEN, "its callers are sent elsewhere: it is over when they stay and it is still healthy"
            )
        if self._well:
            self._recover()

    @property
    def _well(self) -> bool:
        """Whether it is over, as far as is seen: an empty queue whose callers we send elsewhere proves nothing."""
        recovered = self._progress.recovered(self._rule)
        return recovered and not self._desk.ended and self._case.evacuated_at is None

    def _turned(self, seen: Observation) -> None:
        if seen.verdict is Verdict.HEALTHY:
            needed = self._rule.healthy
            self._desk.note(Fact.SEEN, f"a healthy observation, {self._progress.healthy} of {needed}: {seen.reason}")
        else:
            self._desk.note(Fact.SEEN, f"it degraded again: {seen.reason}")

    def _unrepaired(self) -> None:
        """A failure after the change was put back: nothing is in force any more and automation has had its turn."""
        put_back = any(record.outcome is Outcome.REVERTED for record in self._case.changes)
        if put_back and not self._case.outstanding and self._case.state is State.MONITORING:
            self._desk.move(Move.HAND_OVER, "it failed again after the change was put back")

    def _recover(self) -> None:
        if self._progress.flapping(self._rule, workflow.now()):
            self._desk.note(Fact.SKIPPED, why_held(self._rule))
            return
        self._desk.move(Move.RECOVER, f"{self._progress.healthy} healthy observations in a row")

    def _wake_at(self) -> datetime:
        times = [self._reading_due()]
        if (revert_at := self._revert_due()) is not None:
            times.append(revert_at)
        return min(times)

    def _reading_due(self) -> datetime:
        last = self._case.read_at or self._case.opened_at
        if not readable(self._desk):
            return last + UNREADABLE
        if self._well:
            calm_at = self._progress.calm_at(self._rule) or last
            return max(calm_at, last + self._rule.confirm_after)
        if self._progress.healthy and self._progress.last_at is not None and self._case.evacuated_at is None:
            return max(self._progress.last_at, last) + self._rule.confirm_after
        return last + self._rule.reading_interval

    def _revert_due(self) -> datetime | None:
        # Where automation has given up, callers come back all the same: before that nothing is proved.
        given_up = self._case.state is State.HANDED_OVER
        applied_at = self._case.repaired_at or (self._case.evacuated_at if given_up else None)
        if not self._case.outstanding or self._case.held_by is not None or applied_at is None:
            return None
        return self._progress.revert_due(self._rule, applied_at)

    async def _timely(self, now: datetime) -> None:
        revert_at = self._revert_due()
        if revert_at is not None and now >= revert_at:
            await self._calm(self._case.outstanding)
        elif now >= self._reading_due():
            await self._read()

    async def _calm(self, records: list[ChangeRecord]) -> None:
        evacuated = self._case.evacuated_at is not None
        for record in records:
            await self._revert.run(record, "no further degradation was seen for a while")
        if evacuated and self._case.evacuated_at is None:
            self._judge_anew()

    def _judge_anew(self) -> None:
        """Its callers stay again: what was seen before says nothing, unless it is the last word of whoever told us."""
        if readable(self._desk):
            self._case.convalescence = self._progress.model_copy(update={"healthy": 0})
            self._case.read_at = workflow.now()
        elif self._well:
            self._recover()

    async def _read(self) -> None:
        seen = await read(self._desk, "has it recovered?")
        if seen is not None:
            self._add(seen, ours=True)
        elif self._well:
            self._recover()
