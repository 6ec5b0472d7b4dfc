"""Outgoing webhooks, signed with their secret over the raw body."""

import hashlib
import hmac
import json
from typing import Any

from holdline.simulators.clock import now
from holdline.simulators.courier import Courier, Delivery
from holdline.simulators.jira.issue import Issue, Person
from holdline.simulators.settings import JiraTarget


class Webhooks:
    """One webhook for all issues. `target` may be changed at run time; None sends nothing."""

    def __init__(self, target: JiraTarget | None, courier: Courier, site: str) -> None:
        self._courier = courier
        self._site = site
        self.target = target

    def announce(self, event: str, issue: Issue, by: Person, more: dict[str, Any]) -> None:
        """Send one event about an issue."""
        if self.target is None:
            return
        told = {"timestamp": int(now().timestamp() * 1000), "webhookEvent": event, "user": by.resource()}
        content = json.dumps({**told, "issue": issue.resource(self._site), **more}).encode()
        digest = hmac.new(self.target.secret.encode(), content, hashlib.sha256).hexdigest()
        headers = {"content-type": "application/json", "x-hub-signature": f"sha256={digest}"}
        self._courier.send(Delivery(self.target.url, content, headers, event, issue.key))
