"""The task queues: incidents, and one activity-only queue for each vendor credential with a budget (S3.12)."""

from typing import Final

from holdline.domain.change import ActionKind

INCIDENTS: Final = "holdline-incidents"
GENESYS: Final = "holdline-genesys"
PAGERDUTY: Final = "holdline-pagerduty"
TWILIO: Final = "holdline-twilio"
WEBHOOKS: Final = "holdline-webhooks"


def queue_of(action: ActionKind) -> str:
    """The queue whose workers take an action: its plan, its changes and their inverses."""
    return WEBHOOKS if action is ActionKind.CALL_WEBHOOK else GENESYS
