"""The clients of all vendors on one sandbox, with a watch for what must never be written anywhere."""

import logging
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, fields
from datetime import timedelta
from ssl import SSLContext
from urllib.parse import urlsplit

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from holdline.clients.azure_devops import Area, AzureDevOps
from holdline.clients.genesys import Genesys
from holdline.clients.jira import Board, Jira
from holdline.clients.jsm import Jsm
from holdline.clients.mail import Mail, Server
from holdline.clients.middleware import Webhook, Webhooks
from holdline.clients.network import Limits, Network
from holdline.clients.pagerduty import PagerDuty
from holdline.clients.salesforce import Salesforce
from holdline.clients.servicenow import Account, ServiceNow
from holdline.clients.slack import Slack
from holdline.clients.teams import Teams
from holdline.clients.twilio import Twilio
from holdline.secrets import Secret
from holdline.settings.ticketing import AzureDevOps as AzureSection
from holdline.settings.ticketing import Jira as JiraSection
from holdline.settings.ticketing import Salesforce as SalesforceSection
from holdline.settings.ticketing import ServiceNow as ServiceNowSection
from holdline.simulators.sandbox import Sandbox, SandboxSettings
from holdline.simulators.settings import (
    ACTING,
    POLLING,
    AzureSettings,
    GenesysSettings,
    JiraSettings,
    JsmSettings,
    JsmTeam,
    MailSettings,
    MiddlewareSettings,
    OAuthClient,
    PagerDutySettings,
    PagerService,
    SalesforceSettings,
    ServiceNowSettings,
    SlackSettings,
    TeamsFlow,
    TeamsSettings,
    TwilioSettings,
)

CLIENT_ID = "3f1f5c0a-9f0b-4f7e-8a55-0c6d3b1e0009"
CLIENT_SECRET = "canary-genesys-secret"
ROUTING_KEY = "canary0routing0key00000000000001"
SECOND_KEY = "canary0routing0key00000000000002"
REST_TOKEN = "canary-pagerduty-token"
AUTH_TOKEN = "canary-twilio-token"
SENDER = "+15005550006"
HOOK_SECRET = "canary-capacity-webhook-secret"
PHONE = "+436601234567"
SLACK_TOKEN = "xoxb-canary-slack-token"
ROOM = "C0INCIDENTS"
AZURE_TOKEN = "canary-azure-token"
JIRA_TOKEN = "canary-jira-api-token"
JSM_KEY = "canary-jsm-integration-key"
JSM_SECOND = "canary-jsm-second-key"
JSM_TOKEN = "canary-jsm-api-token"
SALESFORCE_ID = "canary-salesforce-id"
SALESFORCE_SECRET = "canary-salesforce-secret"
SERVICENOW_ID = "canary-servicenow-id"
SERVICENOW_SECRET = "canary-servicenow-secret"
SERVICENOW_PASSWORD = "canary-servicenow-password"
WORKFLOW = TeamsFlow(id="f0110000incidents", signature="canary-teams-signature")
MAIL_PASSWORD = "canary-mail-password"
ADDRESS = "canary.alice@example.com"

CANARIES = (
    *(CLIENT_SECRET, ROUTING_KEY, SECOND_KEY, REST_TOKEN, AUTH_TOKEN, HOOK_SECRET, SENDER[1:], PHONE[1:]),
    *(SLACK_TOKEN, WORKFLOW.signature, MAIL_PASSWORD, ADDRESS),
    *(SERVICENOW_SECRET, SERVICENOW_PASSWORD, SALESFORCE_SECRET),
    *(JSM_KEY, JSM_SECOND, JSM_TOKEN, JIRA_TOKEN, AZURE_TOKEN),
)

PATIENT = Limits(connect=timedelta(seconds=10), read=timedelta(seconds=10), attempt=timedelta(seconds=20))
HASTY = Limits(
    connect=timedelta(milliseconds=500),
    read=timedelta(milliseconds=500),
    write=timedelta(milliseconds=500),
    pool=timedelta(milliseconds=500),
    attempt=timedelta(seconds=1),
)
JSM_LOOKS = (timedelta(milliseconds=5),) * 30
LOOKS = (timedelta(0), timedelta(milliseconds=10), timedelta(milliseconds=10))


