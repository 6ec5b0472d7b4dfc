"""Confirm: wait until the condition is stable, or has cleared by itself (S3.5)."""

from temporalio import workflow

from workflows.desk import Desk
from workflows.reading import look, read

with workflow.unsafe.imports_passed_through():
    from holdline.domain.lifecycle import Move, State
    from holdline.domain.observation import Observation
    from holdline.domain.stability import Judgement, Standing, judge


class Confirmation:
    """Collects evidence until it is judged stable or cleared."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._case = desk.case
        self._rule = desk.runbook.stability

    async def run(self) -> None:
        """Leave DETECTED by CONFIRM or CLEAR."""
        if self._rule.look and self._case.read_at is None:
            self._weigh(await look(self._desk))
        while not self._desk.over and self._case.state is State.DETECTED:
            self._weigh(None)
            judgement = judge(self._rule, self._case.evidence, self._case.opened_at, workflow.now())
            match judgement.standing:
                case Standing.STABLE:
                    self._desk.move(Move.CONFIRM, judgement.reason)
                case Standing.CLEARED:
                    self._desk.move(Move.CLEAR, judgement.reason)
                case Standing.OPEN:
                    await self._wait(judgement)

    def _weigh(self, reading: Observation | None) -> None:
        for observation in self._desk.take():
            self._case.evidence = self._case.evidence.add(observation)
        if reading is not None:
            self._case.evidence = self._case.evidence.add(reading, ours=True)

    async def _wait(self, judgement: Judgement) -> None:
        read_at = (self._case.read_at or self._case.opened_at) + self._rule.reading_interval
        wake_at = min(filter(None, (judgement.look_again, read_at)))
        self._case.next_at, self._case.next_step = wake_at, f"confirm the failure ({judgement.reason})"
        # What was planned is no longer true after a wait.
        self._desk.plan = None
        await self._desk.until(lambda: bool(self._case.inbox) or self._desk.over, wake_at, "stability window")
        if not self._case.inbox and not self._desk.over and workflow.now() >= read_at:
            self._weigh(await read(self._desk, "confirm the failure"))
