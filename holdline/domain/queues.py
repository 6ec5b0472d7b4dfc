"""The task queues: incidents, and one activity-only queue for each vendor credential with a budget (S3.12)."""

from typing import Final

INCIDENTS: Final = "holdline-incidents"
GENESYS: Final = "holdline-genesys"
PAGERDUTY: Final = "holdline-pagerduty"
TWILIO: Final = "holdline-twilio"