def settings(queues: int = 3) -> SandboxSettings:
    """A sandbox whose every credential is a canary."""
    client = OAuthClient(id=CLIENT_ID, secret=CLIENT_SECRET, name="Remediate", permissions=POLLING | ACTING)
    services = (
        PagerService(id="PSVC001", name="Voice", routing_key=ROUTING_KEY),
        PagerService(id="PSVC002", name="Second", routing_key=SECOND_KEY),
    )
    return SandboxSettings(
        genesys=GenesysSettings(clients=(client,), sites=2, queues=queues),
        pagerduty=PagerDutySettings(services=services, rest_token=REST_TOKEN),
        twilio=TwilioSettings(auth_token=AUTH_TOKEN, numbers=(SENDER,)),
        middleware=MiddlewareSettings(secrets={"/hooks/capacity": HOOK_SECRET}),
        slack=SlackSettings(token=SLACK_TOKEN),
        azure=AzureSettings(token=AZURE_TOKEN),
        jira=JiraSettings(token=JIRA_TOKEN),
        jsm=JsmSettings(
            teams=(JsmTeam(name="Voice", key=JSM_KEY), JsmTeam(name="Second", key=JSM_SECOND)),
            api_token=JSM_TOKEN,
            pending=timedelta(milliseconds=1),
        ),
        salesforce=SalesforceSettings(client_id=SALESFORCE_ID, client_secret=SALESFORCE_SECRET),
        servicenow=ServiceNowSettings(
            client_id=SERVICENOW_ID, client_secret=SERVICENOW_SECRET, password=SERVICENOW_PASSWORD
        ),
        teams=TeamsSettings(flows=(WORKFLOW,), step=timedelta(0)),
        mail=MailSettings(username="holdline", password=MAIL_PASSWORD),
    ).without_limits()


@dataclass(frozen=True)
class Addresses:
    """Where the vendors and the middleware are."""

    genesys: str
    pagerduty: str
    twilio: str
    middleware: str
    slack: str
    jsm: str
    jira: str
    azure: str
    servicenow: str
    teams: str
    smtp: str
    salesforce: str


@dataclass(frozen=True)
class Clients:
    """A client of each vendor."""

    genesys: Genesys
    pagerduty: PagerDuty
    twilio: Twilio
    webhooks: Webhooks
    slack: Slack
    jsm: Jsm
    jira: Jira
    azure: AzureDevOps
    servicenow: ServiceNow
    teams: Teams
    mail: Mail
    salesforce: Salesforce


def clients(addresses: Addresses, limits: Limits, provider: TracerProvider, trust: SSLContext | None = None) -> Clients:
    """The clients with canaries for credentials; `trust` replaces the public certificate authorities."""
    network = Network(limits=limits, tracer_provider=provider, recent=timedelta(0), verify=trust)
    return Clients(
        Genesys(
            login_url=addresses.genesys,
            api_url=addresses.genesys,
            client_id=CLIENT_ID,
            client_secret=lambda: CLIENT_SECRET,
            looks=LOOKS,
            network=network,
        ),
        PagerDuty(
            events_url=addresses.pagerduty,
            rest_url=addresses.pagerduty,
            services={"voice": lambda: ROUTING_KEY, "second": lambda: SECOND_KEY},
            token=lambda: REST_TOKEN,
            network=network,
        ),
        Twilio(
            url=addresses.twilio,
            account_sid=TwilioSettings().account_sid,
            auth_token=lambda: AUTH_TOKEN,
            sender=SENDER,
            contacts={"alice": lambda: PHONE},
            network=network,
        ),
        Webhooks({"capacity": Webhook(f"{addresses.middleware}/hooks/capacity", lambda: HOOK_SECRET)}, network),
        Slack(url=f"{addresses.slack}/api", token=lambda: SLACK_TOKEN, rooms={"incidents": ROOM}, network=network),
        _jsm(addresses.jsm, network),
        _jira(addresses.jira, network),
        _azure(addresses.azure, network),
        _servicenow(addresses.servicenow, network),
        teams(addresses.teams, network),
        mail(addresses.smtp, network),
        _salesforce(addresses.salesforce, network),
    )


def _jsm(url: str, network: Network) -> Jsm:
    teams = {"voice": lambda: JSM_KEY, "second": lambda: JSM_SECOND}
    return Jsm(url=url, teams=teams, looks=JSM_LOOKS, network=network)


def teams(address: str, network: Network, signature: str = WORKFLOW.signature) -> Teams:
    """A client with one room, whose address is a canary."""
    trigger = f"{address}/workflows/{WORKFLOW.id}/triggers/manual/paths/invoke"
    query = f"api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={signature}"
    ours = "https://holdline.example.com"
    return Teams(rooms={"incidents": lambda: f"{trigger}?{query}"}, ours=ours, network=network)


def mail(address: str, network: Network, password: str = MAIL_PASSWORD) -> Mail:
    """A mail client with a canary for a password and one for a contact."""
    place = urlsplit(address)
    server = Server(
        host=place.hostname or "",
        port=place.port or 25,
        tls="none",
        username="holdline",
        password=lambda: password,
    )
    ours = "https://holdline.example.com"
    return Mail(server, sender="holdline@example.com", contacts={"alice": ADDRESS}, ours=ours, network=network)


