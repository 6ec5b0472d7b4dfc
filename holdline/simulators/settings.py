"""How a sandbox is set up; every credential in it is public on purpose."""

from datetime import timedelta
from pathlib import Path
from typing import Self
from uuid import NAMESPACE_DNS, uuid5

from pydantic import BaseModel, ConfigDict, Field, model_validator

HTTP_URL = r"^https?://"


class Frozen(BaseModel):
    """A frozen value that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Tls(Frozen):
    """A server's certificate chain and key, as PEM files."""

    certificate: Path
    key: Path


class Retries(Frozen):
    """How an outgoing webhook is repeated until it is answered 2xx: the pause doubles up to `longest`."""

    first: timedelta = timedelta(milliseconds=500)
    longest: timedelta = timedelta(seconds=30)
    attempts: int = Field(185, ge=1)
    answer_within: timedelta = timedelta(seconds=5)


POLLING = frozenset({"telephony:plugin:all", "telephony:callMetrics:view", "routing:queue:search"}) | frozenset(
    {"analytics:queueObservation:view", "analytics:conversationAggregate:view"}
)
"""What polling every source needs."""

ACTING = frozenset({"routing:emergencyGroup:view", "routing:emergencyGroup:edit", "routing:queue:view"}) | frozenset(
    {
        "routing:queueMember:manage",
        "routing:skill:view",
        "routing:skill:assign",
        "routing:queue:edit",
        "architect:flow:view",
    }
)
"""What the actions need that concern neither trunks nor edges."""


class OAuthClient(Frozen):
    """A Genesys client for the client-credentials grant and the permissions of its role."""

    id: str
    secret: str
    name: str
    permissions: frozenset[str] = frozenset({"telephony:plugin:all"}) | ACTING


class EventTarget(Frozen):
    """Where EventBridge delivers, with an API key (`x-api-key`) or a bearer token."""

    url: str = Field(pattern=HTTP_URL)
    api_key: str | None = None
    bearer: str | None = None

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        if self.api_key and self.bearer:
            raise ValueError("give an api_key or a bearer token, not both")
        return self

    def headers(self) -> dict[str, str]:
        """The headers that authenticate a delivery."""
        if self.api_key:
            return {"x-api-key": self.api_key}
        return {"authorization": f"Bearer {self.bearer}"} if self.bearer else {}


class GenesysSettings(Frozen):
    """The Genesys organisation: its clients, limits, world and event stream.

    `requests_per_minute` holds for each `limit_window`, which is a minute unless a test is in a hurry.
    """

    organization_id: str = str(uuid5(NAMESPACE_DNS, "sandbox.holdline.example"))
    organization_name: str = "Holdline Sandbox"
    clients: tuple[OAuthClient, ...] = (
        OAuthClient(id="3f1f5c0a-9f0b-4f7e-8a55-0c6d3b1e0001", secret="sandbox-remediate-secret", name="Remediate"),
        OAuthClient(
            id="3f1f5c0a-9f0b-4f7e-8a55-0c6d3b1e0002",
            secret="sandbox-watch-secret",
            name="Watch",
            permissions=frozenset({"routing:queue:view"}),
        ),
        OAuthClient(
            id="3f1f5c0a-9f0b-4f7e-8a55-0c6d3b1e0003",
            secret="sandbox-detect-secret",
            name="Detect",
            permissions=POLLING,
        ),
    )
    token_validity: timedelta = timedelta(hours=24)
    requests_per_minute: int | None = 300
    limit_window: timedelta = timedelta(minutes=1)
    sites: int = Field(1, ge=1, le=1000)
    queues: int = Field(3, ge=0, le=2000)
    calls_per_minute: int = Field(120, ge=0)
    failing_share: float = Field(0.35, ge=0, le=1)
    events: EventTarget | None = None
    duplicates: int = Field(0, ge=0)
    repeat_while_degraded: timedelta | None = None
    channel_life: timedelta = timedelta(hours=24)
    heartbeat: timedelta = timedelta(seconds=30)
    source_suffix: str = "holdline"
    aws_account: str = "123456789012"
    aws_region: str = "eu-central-1"


class PagerService(Frozen):
    """A PagerDuty service with its Events API v2 integration key and its acknowledgement timeout."""

    id: str
    name: str
    routing_key: str = Field(pattern=r"^[0-9A-Za-z]{32}$")
    ack_timeout: timedelta | None = None


class PagerUser(Frozen):
    """A person who can acknowledge."""

    id: str
    name: str
    email: str


class WebhookTarget(Frozen):
    """Where v3 webhooks go, signed with every secret given (two while a secret is rotated)."""

    url: str = Field(pattern=HTTP_URL)
    secrets: tuple[str, ...] = Field(("sandbox-pagerduty-webhook-secret",), min_length=1, max_length=2)


