"""All settings of one process, and what must fit together across its sections."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from holdline.domain.escalation import Channel, Target, Tier
from holdline.domain.evacuation import circle
from holdline.domain.incident import ABOUT, IncidentKind
from holdline.domain.runbook import Runbook
from holdline.domain.ticket import TicketSystem
from holdline.settings.detection import Detection
from holdline.settings.jsm import Jsm
from holdline.settings.rooms import Email, Slack, Teams
from holdline.settings.sections import (
    Contact,
    DeadLetters,
    Gate,
    Gateway,
    Genesys,
    HookName,
    Http,
    Operator,
    PagerDuty,
    Preflight,
    Telemetry,
    Temporal,
    Throttling,
    Twilio,
    Webhook,
    Worker,
)
from holdline.settings.ticketing import AzureDevOps, Jira, Salesforce, ServiceNow

BUDGETED: Final = (
    "genesys",
    "pagerduty",
    "twilio",
    "slack",
    "teams",
    "email",
    "jsm",
    "servicenow",
    "salesforce",
    "jira",
    "azure_devops",
)
"""The sections of vendors whose requests are counted."""


class Settings(BaseSettings):
    """The whole configuration. A vendor without a section is not used."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, validate_default=True)

    data_dir: Path = Path(".holdline")
    gateway: Gateway = Gateway()
    temporal: Temporal = Temporal()
    genesys: Genesys | None = None
    pagerduty: PagerDuty | None = None
    twilio: Twilio | None = None
    slack: Slack | None = None
    jsm: Jsm | None = None
    servicenow: ServiceNow | None = None
    jira: Jira | None = None
    teams: Teams | None = None
    azure_devops: AzureDevOps | None = None
    email: Email | None = None
    salesforce: Salesforce | None = None
    webhooks: dict[HookName, Webhook] = Field(default_factory=dict)
    contacts: dict[str, Contact] = Field(default_factory=dict)
    operators: dict[str, Operator] = Field(default_factory=dict)
    runbooks: dict[IncidentKind, Runbook] = Field(default_factory=dict)
    gate: Gate = Gate()
    detection: Detection = Detection()
    preflight: Preflight = Preflight()
    throttling: Throttling = Throttling()
    deadletters: DeadLetters = DeadLetters()
    http: Http = Http()
    telemetry: Telemetry = Telemetry()
    worker: Worker = Worker()

    @model_validator(mode="before")
    @classmethod
    def _default_ladder(cls, tree: Any) -> Any:
        """Without a runbook for a trunk failure, ask the PagerDuty services one after the other, as written."""
        if not isinstance(tree, dict):
            return tree
        pagerduty, runbooks = tree.get("pagerduty"), tree.get("runbooks", {})
        services = pagerduty.get("services") if isinstance(pagerduty, dict) else None
        if not isinstance(services, dict) or not services or not isinstance(runbooks, dict):
            return tree
        runbook = runbooks.get(IncidentKind.TRUNK_FAILURE, {})
        escalation = runbook.get("escalation", {}) if isinstance(runbook, dict) else None
        if not isinstance(escalation, dict) or "tiers" in escalation:
            return tree
        tiers = [{"name": name, "page": [f"{Channel.PAGERDUTY}:{name}"]} for name in services]
        completed = runbook | {"escalation": escalation | {"tiers": tiers}}
        return tree | {"runbooks": runbooks | {IncidentKind.TRUNK_FAILURE: completed}}

    @model_validator(mode="after")
    def _shareable(self) -> Self:
        """A budget that is shared by more processes than it has requests would be exceeded."""
        for name in BUDGETED:
            vendor = getattr(self, name)
            least = None if vendor is None else min(vendor.requests_per_minute, vendor.requests_per_second)
            if least is not None and least <= self.worker.processes:
                raise ValueError(
                    f"{name} allows {least} requests, fewer than worker.processes ({self.worker.processes}) and the "
                    "gateway need to have one each"
                )
        return self

    def accounts(self) -> dict[str, str]:
        """Whom Holdline signs in as in each ticket system, where its section says so."""
        found = {
            TicketSystem.SERVICENOW: self.servicenow and self.servicenow.user,
            TicketSystem.JIRA: self.jira and self.jira.email,
            TicketSystem.AZURE_DEVOPS: self.azure_devops and self.azure_devops.user,
        }
        return {str(system): user for system, user in found.items() if user}

    def dangling(self) -> list[str]:
        """Say what refers to something that is not configured."""
        problems = [*self._unwatched(), *self._unheard(), *self._circling(), *self._mistaken()]
        for kind, runbook in self.runbooks.items():
            policy = runbook.escalation
            ladder = [*policy.tiers, *([policy.stale] if policy.stale else [])]
            ladder.append(Tier(name="last_resort", page=policy.last_resort))
            for tier in ladder:
                found = [self._unreachable(target) for target in tier.page]
                where = f"runbooks.{kind}.escalation: tier {tier.name} pages"
                problems += [f"{where} {problem}." for problem in found if problem]
            rooms = [self._unreachable(target) for target in runbook.announce]
            problems += [f"runbooks.{kind}.announce tells {problem}." for problem in rooms if problem]
            problems += [*self._uncalled(kind, runbook), *_aimless(kind, runbook), *self._unticketed(kind, runbook)]
        return problems

    def _uncalled(self, kind: IncidentKind, runbook: Runbook) -> list[str]:
        """Why a webhook that is to be called cannot be."""
        called = (rule.webhook for rule in runbook.remediation.actions or () if rule.webhook is not None)
        known = _known("webhooks", self.webhooks)
        where = f"runbooks.{kind}.remediation: call_webhook calls"
        return [f"{where} {name}, but {known}." for name in called if name not in self.webhooks]

    def _unticketed(self, kind: IncidentKind, runbook: Runbook) -> list[str]:
        """Why an incident would have no ticket where it should, or a system that is away would have no rest."""
        rule, where = runbook.ticket, f"runbooks.{kind}.ticket"
        if rule is None:
            return []
        problems = (
            [] if getattr(self, rule.system, None) else [f"{where}: it is kept in {rule.system}, which has no section."]
        )
        if min(rule.again) < timedelta(seconds=1):
            problems.append(f"{where}.again: each pause must be at least 1s.")
        return problems

    def _unwatched(self) -> list[str]:
        """Why what is to be watched cannot be, or would tell nobody."""
        if not self.detection.sources:
            return []
        reasons = [] if self.genesys else ["detection.sources: there is no [genesys] section to read them with."]
        return reasons if self.runbooks else [*reasons, "detection.sources: there is no runbook to open incidents by."]

    def _unheard(self) -> list[str]:
        """Why nobody can listen, where somebody should."""
        if not self.gateway.notifications.enabled or self.genesys:
            return []
        return ["gateway.notifications: it is enabled, and there is no [genesys] section to log in with."]

    def _mistaken(self) -> list[str]:
        """Which operators Slack could not tell apart."""
        ids = [each.slack for each in self.operators.values() if each.slack is not None]
        twice = sorted({each for each in ids if ids.count(each) > 1})
        return [f"operators: {each} is the Slack id of several operators; one person is one of them." for each in twice]

    def _circling(self) -> list[str]:
        """Through which queues callers would be sent round in circles."""
        rules = (rule for runbook in self.runbooks.values() for rule in runbook.evacuations)
        found = circle((rule.queue.lower(), rule.overflow.lower()) for rule in rules if rule.queue and rule.overflow)
        way = ", from there to ".join(found[1:])
        where = "runbooks: evacuate_queue sends the callers of"
        return [f"{where} {found[0]} to {way}: they would go round in circles."] if found else []

    def _unreachable(self, target: Target) -> str | None:
        match target.channel:
            case Channel.PAGERDUTY:
                services = self.pagerduty.services if self.pagerduty else {}
                return None if target.to in services else f"{target}, but {_known('pagerduty.services', services)}"
            case Channel.JSM:
                teams = self.jsm.teams if self.jsm else {}
                return None if target.to in teams else f"{target}, but {_known('jsm.teams', teams)}"
            case Channel.SMS:
                phones = {name for name, contact in self.contacts.items() if contact.phone is not None}
                if target.to not in phones:
                    return f"{target}, but {_known('contacts', phones)} with a phone"
                return None if self.twilio else f"{target}, but there is no [twilio] section to send it with"
            case Channel.SLACK:
                rooms = self.slack.rooms if self.slack else {}
                return None if target.to in rooms else f"{target}, but {_known('slack.rooms', rooms)}"
            case Channel.TEAMS:
                rooms = dict.fromkeys(self.teams.rooms, "") if self.teams else {}
                return None if target.to in rooms else f"{target}, but {_known('teams.rooms', rooms)}"
            case Channel.EMAIL:
                return self._unwritten(target)
            case _:
                return f"{target}, but there is no [{target.channel}] section to send it with"

    def _unwritten(self, target: Target) -> str | None:
        """Why a contact gets no letter."""
        addresses = {name for name, contact in self.contacts.items() if contact.email is not None}
        if target.to not in addresses:
            return f"{target}, but {_known('contacts', addresses)} with an e-mail address"
        return None if self.email else f"{target}, but there is no [email] section to send it with"


def _aimless(kind: IncidentKind, runbook: Runbook) -> list[str]:
    """Which action would not know what to change: its incident is about something else, and it names nothing."""
    rules, about = runbook.remediation.actions or (), ABOUT[kind]
    lost = [f"{rule.do} needs `{rule.aim}`" for rule in rules if rule.aim and not rule.aims_at(about)]
    return [f"runbooks.{kind}.remediation: {each}, because the incident is about a {about}." for each in lost]


def _known(section: str, names: Any) -> str:
    return f"[{section}] names only {', '.join(sorted(names))}" if names else f"[{section}] names nobody"
