"""The sandbox that fits a configuration: the addresses and credentials that Holdline uses, on the vendors' side."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from holdline.secrets import Secret
from holdline.settings import Settings
from holdline.settings.jsm import Jsm
from holdline.settings.rooms import Email, Slack, Teams
from holdline.settings.sections import Genesys, PagerDuty, Twilio
from holdline.settings.ticketing import AzureDevOps, Jira, Salesforce, ServiceNow
from holdline.simulators.settings import (
    AzureSettings,
    EventTarget,
    GenesysSettings,
    JiraSettings,
    JiraTarget,
    JsmSettings,
    JsmTarget,
    JsmTeam,
    MailSettings,
    MiddlewareSettings,
    OAuthClient,
    PagerDutySettings,
    PagerService,
    SalesforceSettings,
    SandboxSettings,
    ServiceNowSettings,
    SlackChannel,
    SlackSettings,
    SmsTarget,
    TeamsFlow,
    TeamsSettings,
    TwilioSettings,
    WebhookTarget,
)

_WORKFLOW = re.compile(r"/workflows/([A-Za-z0-9-]{1,64})/triggers/")


def gateway_url(settings: Settings) -> str:
    """Where vendors reach the gateway."""
    return settings.gateway.public_url or f"http://{settings.gateway.host}:{settings.gateway.port}"


def sandbox_settings(settings: Settings, host: str, sites: int) -> SandboxSettings:
    """The simulators for a configuration. Reads the secrets that both sides share."""
    parts: dict[str, Any] = {"host": host, "genesys": _genesys(settings, sites)}
    if settings.genesys is not None:
        parts["genesys_port"] = _port(settings.genesys.api_url)
    if settings.pagerduty is not None:
        parts["pagerduty_port"] = _port(settings.pagerduty.events_url)
        parts["pagerduty"] = _pagerduty(settings, settings.pagerduty)
    if settings.twilio is not None:
        parts["twilio_port"] = _port(settings.twilio.api_url)
        parts["twilio"] = _twilio(settings, settings.twilio)
    if settings.azure_devops is not None:
        parts["azure_port"] = _port(settings.azure_devops.url)
        parts["azure"] = _azure(settings.azure_devops)
    if settings.jira is not None:
        parts["jira_port"] = _port(settings.jira.url)
        parts["jira"] = _jira(settings, settings.jira)
    if settings.servicenow is not None:
        parts["servicenow_port"] = _port(settings.servicenow.url)
        parts["servicenow"] = _servicenow(settings.servicenow)
    if settings.jsm is not None:
        parts["jsm_port"] = _port(settings.jsm.url)
        parts["jsm"] = _jsm(settings, settings.jsm)
    if settings.salesforce is not None:
        parts["salesforce_port"] = _port(settings.salesforce.url)
        parts["salesforce"] = _salesforce(settings.salesforce)
    if settings.webhooks:
        parts["middleware_port"] = _port(next(iter(settings.webhooks.values())).url)
        hooks = {urlsplit(each.url).path or "/": each.secret.read() for each in settings.webhooks.values()}
        parts["middleware"] = MiddlewareSettings(secrets=hooks)
    if settings.slack is not None:
        parts["slack_port"] = _port(settings.slack.api_url)
        parts["slack"] = _slack(settings, settings.slack)
    if settings.teams is not None and settings.teams.rooms:
        parts["teams_port"] = _port(next(iter(settings.teams.rooms.values())).read())
        parts["teams"] = _teams(settings.teams)
    if settings.email is not None:
        parts["smtp_port"] = settings.email.port
        parts["mail"] = _mail(settings.email)
    return SandboxSettings(**parts)


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def _read(secrets: tuple[Secret, ...]) -> list[str]:
    return [secret.read() for secret in secrets]


def _genesys(settings: Settings, sites: int) -> GenesysSettings:
    tokens = _read(settings.gateway.secrets.genesys)
    target = EventTarget(url=f"{gateway_url(settings)}/v1/events/genesys", api_key=tokens[0]) if tokens else None
    parts: dict[str, Any] = {"sites": sites, "events": target}
    if settings.genesys is not None:
        parts["clients"] = (_client(settings.genesys),)
    return GenesysSettings(**parts)


def _client(genesys: Genesys) -> OAuthClient:
    return OAuthClient(id=genesys.client_id, secret=genesys.client_secret.read(), name="Holdline")


def _pagerduty(settings: Settings, pagerduty: PagerDuty) -> PagerDutySettings:
    secrets = tuple(_read(settings.gateway.secrets.pagerduty)[:2])
    target = WebhookTarget(url=f"{gateway_url(settings)}/webhooks/pagerduty", secrets=secrets) if secrets else None
    services = tuple(
        PagerService(id=f"PSVC{number:03d}", name=name, routing_key=secret.read())
        for number, (name, secret) in enumerate(pagerduty.services.items(), start=1)
    )
    parts: dict[str, Any] = {"services": services, "webhooks": target}
    if pagerduty.token is not None:
        parts["rest_token"] = pagerduty.token.read()
    return PagerDutySettings(**parts)


def _twilio(settings: Settings, twilio: Twilio) -> TwilioSettings:
    inbound = SmsTarget(url=f"{gateway_url(settings)}/webhooks/twilio/sms")
    return TwilioSettings(
        account_sid=twilio.account_sid,
        auth_token=twilio.auth_token.read(),
        numbers=(twilio.from_number,),
        inbound=inbound,
    )


def _slack(settings: Settings, slack: Slack) -> SlackSettings:
    channels = tuple(SlackChannel(id=id, name=name) for name, id in slack.rooms.items())
    parts: dict[str, Any] = {"token": slack.token.read(), "channels": channels}
    if secrets := _read(settings.gateway.secrets.slack):
        parts |= {"signing_secret": secrets[0], "target": f"{gateway_url(settings)}/v1/slack/actions"}
    return SlackSettings(**parts)


def _servicenow(servicenow: ServiceNow) -> ServiceNowSettings:
    """The instance with this account, by whichever of the two ways it is known."""
    names = {"user": servicenow.user, "client_id": servicenow.client_id}
    secrets = {"password": servicenow.password, "client_secret": servicenow.client_secret}
    read = {name: secret.read() for name, secret in secrets.items() if secret is not None}
    return ServiceNowSettings(**{name: text for name, text in names.items() if text is not None}, **read)


def _jsm(settings: Settings, jsm: Jsm) -> JsmSettings:
    secrets = _read(settings.gateway.secrets.jsm)
    target = JsmTarget(url=f"{gateway_url(settings)}/v1/jsm", value=secrets[0]) if secrets else None
    teams = tuple(JsmTeam(name=name, key=secret.read()) for name, secret in jsm.teams.items())
    parts: dict[str, Any] = {"teams": teams, "webhook": target}
    if jsm.account is not None:
        parts |= {"email": jsm.account.email, "api_token": jsm.account.token.read()}
    return JsmSettings(**parts)


def _teams(teams: Teams) -> TeamsSettings:
    """The workflows behind the addresses: each is known by its own part of the path and its signature."""
    addresses = [urlsplit(address) for address in _read(tuple(teams.rooms.values()))]
    signed = [(_WORKFLOW.match(each.path), dict(parse_qsl(each.query)).get("sig", "")) for each in addresses]
    flows = {found[1]: signature for found, signature in signed if found and signature}
    return TeamsSettings(flows=tuple(TeamsFlow(id=id, signature=signature) for id, signature in flows.items()))


def _mail(email: Email) -> MailSettings:
    """A mail server without a certificate: it offers no encryption, as on the same machine."""
    return MailSettings(username=email.username, password=email.password.read() if email.password else "")


def _salesforce(salesforce: Salesforce) -> SalesforceSettings:
    return SalesforceSettings(
        client_id=salesforce.client_id,
        client_secret=salesforce.client_secret.read(),
        external_field=salesforce.external_field,
    )


def _jira(settings: Settings, jira: Jira) -> JiraSettings:
    secrets = _read(settings.gateway.secrets.jira)
    target = JiraTarget(url=f"{gateway_url(settings)}/v1/tickets/jira", secret=secrets[0]) if secrets else None
    account = {"email": jira.email, "token": jira.token.read(), "project": jira.project}
    return JiraSettings(**account, issue_types=(jira.issue_type,), webhook=target)


def _azure(azure: AzureDevOps) -> AzureSettings:
    return AzureSettings(token=azure.token.read(), project=azure.project, types=(azure.work_item_type,))
