"""Whoever has a page or a ticket, as the vendor says when it is asked: without an e-mail address, as by webhook."""

from collections.abc import Callable
from typing import Any

import pytest

from holdline.ports import PageState, TicketState
from holdline.simulators.jira.issue import status
from tests.clients.scripted import answer, scripted
from tests.clients.test_azure_devops import azure
from tests.clients.test_jira import jira
from tests.clients.test_servicenow import basic
from tests.contracts.tickets import OPENING

ADDRESS = "maria.huber@example.com"


def _servicenow(**fields: Any) -> dict[str, Any]:
    blank = {"value": "", "display_value": ""}
    names = ("state", "assigned_to", "resolved_by", "sys_updated_by")
    return {"result": {name: fields.get(name, blank) for name in names}}


@pytest.mark.parametrize(
    ("client", "said", "who"),
    [
        (
            jira,
            {"id": "1", "key": "OPS-1", "fields": {"status": status("To Do"), "assignee": {"displayName": ADDRESS}}},
            "maria.huber",
        ),
        (
            azure,
            {
                "id": 1,
                "rev": 1,
                "fields": {
                    "System.State": "To Do",
                    "System.AssignedTo": {"displayName": f"Maria Huber <{ADDRESS}>", "uniqueName": ADDRESS},
                },
            },
            "Maria Huber",
        ),
        (
            basic,
            _servicenow(
                state={"value": "2", "display_value": "x"}, sys_updated_by={"value": ADDRESS, "display_value": ADDRESS}
            ),
            "maria.huber",
        ),
        (
            basic,
            _servicenow(
                state={"value": "2", "display_value": "x"}, assigned_to={"value": "1", "display_value": ADDRESS}
            ),
            "maria.huber",
        ),
    ],
)
async def test_whoever_has_a_ticket_is_a_name(client: Callable[[str], Any], said: Any, who: str) -> None:
    """S4.7."""
    async with scripted(answer(200, said)) as script:
        tickets = client(script.url)
        assert who == (await tickets.state(OPENING.model_copy(update={"record": "1"}))).acknowledged_by
        await tickets.aclose()


def test_no_answer_of_a_vendor_has_an_address() -> None:
    """Whatever a client of today or tomorrow reads."""
    assert "maria.huber" == PageState(acknowledged_by=ADDRESS).acknowledged_by
    state = TicketState(acknowledged_by=ADDRESS, resolved=True, resolved_by=f"Maria <{ADDRESS}>")
    assert ("maria.huber", "Maria") == (state.acknowledged_by, state.resolved_by)
