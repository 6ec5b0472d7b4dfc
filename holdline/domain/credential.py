"""The credentials Holdline works with, what each action needs of them, and what it means when one is refused (S1.9)."""

from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from holdline.domain import detection
from holdline.domain.change import ActionKind
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.escalation import Channel, Target
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.observation import Observation, Verdict


class Credential(StrEnum):
    """One credential at one vendor; the id of the entity that an incident is about."""

    GENESYS = "genesys"
    PAGERDUTY = "pagerduty"
    TWILIO = "twilio"
    JSM = "jsm"
    SLACK = "slack"
    TEAMS = "teams"
    EMAIL = "email"
    SERVICENOW = "servicenow"
    SALESFORCE = "salesforce"
    JIRA = "jira"
    AZURE_DEVOPS = "azure_devops"

    @property
    def entity(self) -> Entity:
        """What an incident is about when it is refused."""
        return Entity(kind=EntityKind.CREDENTIAL, id=self.value, name=_NAMES[self])


_NAMES: Final = MappingProxyType(
    {
        Credential.GENESYS: "OAuth client at Genesys",
        Credential.PAGERDUTY: "keys at PagerDuty",
        Credential.TWILIO: "account at Twilio",
        Credential.JSM: "integration keys at Jira Service Management",
        Credential.SLACK: "bot at Slack",
        Credential.TEAMS: "workflows at Teams",
        Credential.EMAIL: "account at the mail server",
        Credential.SERVICENOW: "account at ServiceNow",
        Credential.SALESFORCE: "connected app at Salesforce",
        Credential.JIRA: "token at Jira",
        Credential.AZURE_DEVOPS: "token at Azure DevOps",
    }
)

PERMISSIONS: Final = MappingProxyType(
    {
        ActionKind.REORDER_ROUTE: ("telephony:plugin:all",),
        ActionKind.DRAIN_EDGE: ("telephony:plugin:all",),
        ActionKind.EMERGENCY_GROUP: ("routing:emergencyGroup:view", "routing:emergencyGroup:edit"),
        ActionKind.JOIN_AGENTS: ("routing:queue:view", "routing:queueMember:manage or routing:queue:edit"),
        ActionKind.SKILL_AGENTS: ("routing:skill:view", "routing:skill:assign"),
        ActionKind.EVACUATE_QUEUE: ("routing:queue:view", "routing:queue:edit", "architect:flow:view"),
    }
)
"""What the Genesys client needs for each action, as `domain:entity:action` of its role, or one of several."""

READINGS: Final = MappingProxyType(
    {
        IncidentKind.TRUNK_FAILURE: detection.PERMISSIONS[detection.Source.TRUNKS],
        IncidentKind.EDGE_OFFLINE: detection.PERMISSIONS[detection.Source.EDGES],
        IncidentKind.QUEUE_OVERFLOW: detection.PERMISSIONS[detection.Source.QUEUES],
    }
)
"""What the Genesys client needs to read what an incident of a kind is about.

The capacity for calls is read only where it is polled, which needs the same.
"""

PAYS_FOR: Final = MappingProxyType(
    {
        Channel.PAGERDUTY: Credential.PAGERDUTY,
        Channel.JSM: Credential.JSM,
        Channel.SMS: Credential.TWILIO,
        Channel.SLACK: Credential.SLACK,
        Channel.TEAMS: Credential.TEAMS,
        Channel.EMAIL: Credential.EMAIL,
    }
)
"""Which credential a channel needs."""


def by_others_first(targets: tuple[Target, ...], credential: str) -> tuple[Target, ...]:
    """The targets with those last that this credential would have to pay for."""
    return tuple(sorted(targets, key=lambda target: PAYS_FOR[target.channel] == credential))


def refused(credential: Credential, reason: str, severity: Severity, event_id: str, at: datetime) -> Observation:
    """What is raised when a vendor refuses a credential: never an infrastructure failure."""
    return Observation(
        event_id=event_id,
        source="preflight",
        kind=IncidentKind.CREDENTIAL_EXPIRED,
        entity=credential.entity,
        verdict=Verdict.BREACH,
        severity=severity,
        at=at,
        reason=reason,
    )


def proven(credential: Credential, event_id: str, at: datetime) -> Observation:
    """What a check says that the vendor has passed."""
    return Observation(
        event_id=event_id,
        source="preflight",
        kind=IncidentKind.CREDENTIAL_EXPIRED,
        entity=credential.entity,
        verdict=Verdict.HEALTHY,
        severity=Severity.LOW,
        at=at,
        reason="the vendor accepts it and its permissions suffice",
    )
