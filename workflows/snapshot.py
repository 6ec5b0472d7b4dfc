"""The snapshot of a case: what queries answer and what a closed incident leaves behind."""

from holdline.domain.case import Case, PageRecord
from holdline.domain.messages import MemberLine, PageLine, Snapshot, StormLine
from holdline.domain.runbook import Runbook
from holdline.domain.storm import SHOWN, Standing, Storm, words


def snapshot(case: Case, runbook: Runbook) -> Snapshot:
    """Copy what an operator may see."""
    return Snapshot(
        workflow_id=case.workflow_id,
        kind=case.kind,
        entity=case.entity,
        epoch=case.epoch,
        mark=case.mark,
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
        ticket=case.ticket,
        parent=case.shelter.parent if case.shelter else "",
        storm=_storm(case, case.storm) if case.storm else None,
        timeline=case.timeline,
    )


def _storm(case: Case, storm: Storm) -> StormLine:
    """Those that are open come first."""
    members = sorted(storm.members.values(), key=lambda each: list(Standing).index(each.standing))
    shown = tuple(
        MemberLine(workflow_id=each.workflow_id, label=each.label, standing=each.standing) for each in members[:SHOWN]
    )
    more = max(0, storm.total - len(shown))
    return StormLine(
        words=words(case.kind, storm, case.entity),
        total=storm.total,
        recovered=storm.recovered,
        members=shown,
        more=more,
    )


def _line(page: PageRecord) -> PageLine:
    return PageLine(tier=page.tier_name, target=str(page.target), at=page.at, receipt=page.receipt)
