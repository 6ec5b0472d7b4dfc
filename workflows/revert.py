"""Revert: a change promised to be put back is put back, or a person is told why it was not (S3.7)."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.desk import Desk
from workflows.failure import Cause, cause, sentence

with workflow.unsafe.imports_passed_through():
    from activities.remediation import Changing, Remediation
    from holdline.domain.case import ChangeRecord
    from holdline.domain.queues import GENESYS
    from holdline.domain.route import Outcome
    from holdline.domain.timeline import Fact
    from workflows.pages import Pages
    from workflows.patience import REVERT

PAUSE = timedelta(minutes=1)


class Revert:
    """Puts changes back."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._case = desk.case

    async def run(self, record: ChangeRecord, why: str) -> None:
        """Apply the inverse until it is in force, is found to be somebody else's business, or is held."""
        while self._case.held_by is None:
            try:
                await self._put_back(record, why)
                return
            except ActivityError as error:
                if cause(error) is Cause.CONFLICT:
                    self._leave(record, error)
                    return
                await self._tell(record, error)

    async def _put_back(self, record: ChangeRecord, why: str) -> None:
        inverse = record.inverse
        changing = Changing(request_id=self._desk.request(inverse.effect), effect=inverse.effect, change=inverse)
        receipt = await self._desk.call(Remediation.change_route, changing, GENESYS, inverse.label, **REVERT.options())
        self._settle(record, Outcome.REVERTED)
        found = " (it was so already)" if receipt.adopted else ""
        self._desk.note(Fact.REVERTED, f"{inverse.label}, read back as version {receipt.version}{found}: {why}")

    def _leave(self, record: ChangeRecord, error: ActivityError) -> None:
        self._settle(record, Outcome.LEFT)
        self._desk.note(Fact.SKIPPED, f"not put back: {sentence(error)}; nothing was overwritten")

    async def _tell(self, record: ChangeRecord, error: ActivityError) -> None:
        self._desk.note(Fact.UNKNOWN, f"could not put back {record.change.label}: {sentence(error)}; trying on")
        if not self._case.revert_failed:
            self._case.revert_failed = True
            tier = self._desk.runbook.escalation.tiers[0]
            await Pages(self._desk).alarm(tier, "a change could not be put back")
        await self._desk.until(lambda: self._case.held_by is not None, workflow.now() + PAUSE, "before the next try")

    def _settle(self, record: ChangeRecord, outcome: Outcome) -> None:
        self._case.changes = [
            each.model_copy(update={"outcome": outcome})
            if each.change.effect == record.change.effect and each.outstanding
            else each
            for each in self._case.changes
        ]
