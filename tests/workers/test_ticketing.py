"""Which worker keeps the tickets of which system."""

import pytest

from activities.credentials import Preflight
from activities.ticketing import Ticketing
from holdline.domain import queues
from holdline.domain.credential import Credential
from holdline.domain.ticket import TicketSystem
from holdline.secrets import Secret
from holdline.settings import Role, Settings
from holdline.settings.ticketing import Salesforce, ServiceNow
from workers.budgets import budgets, limits
from workers.spec import closing
from workers.wiring import build, credentials

SECRET = Secret("env:SECRET")
OAUTH = ServiceNow(url="https://example.service-now.com", user="u", client_id="c", client_secret=SECRET)
BASIC = ServiceNow(url="https://example.service-now.com", user="u", password=SECRET, requests_per_second=7)
SALESFORCE = Salesforce(url="https://example.my.salesforce.com", client_id="c", client_secret=SECRET)


@pytest.mark.parametrize(
    ("settings", "system"),
    [
        (Settings(servicenow=OAUTH), TicketSystem.SERVICENOW),
        (Settings(servicenow=BASIC), TicketSystem.SERVICENOW),
        (Settings(salesforce=SALESFORCE), TicketSystem.SALESFORCE),
    ],
)
async def test_a_system_has_a_queue_of_its_own(settings: Settings, system: TicketSystem) -> None:
    """Its worker keeps tickets and proves the credential; without its section there is none."""
    role = Role(system.value)
    (spec,) = build(settings, (role,))
    async with closing([spec]):
        makers = {type(getattr(each, "__self__", None)) for each in spec.activities}
    assert queues.of_tickets(system) == spec.task_queue
    assert {Ticketing, Preflight} <= makers
    assert (Credential(system.value),) == credentials(settings)
    assert [] == build(Settings(), (role,))


def test_what_may_be_asked_is_what_the_section_says() -> None:
    """By second in the queue, by second and minute at the vendor."""
    settings = Settings(servicenow=BASIC, salesforce=SALESFORCE)
    assert {"holdline-servicenow": 7.0, "holdline-salesforce": 10.0} == budgets(settings)
    found = limits(settings)
    assert [(7, 120), (10, 120)] == [
        (found[name].per_second, found[name].per_minute) for name in ("ServiceNow", "Salesforce")
    ]
