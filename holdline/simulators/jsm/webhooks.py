"""The outgoing webhook: unsigned, with the header that the operator has given it."""

import json
from typing import Any

from holdline.simulators.courier import Courier, Delivery
from holdline.simulators.jsm.alert import Alert
from holdline.simulators.settings import JsmTarget


class Webhooks:
    """One integration for all alerts. `target` may be changed at run time; None sends nothing."""

    def __init__(self, target: JsmTarget | None, courier: Courier) -> None:
        self._courier = courier
        self.target = target

    def announce(self, action: str, alert: Alert, by: str, via: str) -> None:
        """Send what happened to an alert."""
        if self.target is None:
            return
        content = json.dumps(told(action, alert, by, via)).encode()
        headers = {"content-type": "application/json", self.target.header: self.target.value}
        self._courier.send(Delivery(self.target.url, content, headers, action, alert.id))


def told(action: str, alert: Alert, by: str, via: str) -> dict[str, Any]:
    """The body; when an alert was updated is told in nanoseconds, when it was created in milliseconds."""
    return {
        "action": action,
        "source": {"name": by if via == "API" else "", "type": via},
        "integrationId": "37c8f316-17c6-49d7-899b-9c7e540c048d",
        "integrationName": "Holdline webhook",
        "alert": {
            "alertId": alert.id,
            "tinyId": str(alert.tiny),
            "alias": alert.alias,
            "message": alert.body["message"],
            "tags": alert.body.get("tags", []),
            "entity": alert.body.get("entity", ""),
            "source": alert.body.get("source", ""),
            "username": by,
            "userId": "daed1180-0ce8-438b-8f8e-57e1a5920a2d",
            "createdAt": int(alert.created.timestamp() * 1000),
            "updatedAt": int(alert.updated.timestamp() * 1_000_000) * 1000,
        },
    }
