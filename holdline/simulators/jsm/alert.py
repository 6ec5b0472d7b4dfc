"""An alert, what became of an order about one, and how each is shown."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from holdline.simulators.clock import millis


@dataclass
class Alert:
    """One alert; `count` says how many creates it has folded."""

    id: str
    tiny: int
    alias: str
    team: str
    body: dict[str, Any]
    created: datetime
    updated: datetime
    count: int = 1
    status: str = "open"
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    closed_by: str | None = None

    @property
    def open(self) -> bool:
        """Whether it is not closed."""
        return self.status == "open"

    def resource(self) -> dict[str, Any]:
        """The alert as both APIs show it; times in its report are milliseconds since its creation."""
        report: dict[str, Any] = {}
        if self.acknowledged_by is not None and self.acknowledged_at is not None:
            after = int((self.acknowledged_at - self.created).total_seconds() * 1000)
            report = {"ackTime": after, "acknowledgedBy": self.acknowledged_by}
        if self.closed_by is not None:
            report |= {"closeTime": 0, "closedBy": self.closed_by}
        return {
            "id": self.id,
            "tinyId": str(self.tiny),
            "alias": self.alias,
            "message": self.body["message"],
            "description": self.body.get("description", ""),
            "status": self.status,
            "acknowledged": self.acknowledged_by is not None,
            "isSeen": self.acknowledged_by is not None,
            "tags": self.body.get("tags", []),
            "details": self.body.get("details", {}),
            "entity": self.body.get("entity", ""),
            "source": self.body.get("source", ""),
            "priority": self.body.get("priority", "P3"),
            "snoozed": False,
            "count": self.count,
            "owner": self.acknowledged_by or "",
            "createdAt": millis(self.created),
            "updatedAt": millis(self.updated),
            "lastOccurredAt": millis(self.updated),
            "report": report,
        }


@dataclass
class Order:
    """An order that was taken; until it is `done` its request id is unknown to whoever asks."""

    id: str
    action: str
    alias: str
    done: bool = False
    success: bool = False
    status: str = ""
    alert: str = ""
    processed: datetime | None = None
    fields: dict[str, Any] = field(default_factory=dict)

    def resource(self) -> dict[str, Any]:
        """What became of it."""
        return {
            "success": self.success,
            "isSuccess": self.success,
            "action": self.action,
            "processedAt": millis(self.processed) if self.processed else None,
            "integrationId": "",
            "status": self.status,
            "alertId": self.alert,
            "alias": self.alias,
        }