class PagerDutySettings(Frozen):
    """The PagerDuty account: services, people, REST key, limits, webhooks."""

    services: tuple[PagerService, ...] = (
        PagerService(id="PSVC001", name="Telephony primary", routing_key="telephonyprimary0000000000000001"),
        PagerService(id="PSVC002", name="Telephony secondary", routing_key="telephonysecondary00000000000002"),
        PagerService(id="PSVC003", name="Duty manager", routing_key="dutymanager000000000000000000003"),
    )
    users: tuple[PagerUser, ...] = (
        PagerUser(id="PUSR001", name="Maria Huber", email="maria.huber@example.com"),
        PagerUser(id="PUSR002", name="Jonas Weber", email="jonas.weber@example.com"),
        PagerUser(id="PUSR003", name="Holdline", email="holdline@example.com"),
    )
    rest_token: str = "sandbox-pagerduty-rest-token"
    subdomain: str = "holdline-sandbox"
    events_per_minute: int | None = 480
    rest_per_minute: int | None = 960
    webhooks: WebhookTarget | None = None
    webhook_incident_key: bool = True


class SmsTarget(Frozen):
    """Where inbound messages are posted; the URL is part of what is signed."""

    url: str = Field(pattern=HTTP_URL)


class TwilioSettings(Frozen):
    """The Twilio account: credentials, own numbers, pace of delivery, limit."""

    account_sid: str = Field("AC" + "5a9d0b0c" * 4, pattern=r"^AC[0-9a-f]{32}$")
    auth_token: str = "5ec2e75a9db0c0de5ec2e75a9db0c0de"
    numbers: tuple[str, ...] = ("+15005550006",)
    messaging_services: tuple[str, ...] = ("MG" + "5a9d0b0c" * 4,)
    step: timedelta = timedelta(milliseconds=50)
    requests_per_minute: int | None = 6000
    inbound: SmsTarget | None = None


class JsmTeam(Frozen):
    """A team with the key of its API integration."""

    name: str
    key: str


class JsmTarget(Frozen):
    """Where the webhook goes, and the header that the operator has given it."""

    url: str = Field(pattern=HTTP_URL)
    header: str = "x-api-key"
    value: str = "sandbox-jsm-webhook-secret-0001"


class JsmSettings(Frozen):
    """The site: its teams, the account that reads, how long an order waits, the limit of a key, the webhook."""

    teams: tuple[JsmTeam, ...] = (JsmTeam(name="Telephony", key="sandbox-jsm-telephony-key"),)
    email: str = "holdline@example.com"
    api_token: str = "sandbox-jsm-api-token"
    pending: timedelta = timedelta(milliseconds=50)
    requests_per_minute: int | None = 600
    webhook: JsmTarget | None = None


class MiddlewareSettings(Frozen):
    """The middleware's hooks: the path of each, and the secret its calls are signed with."""

    secrets: dict[str, str] = {"/hooks/capacity": "sandbox-capacity-webhook-secret"}


class SlackChannel(Frozen):
    """A channel of the workspace, and whether the bot may write there."""

    id: str = Field(pattern=r"^[CG][A-Z0-9]{5,}$")
    name: str = "incidents"
    member: bool = True
    archived: bool = False


class SlackSettings(Frozen):
    """The Slack workspace: the app's token, scopes and signing secret, the channels, where presses are posted to.

    `requests_per_minute` holds for each method and channel.
    """

    token: str = "xoxb-sandbox-slack-bot-token"
    signing_secret: str = "sandbox-slack-signing-secret"
    team: str = "Holdline Sandbox"
    bot_id: str = "B0HOLDLINE"
    scopes: frozenset[str] = frozenset({"chat:write", "channels:history"})
    channels: tuple[SlackChannel, ...] = (SlackChannel(id="C0INCIDENTS"), SlackChannel(id="C0SECOND", name="second"))
    requests_per_minute: int | None = 60
    target: str | None = Field(None, pattern=HTTP_URL)


class ServiceNowSettings(Frozen):
    """The ServiceNow instance: an account, the OAuth client that acts as it, own fields, the hourly rule."""

    user: str = "holdline"
    password: str = "sandbox-servicenow-password"
    client_id: str = "sandbox-servicenow-client"
    client_secret: str = "sandbox-servicenow-secret"
    token_validity: timedelta = timedelta(minutes=30)
    custom_fields: tuple[str, ...] = ("u_site", "u_runbook")
    staging_table: str = "u_holdline_import"
    requests_per_hour: int | None = 10_000


