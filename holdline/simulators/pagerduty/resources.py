"""Incidents and alerts as the REST API and the webhooks write them."""

from datetime import timedelta
from typing import Any

from holdline.simulators.clock import seconds
from holdline.simulators.pagerduty.incident import Agent, Incident, Status
from holdline.simulators.settings import PagerDutySettings


class Resources:
    """Writes resources out for one account."""

    def __init__(self, settings: PagerDutySettings) -> None:
        self._settings = settings

    def reference(self, kind: str, id: str, summary: str) -> dict[str, Any]:
        """Any resource as another one refers to it."""
        place = f"{kind}s" if not kind.endswith("y") else f"{kind[:-1]}ies"
        return {
            "id": id,
            "type": f"{kind}_reference",
            "summary": summary,
            "self": f"https://api.pagerduty.com/{place}/{id}",
            "html_url": f"https://{self._settings.subdomain}.pagerduty.com/{place}/{id}",
        }

    def agent(self, agent: Agent) -> dict[str, Any]:
        """A person or service as a reference."""
        return self.reference(agent.kind, agent.id, agent.name)

    def person(self, agent: Agent) -> dict[str, Any]:
        """An acknowledger in full, as `include[]=acknowledgers` asks for."""
        if agent.kind != "user":
            return self.agent(agent)
        return {**self.agent(agent), "type": "user", "name": agent.name, "email": agent.email}

    def incident(self, incident: Incident, include: frozenset[str] = frozenset()) -> dict[str, Any]:
        """An Incident; `incident_key` is null because the incident has an alert."""
        return {
            **self.reference("incident", incident.id, f"[#{incident.number}] {incident.title}"),
            "type": "incident",
            "incident_number": incident.number,
            "incident_key": None,
            "title": incident.title,
            "status": str(incident.status),
            "created_at": seconds(incident.created),
            "updated_at": seconds(incident.changed),
            "last_status_change_at": seconds(incident.changed),
            "last_status_change_by": self.agent(incident.changed_by),
            "resolved_at": None if incident.open else seconds(incident.changed),
            "urgency": "high",
            "priority": None,
            "service": self.reference("service", incident.service.id, incident.service.name),
            "escalation_policy": self._policy(incident),
            "assignments": self._assignments(incident),
            "assigned_via": "escalation_policy",
            "acknowledgements": self._acknowledgements(incident, "acknowledgers" in include),
            "pending_actions": pending(incident),
            "alert_counts": counts(incident),
            "is_mergeable": incident.open,
            "teams": [],
            "resolve_reason": None,
        }

    def _policy(self, incident: Incident) -> dict[str, Any]:
        return self.reference("escalation_policy", f"PE{incident.service.id}", f"{incident.service.name} policy")

    def _assignments(self, incident: Incident) -> list[dict[str, Any]]:
        users = self._settings.users
        if not users or not incident.open:
            return []
        user = users[(incident.level - 1) % len(users)]
        return [{"at": seconds(incident.created), "assignee": self.reference("user", user.id, user.name)}]

    def _acknowledgements(self, incident: Incident, in_full: bool) -> list[dict[str, Any]]:
        write = self.person if in_full else self.agent
        return [{"at": seconds(ack.at), "acknowledger": write(ack.by)} for ack in incident.acknowledgements]

    def alert(self, incident: Incident) -> dict[str, Any]:
        """An incident's Alert; its status is only triggered or resolved."""
        service = self.reference("service", incident.service.id, incident.service.name)
        return {
            **self.reference("alert", incident.alert_id, incident.title),
            "type": "alert",
            "status": "triggered" if incident.open else "resolved",
            "alert_key": incident.dedup_key,
            "severity": incident.payload["severity"],
            "created_at": seconds(incident.created),
            "suppressed": False,
            "service": service,
            "incident": self.reference("incident", incident.id, incident.title),
            "body": {"type": "alert_body", "contexts": [], "details": incident.payload.get("custom_details", {})},
        }


def pending(incident: Incident) -> list[dict[str, str]]:
    """What PagerDuty will do by itself."""
    if incident.unacknowledge_at is not None:
        return [{"type": "unacknowledge", "at": seconds(incident.unacknowledge_at)}]
    if incident.status is Status.TRIGGERED:
        return [{"type": "escalate", "at": seconds(incident.changed + timedelta(minutes=30))}]
    return []


def counts(incident: Incident) -> dict[str, int]:
    """An incident's alerts by status."""
    return {"all": 1, "triggered": int(incident.open), "resolved": int(not incident.open)}
