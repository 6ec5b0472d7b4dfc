"""The only place that joins clients to activities: which worker polls which queue with what."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from activities.announcing import Announcing
from activities.approval import Approvals
from activities.briefing import Briefing
from activities.credentials import Preflight
from activities.crowds import Crowds
from activities.gatekeeping import Gatehouse
from activities.notifying import Notifying
from activities.paging import Paging
from activities.polling import Polling
from activities.readings import Readings
from activities.remediation import Remediation
from activities.texting import Texting
from activities.ticketing import Ticketing
from holdline.clients.budgets import Budgets
from holdline.clients.genesys import Genesys
from holdline.clients.genesys_judged import JudgedTrunks
from holdline.clients.jsm import Account, Jsm
from holdline.clients.middleware import Webhook, Webhooks
from holdline.clients.network import Limits, Network
from holdline.clients.pagerduty import PagerDuty
from holdline.clients.twilio import Twilio
from holdline.domain import queues
from holdline.domain.change import ActionKind
from holdline.domain.credential import PERMISSIONS, READINGS, Credential
from holdline.domain.detection import Source
from holdline.domain.incident import IncidentKind
from holdline.domain.runbook import completed
from holdline.domain.ticket import TicketSystem
from holdline.links import Links
from holdline.operators import ConfiguredOperators, Operator
from holdline.ports import Credentials, Lever, Pager, Reader
from holdline.settings import Role, Settings
from workers.budgets import gateway_limits, limits
from workers.rooms import carrier
from workers.spec import WorkerSpec
from workers.ticketing import keeper
from workflows.detector import DetectorWorkflow
from workflows.gate import GateWorkflow
from workflows.incident import IncidentWorkflow
from workflows.preflight import PreflightWorkflow
from workflows.ticket import TicketWorkflow


def build(settings: Settings, roles: tuple[Role, ...], budgets: Budgets | None = None) -> list[WorkerSpec]:
    """Return the workers that these roles need; a vendor that is not configured has no worker."""
    network = _network(settings, budgets or Budgets(limits(settings), settings.worker.processes))
    specs = [_spec(role, settings, network) for role in roles]
    return [spec for spec in specs if spec is not None]


def _spec(role: Role, settings: Settings, network: Network) -> WorkerSpec | None:
    match role:
        case Role.INCIDENTS:
            return _incidents(settings)
        case Role.GENESYS:
            return _genesys(settings, network)
        case Role.PAGERDUTY:
            return _pagerduty(settings, network)
        case Role.TWILIO:
            return _twilio(settings, network)
        case Role.WEBHOOKS:
            return _webhooks(settings, network)
        case Role.JSM:
            return _jsm(settings, network)
        case Role.SLACK | Role.EMAIL | Role.TEAMS:
            return _notices(Credential(role.value), settings, network)
        case Role.SERVICENOW | Role.SALESFORCE | Role.JIRA | Role.AZURE_DEVOPS:
            return _tickets(TicketSystem(role.value), settings, network)
        case _:
            return None


def _incidents(settings: Settings) -> WorkerSpec:
    """Incidents, gate and detectors; without a runbook nothing can be announced, and nothing is watched."""
    approvals = Approvals(ConfiguredOperators(crew(settings)))
    announce = (Announcing(completed(settings.runbooks)).announce,) if settings.runbooks else ()
    crowds = Crowds()
    bonds = (crowds.join, crowds.parent_pages, crowds.call_roll, Briefing().brief)
    activities = (approvals.check, Gatehouse(settings.gate).claim_at_gate, *announce, *bonds)
    workflows = (IncidentWorkflow, TicketWorkflow, GateWorkflow, DetectorWorkflow, PreflightWorkflow)
    return WorkerSpec(queues.INCIDENTS, workflows=workflows, activities=activities)


def crew(settings: Settings) -> dict[str, Operator]:
    """The operators; the gateway hears their presses."""
    return {name: Operator(each.token, frozenset(each.roles), each.slack) for name, each in settings.operators.items()}


def links(settings: Settings) -> Links | None:
    """What makes signed links, or None where none are wanted; reading their secrets may take a moment."""
    found, base = settings.gateway.secrets.links, settings.gateway.public_url
    return Links(lambda: [each.read() for each in found], base) if found and base else None


def _network(settings: Settings, budgets: Budgets) -> Network:
    http = settings.http
    stage = min(timedelta(seconds=5), http.read)
    stages = Limits(connect=http.connect, read=http.read, write=stage, pool=stage, attempt=http.attempt)
    return Network(limits=stages, budgets=budgets, recent=http.recent)


def _genesys(settings: Settings, network: Network) -> WorkerSpec | None:
    if settings.genesys is None:
        return None
    client = genesys(settings, network)
    remediation = Remediation(client.levers, client.recent_grants)
    preflight = Preflight(Credential.GENESYS, client.grants, permissions(settings))
    readers: dict[IncidentKind, Reader] = {
        **client.readers(settings.detection.plan),
        IncidentKind.TRUNK_FAILURE: _trunks(settings, client),
        IncidentKind.CREDENTIAL_EXPIRED: preflight,
    }
    # What a webhook would change needs no reading, so that an incident's first look can say it here as well.
    hooks = _hooks(settings, network)
    hooked: dict[ActionKind, Lever] = {ActionKind.CALL_WEBHOOK: hooks} if settings.webhooks else {}
    every = Remediation({**client.levers, **hooked}, client.recent_grants)
    readings = Readings(readers, every)
    activities = (
        readings.read,
        readings.survey,
        remediation.plan,
        remediation.change,
        preflight.check,
        Polling(client.sweeps).poll,
    )
    return WorkerSpec(task_queue=queues.GENESYS, activities=activities, clients=(client, hooks))


def _trunks(settings: Settings, client: Genesys) -> Reader:
    """How an incident reads its trunk: by the rule that detection has for it."""
    plan = settings.detection.plans().get(Source.TRUNKS)
    return client.trunks if plan is None else JudgedTrunks(client.trunks, client.sweeps, plan)


def genesys(settings: Settings, network: Network | None = None) -> Genesys:
    """The Genesys client; the gateway opens its notification channel with it."""
    section = settings.genesys
    if section is None:
        raise ValueError("the configuration has no [genesys] section")
    return Genesys(
        login_url=section.login_url,
        api_url=section.api_url,
        client_id=section.client_id,
        client_secret=section.client_secret.read,
        network=network or _network(settings, Budgets(gateway_limits(settings))),
        ways_out=ways_out(settings),
    )


def ways_out(settings: Settings) -> frozenset[str]:
    """The in-queue flows by which some runbook sends the callers of a queue on."""
    return frozenset(rule.flow for book in settings.runbooks.values() for rule in book.evacuations if rule.flow)


def credentials(settings: Settings) -> tuple[Credential, ...]:
    """The credentials that are configured; each has the name of its section."""
    return tuple(each for each in Credential if getattr(settings, each.value, None) is not None)


def permissions(settings: Settings) -> tuple[str, ...]:
    """Everything that the Genesys client will be used for, in order and once."""
    rules = [each for kind, book in settings.runbooks.items() for each in book.remediation.every(kind)]
    actions = [each for rule in rules for each in PERMISSIONS.get(rule.do, ())]
    looks = [each for kind in settings.runbooks for each in READINGS.get(kind, ())]
    watched = [each for plan in settings.detection.plans().values() for each in plan.permissions]
    return tuple(dict.fromkeys((*actions, *looks, *watched)))


def _checks(credential: Credential, client: Credentials) -> tuple[Callable[..., Any], ...]:
    """How an incident about a credential looks at it, and the check by the clock."""
    preflight = Preflight(credential, client)
    readings = Readings({IncidentKind.CREDENTIAL_EXPIRED: preflight}, Remediation({}))
    return readings.read, readings.survey, preflight.check


def _pagerduty(settings: Settings, network: Network) -> WorkerSpec | None:
    if settings.pagerduty is None:
        return None
    client = pager(settings, network)
    activities = (*_paging(client), *_checks(Credential.PAGERDUTY, client))
    return WorkerSpec(task_queue=queues.PAGERDUTY, activities=activities, clients=(client,))


def _paging(client: Pager) -> tuple[Callable[..., Any], ...]:
    paging = Paging(client)
    return paging.page, paging.ask_page, paging.silence_page, paging.close_page


def pager(settings: Settings, network: Network | None = None) -> PagerDuty:
    """The PagerDuty client; the gateway finds the key behind an incident id with it."""
    section = settings.pagerduty
    if section is None:
        raise ValueError("the configuration has no [pagerduty] section")
    return PagerDuty(
        events_url=section.events_url,
        rest_url=section.rest_url,
        services={name: secret.read for name, secret in section.services.items()},
        token=section.token.read if section.token else None,
        network=network or _network(settings, Budgets(gateway_limits(settings))),
    )


def _jsm(settings: Settings, network: Network) -> WorkerSpec | None:
    section = settings.jsm
    if section is None:
        return None
    who = section.account
    client = Jsm(
        url=section.url,
        teams={name: secret.read for name, secret in section.teams.items()},
        account=None if who is None else Account(who.api_url, who.email, who.token.read),
        network=network,
    )
    activities = (*_paging(client), *_checks(Credential.JSM, client))
    return WorkerSpec(task_queue=queues.of(Credential.JSM), activities=activities, clients=(client,))


def _twilio(settings: Settings, network: Network) -> WorkerSpec | None:
    section = settings.twilio
    if section is None:
        return None
    client = Twilio(
        url=section.api_url,
        account_sid=section.account_sid,
        auth_token=section.auth_token.read,
        sender=section.from_number,
        contacts={name: contact.phone.read for name, contact in settings.contacts.items() if contact.phone},
        told=told_by_twilio(settings),
        network=network,
    )
    activities = (Texting(client).text, *_checks(Credential.TWILIO, client))
    return WorkerSpec(task_queue=queues.TWILIO, activities=activities, clients=(client,))


def told_by_twilio(settings: Settings) -> str | None:
    """Where Twilio says how a text fared, where a gateway is there to hear it and can tell that it is Twilio."""
    heard = settings.gateway.public_url is not None and settings.gateway.secrets.twilio
    return f"{settings.gateway.public_url}/v1/twilio/status" if heard else None


def _notices(vendor: Credential, settings: Settings, network: Network) -> WorkerSpec | None:
    client = carrier(vendor, settings, network)
    if client is None:
        return None
    slack = vendor is Credential.SLACK
    linked = None if slack else links(settings)
    notifying = Notifying(client, linked, personal=vendor is Credential.EMAIL, looks=slack)
    activities = (notifying.notify, notifying.renew, *_checks(vendor, client))
    return WorkerSpec(task_queue=queues.of(vendor), activities=activities, clients=(client,))


def _tickets(system: TicketSystem, settings: Settings, network: Network) -> WorkerSpec | None:
    client = keeper(system, settings, network)
    if client is None:
        return None
    tickets = Ticketing(client, console(settings))
    keeping = (tickets.open, tickets.update, tickets.close, tickets.reconcile, tickets.state)
    activities = (*keeping, *_checks(Credential(system.value), client))
    return WorkerSpec(task_queue=queues.of_tickets(system), activities=activities, clients=(client,))


def console(settings: Settings) -> str:
    """Where incidents are seen in the Temporal UI; empty where that is not known."""
    embedded = settings.temporal.embedded
    ours = f"http://{embedded.host}:{embedded.ui_port}" if embedded.ui else ""
    return settings.temporal.ui_url or ours


def _webhooks(settings: Settings, network: Network) -> WorkerSpec | None:
    if not settings.webhooks:
        return None
    hooks = _hooks(settings, network)
    remediation = Remediation({ActionKind.CALL_WEBHOOK: hooks})
    return WorkerSpec(queues.WEBHOOKS, activities=(remediation.plan, remediation.change), clients=(hooks,))


def _hooks(settings: Settings, network: Network) -> Webhooks:
    known = {name: Webhook(url=each.url, secret=each.secret.read) for name, each in settings.webhooks.items()}
    return Webhooks(known, network)
