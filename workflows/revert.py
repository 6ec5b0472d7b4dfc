"""Revert: a change promised to be put back is put back, or a person is told why it was not (S3.7)."""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.desk import Desk
from workflows.failure import Cause, cause, sentence
from workflows.turn import Turn

with workflow.unsafe.imports_passed_through():
    from activities.remediation import Changing, Remediation
    from holdline.domain.case import ChangeRecord
    from holdline.domain.change import ActionKind, Outcome
    from holdline.domain.queues import queue_of
    from holdline.domain.timeline import Fact
    from workflows.pages import Pages
    from workflows.patience import REVERT

PAUSE = timedelta(minutes=1)

IN_LINE = timedelta(minutes=10)
"""How long putting something back waits for its turn before somebody is told."""


class Revert:
    """Puts changes back."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._case = desk.case

    async def run(self, record: ChangeRecord, why: str) -> None:
        """Apply the inverse until it is in force, is somebody else's business, is held, or the trunk fails again."""
        while not self._stop():
            try:
                if await self._put_back(record, why):
                    return
            except ActivityError as error:
                if cause(error) is Cause.CONFLICT:
                    self._leave(record, error)
                    return
                if not self._stop():
                    await self._tell(record, error)

    def _stop(self) -> bool:
        return self._case.held_by is not None or self._desk.failing_again or self._desk.moving_on

    async def _put_back(self, record: ChangeRecord, why: str) -> bool:
        """Whether there is nothing left to do: it is back, or it was stopped; no turn in all that time is neither."""
        # What puts something back touches nothing: it is never refused, whatever was changed before it.
        since, told = self._case.at_gate_since or workflow.now(), self._case.revert_failed or not self._desk.bounded
        late = None if told else workflow.now() + IN_LINE

        def stop() -> bool:
            return self._stop() or (late is not None and workflow.now() >= late)

        async with Turn(self._desk).taken(record.resources, (), record.inverse.label, stop) as until:
            if until is not None:
                await self._in_turn(record, why, until)
        if until is None and not self._stop():
            await self._wait_aloud(record, since)
            return False
        return True

    async def _wait_aloud(self, record: ChangeRecord, since: datetime) -> None:
        """Somebody is told that a promise waits; then it goes on waiting, in its old place."""
        self._case.at_gate_since = since
        self._desk.note(Fact.UNKNOWN, f"could not put back {record.change.label}: no turn at the gate in all this time")
        self._case.revert_failed = await Pages(self._desk).alarm("a change waits for its turn to be put back")

    async def _in_turn(self, record: ChangeRecord, why: str, until: datetime) -> None:
        inverse = record.inverse
        changing = Changing(
            request_id=self._desk.request(inverse.effect), effect=inverse.effect, until=until, change=inverse
        )
        self._desk.passage.touched = True
        receipt = await self._desk.call_unless(
            self._stop, Remediation.change, changing, queue_of(inverse.action), inverse.label, **REVERT.options()
        )
        self._settle(record, Outcome.REVERTED)
        if inverse.action is ActionKind.DRAIN_EDGE:
            # It is in service; it is online some minutes later, or never, and no event would tell.
            self._case.look_at = workflow.now() + self._desk.runbook.recovery.reading_interval
        found = " (it was so already)" if receipt.adopted else ""
        self._desk.note(Fact.REVERTED, f"{inverse.label}, read back as {receipt.proof}{found}: {why}")

    def _leave(self, record: ChangeRecord, error: ActivityError) -> None:
        self._settle(record, Outcome.LEFT)
        self._desk.note(Fact.SKIPPED, f"not put back: {sentence(error)}; nothing was overwritten")

    async def _tell(self, record: ChangeRecord, error: ActivityError) -> None:
        self._desk.note(Fact.UNKNOWN, f"could not put back {record.change.label}: {sentence(error)}; trying on")
        if not self._case.revert_failed:
            self._case.revert_failed = await Pages(self._desk).alarm("a change could not be put back")
        await self._desk.until(self._stop, workflow.now() + PAUSE, "before the next try")

    def _settle(self, record: ChangeRecord, outcome: Outcome) -> None:
        self._case.changes = [
            each.model_copy(update={"outcome": outcome}) if _same(each, record) else each for each in self._case.changes
        ]


def _same(one: ChangeRecord, other: ChangeRecord) -> bool:
    """Whether both are of one change: its outcome may have become known while putting it back waited for its turn."""
    return one.change == other.change
