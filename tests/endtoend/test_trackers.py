"""A team at Jira Service Management and a ticket at Jira or Azure DevOps: taken there, closed everywhere."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from holdline.domain.keys import Incident, alias_of
from holdline.domain.lifecycle import State
from holdline.simulators.sandbox import Sandbox
from holdline.simulators.simulator import Simulator
from tests.endtoend.configuration import Plan
from tests.endtoend.incidents import until, workflow_id
from tests.endtoend.rig import Rig, rigged

pytestmark = pytest.mark.long

LADDER = """
wait = "1m"
stale_after = "10m"
repeats = 0
tiers = [{ name = "first", page = ["jsm:voice", "sms:alice"] }]
"""
WHO = "maria.huber"
MARIA = f"{WHO}@example.com"


def sections(sandbox: Sandbox, secrets: Path) -> str:
    """A team, and both trackers."""
    return f"""
[jsm]
url = "{sandbox.jsm_url}"
teams = {{ voice = "file:{secrets}/jsm" }}

[jira]
url = "{sandbox.jira_url}"
email = "{sandbox.settings.jira.email}"
token = "file:{secrets}/tracker"
project = "{sandbox.settings.jira.project}"

[azure_devops]
url = "{sandbox.azure_url}"
token = "file:{secrets}/tracker"
project = "{sandbox.settings.azure.project}"
closing = {{ "System.State" = "Done" }}
"""


@pytest.fixture(params=["jira", "azure_devops"])
async def rig(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    """A rig whose incidents have a ticket at one of them."""
    ticket = f'{{ system = "{request.param}", pace = "1s", reconcile = "2s", again = ["2s"] }}'
    plan = Plan(ladder=LADDER, linger="1s", ticket=ticket, further=sections)
    async with rigged(tmp_path, plan) as running:
        running.aim()
        yield running


def tracker(rig: Rig) -> Simulator:
    """The one that has the tickets."""
    return rig.sandbox.jira if "jira" in rig.plan.ticket else rig.sandbox.azure


async def test_taken_at_the_vendor_and_closed_everywhere(rig: Rig) -> None:
    """One alert, one ticket; whoever acknowledges the alert has the incident; after recovery nothing is left open."""
    place, desk = rig.site(), rig.sandbox.jsm.desk
    alias = alias_of(Incident(workflow_id(place), 1).page_key(1))
    tickets = tracker(rig).ledger
    rig.degrade(place)
    await rig.incidents.reaches(place, State.MONITORING)
    await until(lambda: desk.find(alias) is not None, "the alert is there")
    await until(lambda: bool(tickets.of("ticket.created")), "the ticket is there")
    alert = desk.find(alias)
    assert alert is not None
    desk.acknowledge(alert, MARIA)
    await rig.incidents.says(place, f"{WHO} has it")
    rig.heal(place)
    story = await rig.incidents.ends(place)
    await rig.incidents.lets_go(place)
    assert (State.RESOLVED, WHO) == (story.state, story.acknowledged_by)
    assert (1, "closed") == (len(desk.alerts), desk.alerts[0].status)
    assert (1, 1) == (len(tickets.of("ticket.created")), len(tickets.of("ticket.closed")))
    assert [] == rig.sandbox.twilio.ledger.of("sms.created")
