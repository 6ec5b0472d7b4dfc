"""The sections of the configuration, one model each; the defaults are the documented ones."""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from holdline.domain.duration import Duration, say
from holdline.domain.frozen import Rule
from holdline.domain.gate import Limits
from holdline.operators import OperatorRole
from holdline.secrets import Secret
from holdline.settings.events import GenesysEvents, Notifications, TicketEvents
from holdline.settings.values import EmailAddress, Flag, Listen, PerMinute, PerSecond, Phone, Port, Text, Url, Whole


class Role(StrEnum):
    """A part of the work that a worker process can take: the incidents, or the calls to one vendor."""

    INCIDENTS = "incidents"
    GENESYS = "genesys"
    PAGERDUTY = "pagerduty"
    TWILIO = "twilio"
    WEBHOOKS = "webhooks"
    JSM = "jsm"
    SLACK = "slack"
    TEAMS = "teams"
    EMAIL = "email"
    SERVICENOW = "servicenow"
    SALESFORCE = "salesforce"
    JIRA = "jira"
    AZURE_DEVOPS = "azure_devops"


def _window(value: timedelta) -> timedelta:
    if not timedelta(seconds=1) <= value <= timedelta(minutes=30):
        raise ValueError(f"{say(value)} is not between 1s and 30m")
    return value


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise ValueError("must be longer than 0s")
    return value


def _short(value: timedelta) -> timedelta:
    if value > timedelta(minutes=1):
        raise ValueError(f"{say(value)} is more than 1m: nobody waits that long for the first repeat")
    return value


def _lease(value: timedelta) -> timedelta:
    if not timedelta(seconds=10) <= value <= timedelta(minutes=15):
        raise ValueError(f"{say(value)} is not between 10s and 15m")
    return value


class WebhookSecrets(Rule):
    """What each source proves itself with; several are live at once, so that one can be replaced (S3.2).

    `events` signs our own JSON, `genesys` are bearer tokens or API keys of EventBridge, `pagerduty` are webhook
    signing secrets, `twilio` auth tokens, `jsm` the values of the header that its webhook is given; `servicenow`,
    `salesforce` and `azure_devops` sign by our own scheme what is done to their tickets, `jira` are the secrets of its
    webhooks, `slack` the signing secrets of its app. A source without secrets is refused. `links` sign the links that
    we send, by the first of them, and need `public_url`. `operators` are the tokens of people who ask what became of
    an event.
    """

    events: tuple[Secret, ...] = ()
    genesys: tuple[Secret, ...] = ()
    pagerduty: tuple[Secret, ...] = ()
    twilio: tuple[Secret, ...] = ()
    jsm: tuple[Secret, ...] = ()
    servicenow: tuple[Secret, ...] = ()
    salesforce: tuple[Secret, ...] = ()
    azure_devops: tuple[Secret, ...] = ()
    jira: tuple[Secret, ...] = ()
    slack: tuple[Secret, ...] = ()
    links: tuple[Secret, ...] = ()
    operators: tuple[Secret, ...] = ()


class Gateway(Rule):
    """Where events arrive. `public_url` is the address vendors call: Twilio signs it.

    Whoever pressed a button in Slack is answered at `slack_responses` and nowhere else.
    """

    host: Text = "127.0.0.1"
    port: Port = 8080
    public_url: Url | None = None
    slack_responses: Url = "https://hooks.slack.com"
    timestamp_window: Annotated[Duration, AfterValidator(_window)] = timedelta(minutes=5)
    coalesce: Annotated[Duration, AfterValidator(_short)] = timedelta(seconds=1)
    genesys: GenesysEvents = GenesysEvents()
    notifications: Notifications = Notifications()
    tickets: TicketEvents = TicketEvents()
    secrets: WebhookSecrets = WebhookSecrets()


class Embedded(Rule):
    """The embedded Temporal server. `durable` survives a power cut, `plain` leaves out our tuning."""

    host: Text = "127.0.0.1"
    port: Port = 7233
    ui: Flag = True
    ui_port: Port = 8233
    durable: Flag = False
    plain: Flag = False
    binary: Path | None = None


class Temporal(Rule):
    """How to run an embedded server. How to reach any server is Temporal's own configuration: `TEMPORAL_*`.

    `ui_url` is where people see incidents, written into tickets; without it, it is the embedded server's.
    """

    ui_url: Url | None = None
    embedded: Embedded = Embedded()


class Genesys(Rule):
    """One Genesys Cloud OAuth client (client credentials) and its region's addresses.

    The vendor allows 300 requests a minute for one token; the default leaves a margin (S3.12).
    """

    login_url: Url
    api_url: Url
    client_id: Text
    client_secret: Secret
    requests_per_minute: PerMinute = 240
    requests_per_second: PerSecond = 20


class PagerDuty(Rule):
    """Events v2 and REST. `services` maps a name to the routing key (32 characters) of its integration."""

    events_url: Url = "https://events.pagerduty.com"
    rest_url: Url = "https://api.pagerduty.com"
    token: Secret | None = None
    from_email: Text | None = None
    services: dict[str, Secret] = Field(default_factory=dict)
    requests_per_minute: PerMinute = 240
    requests_per_second: PerSecond = 20


