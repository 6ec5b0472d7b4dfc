"""PagerDuty: Events API v2, the REST API's incidents, signed v3 webhooks, people who acknowledge."""