class MailSettings(Frozen):
    """The mail server: its account (None asks for none), the addresses that nobody has, the largest message in bytes.

    With a certificate it offers STARTTLS, or speaks TLS from the first byte where that is `implicit`.
    """

    host: str = "mail.example.com"
    username: str | None = None
    password: str = "sandbox-mail-password"
    unknown: frozenset[str] = frozenset()
    largest: int = Field(1_000_000, gt=0)
    implicit: bool = False


class SalesforceSettings(Frozen):
    """The Salesforce org: its connected app, the external id of cases, who owns a new case, the quotas."""

    client_id: str = "sandbox-salesforce-client"
    client_secret: str = "sandbox-salesforce-secret"
    external_field: str = "Holdline_Key__c"
    custom_fields: tuple[str, ...] = ("Site__c",)
    to_queue: bool = True
    requests_per_minute: int | None = 1000
    requests_per_day: int = 100_000


class AzureSettings(Frozen):
    """The organisation at Azure DevOps: the token, the project, its types and fields, the limit."""

    token: str = "sandbox-azure-token"
    project: str = "Operations"
    types: tuple[str, ...] = ("Issue", "User Story")
    custom_fields: tuple[str, ...] = ("Custom.Site", "Custom.Notes")
    requests_per_minute: int | None = 600


class JiraTarget(Frozen):
    """Where webhooks go, and the secret they are signed with."""

    url: str = Field(pattern=HTTP_URL)
    secret: str = "sandbox-jira-webhook-secret"


class JiraSettings(Frozen):
    """The Jira site: the account, its project, what it may and may not, the limit, the webhook."""

    email: str = "holdline@example.com"
    token: str = "sandbox-jira-token"
    project: str = "OPS"
    issue_types: tuple[str, ...] = ("Task", "Incident")
    priorities: tuple[str, ...] = ("Highest", "High", "Medium", "Low")
    custom_fields: tuple[str, ...] = ("customfield_10010",)
    lacking: frozenset[str] = frozenset()
    requests_per_minute: int | None = 600
    webhook: JiraTarget | None = None


class TeamsFlow(Frozen):
    """A workflow that posts into a room. What it takes while `orphaned` fails later."""

    id: str = Field(pattern=r"^[A-Za-z0-9-]{1,64}$")
    signature: str = Field(min_length=1)
    orphaned: bool = False


class TeamsSettings(Frozen):
    """The workflows, the requests that each takes in a minute, and how long a card is on its way."""

    flows: tuple[TeamsFlow, ...] = (TeamsFlow(id="f0110000incidents", signature="sandbox-teams-signature"),)
    requests_per_minute: int | None = 60
    step: timedelta = timedelta(milliseconds=50)


class SandboxSettings(Frozen):
    """The simulators, their ports (0: any free one) and how they repeat webhooks."""

    host: str = "127.0.0.1"
    genesys_port: int = Field(0, ge=0, le=65535)
    pagerduty_port: int = Field(0, ge=0, le=65535)
    twilio_port: int = Field(0, ge=0, le=65535)
    middleware_port: int = Field(0, ge=0, le=65535)
    slack_port: int = Field(0, ge=0, le=65535)
    jsm_port: int = Field(0, ge=0, le=65535)
    jira_port: int = Field(0, ge=0, le=65535)
    azure_port: int = Field(0, ge=0, le=65535)
    servicenow_port: int = Field(0, ge=0, le=65535)
    teams_port: int = Field(0, ge=0, le=65535)
    mail_port: int = Field(0, ge=0, le=65535)
    smtp_port: int = Field(0, ge=0, le=65535)
    salesforce_port: int = Field(0, ge=0, le=65535)
    tls: Tls | None = None
    retries: Retries = Retries()
    genesys: GenesysSettings = GenesysSettings()
    pagerduty: PagerDutySettings = PagerDutySettings()
    twilio: TwilioSettings = TwilioSettings()
    middleware: MiddlewareSettings = MiddlewareSettings()
    slack: SlackSettings = SlackSettings()
    jsm: JsmSettings = JsmSettings()
    jira: JiraSettings = JiraSettings()
    azure: AzureSettings = AzureSettings()
    servicenow: ServiceNowSettings = ServiceNowSettings()
    mail: MailSettings = MailSettings()
    teams: TeamsSettings = TeamsSettings()
    salesforce: SalesforceSettings = SalesforceSettings()

    def without_limits(self) -> "SandboxSettings":
        """The same sandbox with no rate limit anywhere, for benchmarks."""
        parts = {name: part for name, part in self if isinstance(part, Frozen)}
        return self.model_copy(update={name: _without_limits(part) for name, part in parts.items()})


def _without_limits(part: Frozen) -> Frozen:
    """The limits are those rates that may be None."""
    rates = {name: each for name, each in type(part).model_fields.items() if "_per_" in name}
    return part.model_copy(update=dict.fromkeys(name for name, each in rates.items() if each.annotation == int | None))
