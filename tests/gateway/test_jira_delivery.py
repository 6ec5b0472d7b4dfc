"""From an issue that we opened at Jira back to its incident, by the webhook that the site sends."""

import pytest
from temporalio.client import Client

from holdline.clients.jira import Board, Jira
from holdline.domain.acknowledgement import Via
from holdline.domain.incident import IncidentKind
from holdline.domain.keys import Incident, workflow_id
from holdline.domain.messages import Answer, AnswerKind
from holdline.domain.ticket import TicketForm
from holdline.ports import TicketOrder
from holdline.simulators.jira.simulator import Deed
from holdline.simulators.sandbox import Sandbox
from holdline.simulators.settings import JiraTarget
from tests.gateway.events import JIRA, event, trunk
from tests.gateway.running import Running, answered, described, eventually

FORM = TicketForm(fields={"summary": "{summary}", "description": "{description}"}, minimal={"summary": "{summary}"})
BARE = TicketForm(fields={"summary": "{summary}", "description": ""})


@pytest.mark.parametrize(("form", "minimal"), [(FORM, False), (FORM, True), (BARE, False)])
async def test_whoever_takes_our_issue_has_the_incident(
    gateway: Running, client: Client, form: TicketForm, minimal: bool
) -> None:
    """S4.7: what the client wrote names the incident to the gateway, however little the issue says."""
    entity = trunk()
    await gateway.event(event(entity))
    await eventually(lambda: described(client, entity))
    key = Incident(workflow_id(IncidentKind.TRUNK_FAILURE, entity), 1).ticket_key("0a1b2c3d")
    facts = {"summary": "Trunk down", "description": "since noon"}
    async with Sandbox().running() as sandbox:
        account = sandbox.settings.jira
        board, token = Board(project=account.project), account.token
        tickets = Jira(url=sandbox.jira_url, email=account.email, token=lambda: token, board=board, form=form)
        opened = await tickets.open(TicketOrder(request_id="r", effect="e", key=key, facts=facts, minimal=minimal))
        await tickets.aclose()
        sandbox.jira.target = JiraTarget(url=f"{gateway.url}/v1/tickets/jira", secret=JIRA)
        sandbox.jira.act(Deed(issue=opened.number, do="assign"))

        async def heard() -> list[Answer] | None:
            return await answered(client, entity) or None

        (answer,) = await eventually(heard)
        await sandbox.jira.courier.settled()
    assert (AnswerKind.ACKNOWLEDGED, "Maria Huber", Via.TICKET, 1) == (answer.kind, answer.by, answer.via, answer.epoch)
