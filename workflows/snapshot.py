"""The snapshot of a case: what queries answer and what a closed incident leaves behind."""

from holdline.domain.case import Case, PageRecord
from holdline.domain.messages import PageLine, Snapshot
from holdline.domain.runbook import Runbook


def snapshot(case: Case, runbook: Runbook) -> Snapshot:
    """Copy what an operator may see."""
    return Snapshot(
        workflow_id=case.workflow_id,
        kind=case.kind,
        entity=case.entity,
        epoch=case.epoch,
        opening=case.opening,
        state=case.state,
        severity=case.severity,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        next_at=case.next_at,
        next_step=case.next_step,
        escalation_tier=case.ladder.tier if case.ladder else 0,
        acknowledged_by=case.acknowledgement.by if case.acknowledgement else None,
        held_by=case.held_by,
        proposal=case.waits_for,
        retry_count=case.attempts,
        max_retries=runbook.remediation.attempts,
        last_attempt_at=case.last_attempt_at,
        events=case.events,
        ack_code=case.key.ack_code(),
        pages=tuple(_line(page) for page in case.pages if not page.unsure),
        timeline=case.timeline,
    )


def _line(page: PageRecord) -> PageLine:
    return PageLine(tier=page.tier_name, target=str(page.target), at=page.at, receipt=page.receipt)
