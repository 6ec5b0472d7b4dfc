"""Which worker takes which action, and at what pace."""

from activities.readings import Readings
from activities.remediation import Remediation
from holdline.domain import queues
from holdline.domain.change import ActionKind
from holdline.domain.escalation import Channel, EscalationPolicy, Target, Tier
from holdline.domain.incident import READABLE, IncidentKind
from holdline.domain.runbook import Runbook
from holdline.secrets import Secret
from holdline.settings import Role, Settings
from holdline.settings.sections import Genesys, Webhook
from workers.budgets import budgets
from workers.wiring import build, permissions

SECRET = Secret("env:SECRET")
PAGER = Target(channel=Channel.PAGERDUTY, to="voice")
GENESYS = Genesys(
    login_url="https://login.example.com", api_url="https://api.example.com", client_id="c", client_secret=SECRET
)
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


async def test_without_a_webhook_nobody_works_on_their_queue() -> None:
    """The role is taken by default and then stands for nothing."""
    assert [] == build(Settings(), (Role.WEBHOOKS,))


def test_the_slowest_webhook_sets_the_pace() -> None:
    """They share a queue, and none may be called faster than it allows."""
    assert 30 / 60 == budgets(Settings(webhooks=HOOKS))[queues.WEBHOOKS]