class Twilio(Rule):
    """One Twilio account and the number that texts are sent from."""

    api_url: Url = "https://api.twilio.com"
    account_sid: Annotated[str, Field(pattern=r"^AC[0-9a-f]{32}$")]
    auth_token: Secret
    from_number: Phone
    requests_per_minute: PerMinute = 60
    requests_per_second: PerSecond = 10


HookName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
"""The name of a webhook; it is part of keys and locks."""


class Webhook(Rule):
    """A middleware that gives more capacity when it is called, signed with `secret`.

    All webhooks share one queue, paced by the lowest `requests_per_minute` of them.
    """

    url: Url
    secret: Secret
    requests_per_minute: PerMinute = 60


class Contact(Rule):
    """A person; the telephone number is kept like a secret."""

    phone: Secret | None = None
    email: EmailAddress | None = None


class Operator(Rule):
    """A person who gives orders; `token` proves who they are where proof is asked for, such as for an approval.

    `slack` is their member id there: by it the buttons under a message know who presses.
    """

    token: Secret
    roles: Annotated[tuple[OperatorRole, ...], Field(min_length=1)] = (OperatorRole.OPERATOR,)
    slack: Annotated[str, Field(pattern=r"^[UW][A-Z0-9]{2,30}$")] | None = None


class Gate(Limits):
    """One change at a time: `cap` changes at once across all workers, each with its locks for a `lease` at most.

    Within `blast_window` automation touches at most so many trunks, and so many percent of the queues, two at
    least (`blast_queues` where their number is not known); above it, it suggests. Workers that start adopt this; a cap
    that an operator has set stays until an operator sets another one, or `cap` is changed here.
    """

    model_config = Rule.model_config

    lease: Annotated[Duration, AfterValidator(_lease)] = timedelta(minutes=3)


class Preflight(Rule):
    """How often every credential is proved while nothing is on fire; `0s` never (S1.9)."""

    every: Duration = timedelta(minutes=15)

    @model_validator(mode="after")
    def _calm(self) -> Self:
        if timedelta(0) < self.every < timedelta(minutes=1):
            raise ValueError(f"every {say(self.every)} is too often: write at least 1m, or 0s for never")
        return self


class Http(Rule):
    """The patience with a vendor: each stage is part of the attempt, which is shorter than Temporal's own limits.

    What a plan is made from may be as old as `recent`, so that a storm asks once; `0s` asks for each (S3.12).
    """

    connect: Annotated[Duration, AfterValidator(_positive)] = timedelta(seconds=3)
    read: Annotated[Duration, AfterValidator(_positive)] = timedelta(seconds=5)
    attempt: Annotated[Duration, AfterValidator(_positive)] = timedelta(seconds=8)
    recent: Duration = timedelta(seconds=15)

    @model_validator(mode="after")
    def _nested(self) -> Self:
        if max(self.connect, self.read) >= self.attempt:
            raise ValueError(
                f"connect ({say(self.connect)}) and read ({say(self.read)}) must be shorter than attempt "
                f"({say(self.attempt)}), which they are part of"
            )
        if self.attempt > timedelta(seconds=10):
            raise ValueError(f"attempt ({say(self.attempt)}) is more than 10s: Temporal would end the activity first")
        if self.recent > timedelta(minutes=1):
            raise ValueError(f"recent ({say(self.recent)}) is more than 1m: a plan would be made of what is long past")
        return self


class Throttling(Rule):
    """When a vendor that refuses us for our rate becomes an incident of its own (S3.12).

    After `refusals` answers 429 within `window` it opens, at most once a window; after `quiet` without any it clears.
    """

    refusals: Annotated[Whole, Field(ge=1, le=10_000)] = 5
    window: Annotated[Duration, AfterValidator(_positive)] = timedelta(minutes=5)
    quiet: Annotated[Duration, AfterValidator(_positive)] = timedelta(minutes=10)


class DeadLetters(Rule):
    """From how many dead letters on they are an incident of their own (S3.14).

    Tickets that wait to be told are counted, and events of the last hour that the gateway has not understood.
    """

    most: Annotated[Whole, Field(ge=1, le=100_000)] = 10


class Telemetry(Rule):
    """Traces to an OTLP/HTTP collector or to a file of JSON lines, metrics for Prometheus, the log on stderr."""

    otlp_endpoint: Url | None = None
    span_file: Path | None = None
    metrics: Listen | None = None
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "text"] = "text"

    @model_validator(mode="after")
    def _one_destination(self) -> Self:
        if self.otlp_endpoint is not None and self.span_file is not None:
            raise ValueError("set otlp_endpoint or span_file, not both: traces go to one place")
        return self


class Worker(Rule):
    """One worker process. `max_cached_workflows` above the number of open incidents keeps its throughput.

    `processes` is how many of them there are at most, those that replace others included: each takes an equal part of
    the vendors' budgets (S3.12).
    """

    roles: Annotated[tuple[Role, ...], Field(min_length=1)] = tuple(Role)
    processes: Annotated[Whole, Field(ge=1, le=100)] = 1
    max_concurrent_activities: Annotated[Whole, Field(ge=1, le=1000)] = 100
    max_cached_workflows: Annotated[Whole, Field(ge=0, le=100_000)] = 2000
    graceful_shutdown: Duration = timedelta(seconds=30)
    health: Listen | None = None
