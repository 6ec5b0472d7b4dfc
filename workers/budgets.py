"""How many requests a second each vendor's queue may start, across all workers (S3.12)."""

from holdline.domain import queues
from holdline.settings import Settings


def budgets(settings: Settings) -> dict[str, float]:
    """Return activities per second by task queue, for the vendors that are configured.

    All webhooks share a queue, so the slowest of them sets its pace. The server's limiter may start one second's worth
    more at once, which the margins of the defaults allow for.
    """
    vendors = {
        queues.GENESYS: settings.genesys,
        queues.PAGERDUTY: settings.pagerduty,
        queues.TWILIO: settings.twilio,
    }
    found = {queue: vendor.requests_per_minute / 60 for queue, vendor in vendors.items() if vendor is not None}
    slowest = min((each.requests_per_minute for each in settings.webhooks.values()), default=None)
    return found if slowest is None else {**found, queues.WEBHOOKS: slowest / 60}
