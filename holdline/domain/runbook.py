"""What an operator decides about one kind of incident; frozen into the incident as workflow input."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from pydantic import Field

from holdline.domain.duration import Duration
from holdline.domain.escalation import EscalationPolicy
from holdline.domain.frozen import Rule
from holdline.domain.incident import IncidentKind
from holdline.domain.recovery import RecoveryRule
from holdline.domain.stability import StabilityRule


class Action(StrEnum):
    """What automation may do about an incident."""

    REORDER_ROUTE = "reorder_route"
    NOTHING = "nothing"


class RemediationRule(Rule):
    """The action, and how often it is attempted before automation stops touching the entity (S1.7)."""

    action: Action = Action.REORDER_ROUTE
    attempts: int = Field(default=3, ge=1, le=10)
    pause: Duration = timedelta(seconds=10)


class Runbook(Rule):
    """One kind of incident: when it is real, what is done, who is asked, when it is over."""

    stability: StabilityRule = StabilityRule()
    remediation: RemediationRule = RemediationRule()
    escalation: EscalationPolicy
    recovery: RecoveryRule = RecoveryRule()
    page_high_after: Duration = timedelta(minutes=5)
    linger: Duration = timedelta(minutes=30)


def completed(runbooks: Mapping[IncidentKind, Runbook]) -> dict[IncidentKind, Runbook]:
    """Give every kind a runbook: one that is not written asks the people of the first that is, and repairs nothing.

    An incident of a kind that nobody thought of pages; ValueError where there is no runbook at all.
    """
    if not runbooks:
        raise ValueError("there is no runbook")
    first = runbooks.get(IncidentKind.TRUNK_FAILURE) or next(iter(runbooks.values()))
    unwritten = Runbook(escalation=first.escalation, remediation=RemediationRule(action=Action.NOTHING))
    return {kind: runbooks.get(kind, unwritten) for kind in IncidentKind}