def _servicenow(url: str, network: Network) -> ServiceNow:
    account = Account(client_id=SERVICENOW_ID, client_secret=lambda: SERVICENOW_SECRET, user="holdline")
    form = ServiceNowSection(url=url, user="u", password=Secret("env:A"))
    return ServiceNow(url=url, account=account, form=form, network=network)


def _salesforce(url: str, network: Network) -> Salesforce:
    form = SalesforceSection(url=url, client_id="c", client_secret=Secret("env:A"))
    return Salesforce(
        url=url, client_id=SALESFORCE_ID, client_secret=lambda: SALESFORCE_SECRET, form=form, network=network
    )


def _jira(url: str, network: Network) -> Jira:
    section = JiraSection(url=url, email="holdline@example.com", token=Secret("env:A"), project="OPS")
    board, token = Board(project=section.project), lambda: JIRA_TOKEN
    looks = (timedelta(0),)
    return Jira(url=url, email=section.email, token=token, board=board, form=section, looks=looks, network=network)


def _azure(url: str, network: Network) -> AzureDevOps:
    turned = {"closing": {"System.State": "Done"}, "reopening": {"System.State": "Doing"}}
    form = AzureSection(url=url, token=Secret("env:A"), project="Operations", **turned)
    return AzureDevOps(url=url, token=lambda: AZURE_TOKEN, area=Area(project="Operations"), form=form, network=network)


class Watch(logging.Handler):
    """Hears every span, every log record of the process at DEBUG, and every error that a test hands to it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record as it would be printed, unless it is the simulators' own server that speaks."""
        if not record.name.startswith("uvicorn"):
            self.written.append(f"{record.name} {record.getMessage()} {record.exc_text or ''}")

    def hear(self, error: BaseException) -> None:
        """Keep an error as it would be printed, with its causes."""
        self.written += [repr(error), *traceback.format_exception(error)]

    def spans(self) -> tuple[ReadableSpan, ...]:
        """The spans that ended, oldest first."""
        return self.exporter.get_finished_spans()

    def leaks(self) -> list[str]:
        """The canaries among all that was written."""
        everything = "\n".join([*self.written, *(span.to_json() for span in self.spans())])
        return [canary for canary in CANARIES if canary in everything]

    def forget(self) -> None:
        """Begin anew."""
        self.exporter.clear()
        self.written.clear()


@dataclass(frozen=True)
class Rig:
    """A sandbox, a client of each vendor that waits long enough, and one that does not wait for the slow."""

    sandbox: Sandbox
    watch: Watch
    patient: Clients
    hasty: Clients

    def elsewhere(self, url: str) -> AbstractAsyncContextManager[Clients]:
        """Clients that look for every vendor at one address."""
        return opened(Addresses(*(url for _ in fields(Addresses))), PATIENT, self.watch.provider)


@asynccontextmanager
async def opened(
    addresses: Addresses, limits: Limits, provider: TracerProvider, trust: SSLContext | None = None
) -> AsyncIterator[Clients]:
    """Clients, closed at the end."""
    found = clients(addresses, limits, provider, trust)
    try:
        yield found
    finally:
        for each in (getattr(found, field.name) for field in fields(Clients)):
            await each.aclose()


def addresses_of(sandbox: Sandbox) -> Addresses:
    """Where a sandbox that runs has its vendors."""
    return Addresses(**{name: url for name, url in sandbox.urls().items() if name != "mail"})


@asynccontextmanager
async def rigged(queues: int = 3, prepare: Callable[[Sandbox], None] = lambda _: None) -> AsyncIterator[Rig]:
    """A running sandbox, prepared before it runs, with its clients."""
    watch = Watch()
    async with AsyncExitStack() as stack:
        sandbox = Sandbox(settings(queues))
        prepare(sandbox)
        await stack.enter_async_context(sandbox.running())
        addresses = addresses_of(sandbox)
        patient = await stack.enter_async_context(opened(addresses, PATIENT, watch.provider))
        hasty = await stack.enter_async_context(opened(addresses, HASTY, watch.provider))
        yield Rig(sandbox, watch, patient, hasty)


@contextmanager
def watching(watch: Watch) -> Iterator[Watch]:
    """Hear every logger at DEBUG; at the end nothing that was written may hold a canary."""
    root = logging.getLogger()
    level = root.level
    root.addHandler(watch)
    root.setLevel(logging.DEBUG)
    try:
        yield watch
    finally:
        root.setLevel(level)
        root.removeHandler(watch)
    assert [] == watch.leaks()
