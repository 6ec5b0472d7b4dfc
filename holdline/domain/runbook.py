"""What an operator decides about one kind of incident; frozen into the incident as workflow input."""

from datetime import timedelta
from enum import StrEnum

from pydantic import Field

from holdline.domain.duration import Duration
from holdline.domain.escalation import EscalationPolicy
from holdline.domain.frozen import Rule
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
