"""Which worker takes which action, and at what pace."""

import asyncio
import gc
from typing import Any

import httpx
import pytest

from activities.readings import Readings
from activities.remediation import Remediation
from holdline.domain import queues
from holdline.domain.change import ActionKind
from holdline.domain.credential import Credential
from holdline.domain.escalation import Channel, EscalationPolicy, Target, Tier
from holdline.domain.incident import READABLE, IncidentKind
from holdline.domain.runbook import ActionRule, RemediationRule, Runbook
from holdline.secrets import Secret
from holdline.settings import Role, Settings
from holdline.settings.jsm import Jsm, JsmAccount
from holdline.settings.rooms import Slack
from holdline.settings.sections import Gateway, Genesys, PagerDuty, Twilio, Webhook, WebhookSecrets
from holdline.settings.ticketing import AzureDevOps, Jira
from workers.budgets import budgets
from workers.datadir import Server
from workers.main import run_worker
from workers.spec import closing
from workers.wiring import build, credentials, links, permissions, told_by_twilio, ways_out

SECRET = Secret("env:SECRET")
PAGER = Target(channel=Channel.PAGERDUTY, to="voice")
GENESYS = Genesys(
    login_url="https://login.example.com", api_url="https://api.example.com", client_id="c", client_secret=SECRET
)
PAGERDUTY = PagerDuty(services={"voice": SECRET}, token=SECRET)
READING = JsmAccount(api_url="https://reading.example.com", email="h@example.com", token=SECRET)
JSM = Jsm(teams={"voice": SECRET}, account=READING)
TRACKERS: dict[str, Any] = {
    "jira": Jira(url="https://jira.example.com", email="h@example.com", token=SECRET, project="OPS"),
    "azure_devops": AzureDevOps(url="https://dev.example.com/h", token=SECRET, project="Operations"),
}
TWILIO = Twilio(account_sid="AC" + "0" * 32, auth_token=SECRET, from_number="+436601234567")
SLACK = Slack(token=SECRET)
HOOKS = {
    "capacity": Webhook(url="https://one.example.com/hook", secret=SECRET, requests_per_minute=30),
    "standby": Webhook(url="https://two.example.com/hook", secret=SECRET, requests_per_minute=90),
}


async def test_every_action_is_taken_by_the_workers_of_its_queue() -> None:
    """An action that nobody takes would be refused in the middle of the night."""
    specs = build(Settings(genesys=GENESYS, webhooks=HOOKS), (Role.GENESYS, Role.WEBHOOKS))
    bound = [(spec.task_queue, getattr(each, "__self__", None)) for spec in specs for each in spec.activities]
    makers = {queue: maker for queue, maker in bound if isinstance(maker, Remediation)}
    assert [] == [action for action in ActionKind if not makers[queues.queue_of(action)].takes(action)]


async def test_every_kind_that_can_be_read_is_read_there() -> None:
    """A kind that nobody reads would be believed to be readable, and each look at it would fail."""
    (spec,) = build(Settings(genesys=GENESYS), (Role.GENESYS,))
    makers = {getattr(each, "__self__", None) for each in spec.activities}
    (readings,) = [maker for maker in makers if isinstance(maker, Readings)]
    assert [] == [kind for kind in READABLE if kind not in readings.kinds]


def test_what_is_read_is_permitted() -> None:
    """The check of the credential asks for what the readings of the written runbooks need, polled or not."""
    book = Runbook(escalation=EscalationPolicy(tiers=(Tier(name="one", page=(PAGER,)),)))
    settings = Settings(genesys=GENESYS, runbooks={IncidentKind.QUEUE_OVERFLOW: book})
    assert {"routing:queue:search", "analytics:queueObservation:view"} <= set(permissions(settings))
    assert () == permissions(Settings(genesys=GENESYS))


def test_every_way_out_is_known() -> None:
    """A queue that one runbook evacuates is known to all others, so that they send nobody there."""
    action = ActionRule(do=ActionKind.EVACUATE_QUEUE, flow="f1", overflow="q2")
    other = action.model_copy(update={"flow": "f2", "queue": "q2", "overflow": "q3"})
    escalation = EscalationPolicy(tiers=(Tier(name="one", page=(PAGER,)),))
    books = {
        kind: Runbook(escalation=escalation, remediation=RemediationRule(actions=(rule,)))
        for kind, rule in ((IncidentKind.QUEUE_OVERFLOW, action), (IncidentKind.REGION_DEGRADED, other))
    }
    assert {"f1", "f2"} == ways_out(Settings(genesys=GENESYS, runbooks=books))


async def test_without_a_webhook_nobody_works_on_their_queue() -> None:
    """The role is taken by default and then stands for nothing."""
    assert [] == build(Settings(), (Role.WEBHOOKS,))


def test_the_slowest_webhook_sets_the_pace() -> None:
    """They share a queue, and none may be called faster than it allows."""
    assert 30 / 60 == budgets(Settings(webhooks=HOOKS))[queues.WEBHOOKS]


def clients(but: list[httpx.AsyncClient] | None = None) -> list[httpx.AsyncClient]:
    """Every HTTP client of this process but those."""
    known = {id(each) for each in but or ()}
    # By its type: what stands for an object that is gone refuses to be asked for its class.
    found = [each for each in gc.get_objects() if issubclass(type(each), httpx.AsyncClient)]
    return [each for each in found if id(each) not in known]


async def test_every_client_that_is_opened_is_closed() -> None:
    """What the workers call vendors with is closed when they have ended, whichever vendor it is."""
    before = clients()
    channels: dict[str, Any] = {"pagerduty": PAGERDUTY, "twilio": TWILIO, "slack": SLACK, "jsm": JSM}
    settings = Settings(genesys=GENESYS, webhooks=HOOKS, **channels, **TRACKERS)
    async with closing(build(settings, tuple(Role))):
        opened = clients(but=before)
        assert {False} == {each.is_closed for each in opened}
    assert {True} == {each.is_closed for each in opened}


def test_pages_and_tickets_have_workers_of_their_own() -> None:
    """A vendor that is down delays nothing of the others: a queue each, at the pace of its own section."""
    settings = Settings(jsm=JSM, **TRACKERS)
    found = {Credential(each) for each in ("jsm", "jira", "azure_devops")}
    assert {queues.of(each) for each in found} == set(budgets(settings))
    assert found == set(credentials(settings))


async def test_a_worker_that_ends_closes_its_clients(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its connections do not wait for the end of the process."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", server.address)
    before, stop = clients(), asyncio.Event()
    working = asyncio.create_task(run_worker(Settings(webhooks=HOOKS), (Role.WEBHOOKS,), stop))
    while not (opened := clients(but=before)):  # noqa: ASYNC110 (nothing else tells that they are open)
        await asyncio.sleep(0.001)
    stop.set()
    await working
    assert [True, True] == [each.is_closed for each in opened]


def test_what_leads_back_to_the_gateway_needs_its_address_and_a_secret() -> None:
    """Without either no link is sent, and no vendor is asked to tell what nobody could believe."""
    secrets = WebhookSecrets(twilio=(SECRET,), links=(SECRET,))
    whole = Settings(gateway=Gateway(public_url="https://holdline.example.com", secrets=secrets))
    assert "https://holdline.example.com/v1/twilio/status" == told_by_twilio(whole)
    assert links(whole) is not None
    for gateway in (Gateway(secrets=secrets), Gateway(public_url="https://holdline.example.com")):
        assert (None, None) == (told_by_twilio(Settings(gateway=gateway)), links(Settings(gateway=gateway)))
