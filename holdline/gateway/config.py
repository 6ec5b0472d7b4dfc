"""What a gateway needs to know; `main` maps the settings to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from holdline.domain.incident import IncidentKind
from holdline.domain.runbook import Runbook
from holdline.gateway.reading import Source
from holdline.gateway.topics.topic import Rules, rules
from holdline.operators import Operator
from holdline.settings.events import TicketEvents

Secrets = Callable[[], Sequence[str]]
"""Reads the live secrets of a source, at most a few seconds before they are used. May raise OSError or ValueError."""

SHORTEST: Final = 24
# These are chosen by the operator; the others are made by the vendor.
_CHOSEN: Final = frozenset(
    {
        Source.OWN,
        Source.GENESYS,
        Source.JSM,
        Source.SERVICENOW,
        Source.SALESFORCE,
        Source.AZURE_DEVOPS,
        Source.LINK,
    }
)


class GatewayRefused(Exception):
    """The gateway does not start; the sentence says why and what to do."""


def nothing() -> tuple[str, ...]:
    """No secrets: the source is refused."""
    return ()


@dataclass(frozen=True)
class GatewayConfig:
    """One gateway process. `port` 0 takes a free one; `operators` are the tokens that may ask for an event's fate.

    `phones` gives the number of each contact, `genesys` the topics and what they mean, `public_url` is the address that
    Twilio signs, `tickets` tells whose changes of tickets are our own, beside those of our `accounts` in each system.
    `crew` are the people who may press a button, and `slack_responses` is where they are answered. The journal
    remembers event ids for `memory`, longer than any vendor repeats a delivery. The first event of an entity goes to
    Temporal at once, repeats go together once in `coalesce`, and ever more seldom up to `calmest` while nothing
    changes. So many `letters` in an hour that it does not understand are an incident of their own.
    """

    journal: Path
    runbooks: Mapping[IncidentKind, Runbook]
    secrets: Mapping[Source, Secrets] = field(default_factory=dict)
    operators: Secrets = nothing
    phones: Callable[[], Mapping[str, str]] = dict
    genesys: Rules = field(default_factory=rules)
    crew: Mapping[str, Operator] = field(default_factory=dict)
    slack_responses: str = "https://hooks.slack.com"
    tickets: TicketEvents = field(default_factory=TicketEvents)
    accounts: Mapping[Source, tuple[str, ...]] = field(default_factory=dict)
    public_url: str = "http://127.0.0.1:8080"
    host: str = "127.0.0.1"
    port: int = 8080
    window: timedelta = timedelta(minutes=5)
    coalesce: timedelta = timedelta(seconds=1)
    calmest: timedelta = timedelta(seconds=30)
    memory: timedelta = timedelta(hours=72)
    largest: int = 64 * 1024
    body_patience: timedelta = timedelta(seconds=5)
    connections: int = 2000
    letters: int = 10

    def secrets_of(self, source: Source) -> Secrets:
        """The reader of a source's secrets."""
        return self.secrets.get(source, nothing)

    def tickets_of(self, source: Source) -> TicketEvents:
        """What the tickets of one system are read by."""
        own = (*self.tickets.own_users, *self.accounts.get(source, ()))
        return self.tickets.model_copy(update={"own_users": own})


def strong(source: Source, secret: str) -> bool:
    """Whether a secret is worth the name."""
    return len(secret.encode()) >= (SHORTEST if source in _CHOSEN else 1)


def check(config: GatewayConfig) -> None:
    """Read every secret once. Raises GatewayRefused for a configuration that would accept forgeries or lose events."""
    if not config.runbooks:
        raise GatewayRefused("There is no runbook: write [runbooks.trunk_failure], or name [pagerduty.services].")
    for source in Source:
        _check_secrets(source, config.secrets_of(source))


def _check_secrets(source: Source, read: Secrets) -> None:
    try:
        secrets = read()
    except (OSError, ValueError) as error:
        raise GatewayRefused(f"A secret of {source} cannot be read: {error}.") from None
    if not all(strong(source, secret) for secret in secrets):
        least = f"at least {SHORTEST} bytes" if source in _CHOSEN else "at least one character"
        raise GatewayRefused(
            f"A secret of {source} is too short: it needs {least}. Make one with `openssl rand -hex 32`."
        )
