"""What may be asked of each vendor: activities by the server, requests by each process for its part (S3.12)."""

from types import MappingProxyType
from typing import Final, Protocol

from holdline.clients.share import Limit
from holdline.domain import queues
from holdline.domain.credential import Credential
from holdline.settings import Settings

QUEUES: Final = MappingProxyType(
    {
        "Genesys": queues.GENESYS,
        "PagerDuty": queues.PAGERDUTY,
        "Twilio": queues.TWILIO,
        "Slack": queues.of(Credential.SLACK),
        "Teams": queues.of(Credential.TEAMS),
        "e-mail": queues.of(Credential.EMAIL),
        "ServiceNow": queues.of(Credential.SERVICENOW),
        "Salesforce": queues.of(Credential.SALESFORCE),
        "Jira": queues.of(Credential.JIRA),
        "Azure DevOps": queues.of(Credential.AZURE_DEVOPS),
        "Jira Service Management": queues.of(Credential.JSM),
    },
)
"""The queue of each vendor, by the name that the clients give it."""

_GATEWAY: Final = 10
"""The gateway has one request in so many of the vendors that it asks too."""

_ASKED: Final = frozenset({"Genesys", "PagerDuty"})
"""The vendors that the gateway asks: which edges are out of service, what to listen to, what key a page has."""


class Budgeted(Protocol):
    """The section of a vendor with a budget."""

    @property
    def requests_per_minute(self) -> int:
        """What may be asked in a minute."""

    @property
    def requests_per_second(self) -> int:
        """What may be asked in a second."""


def budgets(settings: Settings) -> dict[str, float]:
    """Return activities per second by task queue, for the vendors that are configured.

    Each activity makes one request or more, so no second begins more of them than it has requests: what is beyond
    stays in the server's queue, in its order of priority, while `limits` bound the requests. Spread over the minute,
    the first looks of a storm would come too late. All webhooks share a queue, so the slowest of them sets its pace;
    each of their activities makes one request.
    """
    found = {QUEUES[name]: float(vendor.requests_per_second) for name, vendor in _vendors(settings).items()}
    slowest = min((each.requests_per_minute for each in settings.webhooks.values()), default=None)
    return found if slowest is None else {**found, queues.WEBHOOKS: slowest / 60}


def limits(settings: Settings) -> dict[str, Limit]:
    """Return what the worker processes together may ask of each vendor's credential."""
    shared = _gateways(settings)
    return {
        name: Limit(
            per_second=vendor.requests_per_second - (shared[name].per_second if name in shared else 0),
            per_minute=vendor.requests_per_minute - (shared[name].per_minute if name in shared else 0),
        )
        for name, vendor in _vendors(settings).items()
    }


def gateway_limits(settings: Settings) -> dict[str, Limit]:
    """Return what the gateway may ask: its own part of the same budgets."""
    return _gateways(settings)


def _vendors(settings: Settings) -> dict[str, Budgeted]:
    found: dict[str, Budgeted | None] = {
        "Genesys": settings.genesys,
        "PagerDuty": settings.pagerduty,
        "Twilio": settings.twilio,
        "Slack": settings.slack,
        "Teams": settings.teams,
        "e-mail": settings.email,
        "ServiceNow": settings.servicenow,
        "Salesforce": settings.salesforce,
        "Jira": settings.jira,
        "Azure DevOps": settings.azure_devops,
        "Jira Service Management": settings.jsm,
    }
    return {name: vendor for name, vendor in found.items() if vendor is not None}


def _gateways(settings: Settings) -> dict[str, Limit]:
    return {
        name: Limit(
            per_second=max(1, vendor.requests_per_second // _GATEWAY),
            per_minute=max(1, vendor.requests_per_minute // _GATEWAY),
        )
        for name, vendor in _vendors(settings).items()
        if name in _ASKED
    }
