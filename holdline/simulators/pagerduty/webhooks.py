"""Outgoing v3 webhooks, signed with every secret of the subscription."""

import hashlib
import hmac
import json
from typing import Any
from uuid import uuid4

from holdline.simulators.clock import millis, now, seconds
from holdline.simulators.courier import Courier, Delivery
from holdline.simulators.pagerduty.incident import Agent, Incident
from holdline.simulators.pagerduty.resources import Resources
from holdline.simulators.settings import PagerDutySettings, WebhookTarget


class Webhooks:
    """One subscription for all incidents. `target` may be changed at run time; None sends nothing."""

    def __init__(self, settings: PagerDutySettings, courier: Courier) -> None:
        self._settings = settings
        self._courier = courier
        self._resources = Resources(settings)
        self.target: WebhookTarget | None = settings.webhooks

    def announce(self, event_type: str, incident: Incident, by: Agent) -> None:
        """Send one event about an incident."""
        if self.target is None:
            return
        event = self._event(event_type, incident, by)
        content = json.dumps({"event": event}).encode()
        headers = {
            "content-type": "application/json",
            "user-agent": "PagerDuty-Webhook/V3.0",
            "x-webhook-subscription": "PWHSUB1",
            "x-pagerduty-signature": signature(content, self.target.secrets),
        }
        self._courier.send(Delivery(self.target.url, content, headers, event_type, event["id"]))

    def _event(self, event_type: str, incident: Incident, by: Agent) -> dict[str, Any]:
        return {
            "id": uuid4().hex.upper(),
            "event_type": event_type,
            "resource_type": "incident",
            "occurred_at": millis(now()),
            "agent": self._resources.agent(by),
            "client": None,
            "data": self._data(incident),
        }

    def _data(self, incident: Incident) -> dict[str, Any]:
        whole = self._resources.incident(incident)
        kept = ("id", "type", "self", "html_url", "status", "title", "service", "urgency", "priority", "teams")
        return {
            **{name: whole[name] for name in (*kept, "escalation_policy", "resolve_reason")},
            "number": incident.number,
            "incident_key": incident.dedup_key if self._settings.webhook_incident_key else None,
            "created_at": seconds(incident.created),
            "assignees": [assignment["assignee"] for assignment in whole["assignments"]],
            "conference_bridge": None,
        }


def signature(content: bytes, secrets: tuple[str, ...]) -> str:
    """`X-PagerDuty-Signature`: one `v1=<hex HMAC-SHA256>` per secret."""
    digests = (hmac.new(secret.encode(), content, hashlib.sha256).hexdigest() for secret in secrets)
    return ",".join(f"v1={digest}" for digest in digests)
