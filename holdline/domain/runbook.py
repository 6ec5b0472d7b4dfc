"""What an operator decides about one kind of incident; frozen into the incident as workflow input."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from holdline.domain.action import Action
from holdline.domain.approval import ApprovalRule, CriticalHours, Mode
from holdline.domain.change import ActionKind
from holdline.domain.duration import Duration
from holdline.domain.escalation import ROOMS, EscalationPolicy, Target
from holdline.domain.frozen import Rule
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.recovery import RecoveryRule
from holdline.domain.stability import StabilityRule
from holdline.domain.storm import StormRule
from holdline.domain.ticket import TicketRule


class Level(StrEnum):
    """How far things have gone: a warning asks for more capacity, an error for another way round (S3.10)."""

    WARNING = "warning"
    ERROR = "error"


def level(severity: Severity) -> Level:
    """LOW and MEDIUM are warnings, HIGH and CRITICAL errors."""
    return Level.ERROR if severity.rank >= Severity.HIGH.rank else Level.WARNING


class ActionRule(Action):
    """An action with what it needs, the level at which it is taken, and whether automation may take it by itself."""

    on: Level = Level.ERROR
    mode: Mode = Mode.AUTO
    approval: ApprovalRule = ApprovalRule()


class RemediationRule(Rule):
    """What is done, and how often it is attempted before automation stops touching the entity (S1.7).

    Without `actions` a trunk failure reorders the route; the other kinds repair nothing.
    """

    actions: tuple[ActionRule, ...] | None = None
    attempts: int = Field(default=3, ge=1, le=10)
    pause: Duration = timedelta(seconds=10)

    def due(self, kind: IncidentKind, severity: Severity) -> tuple[ActionRule, ...]:
        """The actions for an incident of this kind and severity, in the order they are written."""
        return tuple(rule for rule in self.every(kind) if rule.on is level(severity))

    def every(self, kind: IncidentKind) -> tuple[ActionRule, ...]:
        """The actions for an incident of this kind, at either level."""
        return USUAL.get(kind, ()) if self.actions is None else self.actions


USUAL: Final = MappingProxyType({IncidentKind.TRUNK_FAILURE: (ActionRule(do=ActionKind.REORDER_ROUTE),)})
"""What is done where the configuration does not say."""


def _rooms(targets: tuple[Target, ...]) -> tuple[Target, ...]:
    for target in targets:
        if target.channel not in ROOMS:
            raise ValueError(f"{target} rings; announce to {', '.join(f'{each}:NAME' for each in ROOMS)} only")
    return targets


class Runbook(Rule):
    """One kind of incident: when it is real, what is done, who is asked and told, when it is over.

    `announce` names rooms and contacts that are told, beside whoever is paged; nobody there is waited for.
    """

    stability: StabilityRule = StabilityRule()
    remediation: RemediationRule = RemediationRule()
    escalation: EscalationPolicy
    recovery: RecoveryRule = RecoveryRule()
    storm: StormRule = StormRule()
    announce: Annotated[tuple[Target, ...], AfterValidator(_rooms)] = ()
    ticket: TicketRule | None = None
    critical_hours: CriticalHours | None = None
    page_high_after: Duration = timedelta(minutes=5)
    linger: Duration = timedelta(minutes=30)

    @property
    def evacuations(self) -> tuple[ActionRule, ...]:
        """The rules by which callers of a queue are sent on."""
        return tuple(rule for rule in self.remediation.actions or () if rule.do is ActionKind.EVACUATE_QUEUE)


def completed(runbooks: Mapping[IncidentKind, Runbook]) -> dict[IncidentKind, Runbook]:
    """Give every kind a runbook: one that is not written asks the people of the first that is, and does what is usual.

    An incident of a kind that nobody thought of pages; ValueError where there is no runbook at all.
    """
    if not runbooks:
        raise ValueError("there is no runbook")
    first = runbooks.get(IncidentKind.TRUNK_FAILURE) or next(iter(runbooks.values()))
    unwritten = Runbook(escalation=first.escalation)
    return {kind: runbooks.get(kind, unwritten) for kind in IncidentKind}
