"""The topics that can be subscribed to, and the permission each of them needs."""

import re
from dataclasses import dataclass
from typing import Any

from holdline.simulators.genesys.door import TELEPHONY

QUEUES = "analytics:queueObservation:view"


@dataclass(frozen=True)
class Topic:
    """A topic as the catalogue lists it."""

    id: str
    permission: str

    def matches(self, concrete: str) -> bool:
        """Whether a concrete topic is of this kind; the template itself is none."""
        parts = [re.escape(part) for part in self.id.split("{id}")]
        return re.fullmatch(r"[^.{}]+".join(parts), concrete) is not None

    def body(self) -> dict[str, Any]:
        """An AvailableTopic."""
        return {
            "id": self.id,
            "description": self.id,
            "requiresPermissions": [self.permission],
            "transports": ["All"],
            "visibility": "Public",
            "enforced": True,
            "topicParameters": ["id"] * self.id.count("{id}"),
        }


TOPICS = (
    Topic("v2.telephony.providers.edges.trunks.{id}", TELEPHONY),
    Topic("v2.telephony.providers.edges.{id}", TELEPHONY),
    Topic("v2.analytics.queues.{id}.activity", QUEUES),
    Topic("v2.analytics.queues.{id}.observations", QUEUES),
    Topic("v2.operations.events.{id}", "usage:events:view"),
    Topic("v2.users.{id}.alerting.alerts", "alerting:alert:view"),
)


def judged(concrete: str, permissions: frozenset[str]) -> dict[str, Any]:
    """A ChannelTopic: whether a client with these permissions may subscribe to it, and why not."""
    topic = next((each for each in TOPICS if each.matches(concrete)), None)
    listed = {"id": concrete, "selfUri": f"/api/v2/notifications/availabletopics/{concrete}"}
    if topic is None:
        return {**listed, "state": "Rejected", "rejectionReason": "There is no such topic."}
    if topic.permission not in permissions:
        missing = {"rejectionReason": "Missing permissions.", "missingPermissions": [topic.permission]}
        return {**listed, "state": "Rejected", **missing}
    return {**listed, "state": "Permitted"}
