"""An incident that comes back opens the ticket again that we have closed, and no other (S1.3)."""

import pytest

from holdline.clients.azure_devops_fields import STATE
from holdline.clients.jira import Board
from holdline.clients.servicenow import Desk
from holdline.domain.ticket import TicketForm
from holdline.ports import TicketOrder, Tickets
from holdline.simulators.azure.items import Oddities as Process
from holdline.simulators.jira.desk import Oddities as Workflow
from holdline.simulators.jira.desk import plain
from holdline.simulators.jira.issue import status
from holdline.simulators.salesforce.oddities import Oddities as Org
from holdline.simulators.salesforce.simulator import Deed as CaseDeed
from holdline.simulators.servicenow.simulator import Deed as RecordDeed
from holdline.simulators.simulator import Simulator
from tests.clients.scripted import answer, scripted
from tests.clients.test_azure_devops import FORM, azure
from tests.clients.test_jira import jira
from tests.clients.test_servicenow import basic
from tests.contracts.rig import Rig
from tests.contracts.tickets import AGAIN, CLOSING, OPENING


async def closed(tickets: Tickets) -> TicketOrder:
    """The order to open again what was closed just now."""
    record = (await tickets.open(OPENING)).id
    await tickets.close(CLOSING.model_copy(update={"record": record}))
    return AGAIN.model_copy(update={"record": record})


def asked(simulator: Simulator) -> list[str]:
    """The methods of what was asked since this was called last, without logins."""
    found = [each["method"] for each in simulator.requests if "oauth" not in each["path"]]
    simulator.requests.clear()
    return found


async def test_servicenow_looks_only_where_the_order_says_so(rig: Rig) -> None:
    """One request more than an update, and the state, the description and the note are one."""
    tickets, simulator = rig.patient.servicenow, rig.sandbox.servicenow
    order = await closed(tickets)
    asked(simulator)
    told = await tickets.update(order)
    assert (["GET", "PATCH"], True) == (asked(simulator), told.open)
    await tickets.update(order.model_copy(update={"reopen": False}))
    assert ["PATCH"] == asked(simulator)
    (record,) = simulator.records.all.values()
    assert ("2", "") == (record.values["state"], record.values["resolved_by"])


async def test_servicenow_leaves_what_people_have_closed_for_good(rig: Rig) -> None:
    """State 7 takes nothing any more: told as closed."""
    tickets, simulator = rig.patient.servicenow, rig.sandbox.servicenow
    order = await closed(tickets)
    simulator.act(RecordDeed(record=order.record, fields={"state": "7"}))
    assert not (await tickets.update(order)).open
    assert [] == simulator.ledger.of("ticket.reopened")


async def test_servicenow_knows_who_moved_it_on_afterwards(rig: Rig) -> None:
    """The state that we opened it with tells of nobody; whoever writes it after us is somebody."""
    tickets, simulator = rig.patient.servicenow, rig.sandbox.servicenow
    order = await closed(tickets)
    await tickets.update(order)
    assert None is (await tickets.state(order)).acknowledged_by
    simulator.act(RecordDeed(record=order.record, by="jonas.weber", fields={"state": "3"}))
    assert "jonas.weber" == (await tickets.state(order)).acknowledged_by


async def test_servicenow_may_open_it_otherwise(rig: Rig) -> None:
    """The operator says by which fields; without any it stays closed, and says so."""
    simulator = rig.sandbox.servicenow
    form = TicketForm(
        fields={"short_description": "{summary}"},
        closing={"state": "6", "close_code": "x", "close_notes": "{note}"},
        reopening={"state": "1"},
    )
    client = basic(rig.sandbox.servicenow_url, form=form)
    order = await closed(client)
    assert (await client.update(order)).open
    await client.aclose()
    (record,) = simulator.records.all.values()
    assert "1" == record.values["state"]
    bare = basic(rig.sandbox.servicenow_url, form=form.model_copy(update={"reopening": {}}))
    await bare.close(CLOSING.model_copy(update={"record": order.record}))
    assert not (await bare.update(order)).open
    await bare.aclose()


async def test_an_import_leaves_the_record_that_is_there(rig: Rig) -> None:
    """Folding by the key would write over a closed record: it is told as closed, and the caller decides."""
    simulator = rig.sandbox.servicenow
    client = basic(rig.sandbox.servicenow_url, Desk(import_table="u_holdline_import"))
    first = await client.open(OPENING)
    simulator.act(RecordDeed(record=first.id, fields={"state": "7", "close_code": "x", "close_notes": "A cable."}))
    again = await client.open(OPENING.model_copy(update={"facts": OPENING.facts | {"description": "Another."}}))
    await client.aclose()
    assert (first.id, first.number, True, False) == (again.id, again.number, again.adopted, again.open)
    (record,) = simulator.records.all.values()
    assert OPENING.facts["description"] == record.values["description"]


async def test_salesforce_looks_only_where_the_order_says_so(rig: Rig) -> None:
    """The status and what changes are one request, then the note; an update reads the case anyway."""
    tickets, simulator = rig.patient.salesforce, rig.sandbox.salesforce
    order = await closed(tickets)
    asked(simulator)
    told = await tickets.update(order)
    assert (["GET", "PATCH", "POST"], True, "00000001") == (asked(simulator), told.open, told.number)
    await tickets.update(order.model_copy(update={"reopen": False}))
    assert ["GET", "PATCH", "POST"] == asked(simulator)


async def test_salesforce_leaves_what_is_final(rig: Rig) -> None:
    """A rule that keeps closed cases as they are: told as closed, without a comment."""
    tickets, simulator = rig.patient.salesforce, rig.sandbox.salesforce
    order = await closed(tickets)
    said = len(simulator.ledger.of("ticket.commented"))
    simulator.oddities = Org(final=True)
    told = await tickets.update(order)
    assert (False, said) == (told.open, len(simulator.ledger.of("ticket.commented")))


async def test_salesforce_adopts_a_closed_case_as_it_is(rig: Rig) -> None:
    """The upsert would write over it: nothing is written, and the caller decides."""
    tickets, simulator = rig.patient.salesforce, rig.sandbox.salesforce
    first = await tickets.open(OPENING)
    simulator.act(CaseDeed(record=first.id, fields={"Status": "Closed", "Description": "A cable."}))
    again = await tickets.open(OPENING)
    assert (first.id, True, False) == (again.id, again.adopted, again.open)
    (case,) = simulator.cases.all.values()
    assert ("Closed", "A cable.") == (case.values["Status"], case.values["Description"])


async def test_azure_opens_it_in_the_one_change(rig: Rig) -> None:
    """An update reads the revision anyway: no request more."""
    tickets, simulator = rig.patient.azure, rig.sandbox.azure
    order = await closed(tickets)
    asked(simulator)
    assert (await tickets.update(order)).open
    assert ["GET", "PATCH"] == asked(simulator)
    (item,) = simulator.items.all.values()
    assert "Doing" == item.fields[STATE]


async def test_azure_opens_nothing_that_somebody_opened_meanwhile() -> None:
    """Whoever was faster has chosen its state, which stays."""
    done, begun = ({"id": 1, "rev": rev, "fields": {STATE: name}} for rev, name in ((1, "Done"), (2, "To Do")))
    faster = answer(409, {"message": "TF26071: This work item has been changed by someone else."})
    async with scripted(answer(200, done), faster, answer(200, begun)) as script:
        client = azure(script.url, form=FORM.model_copy(update={"reopening": {STATE: "Doing"}}))
        assert (await client.update(AGAIN.model_copy(update={"record": "1"}))).open
        await client.aclose()
        first, second = (each for each in script.requests if each.startswith(b"PATCH"))
    assert (True, False) == (STATE.encode() in first, STATE.encode() in second)
    assert b"It fails again." in second


async def test_azure_leaves_what_is_final(rig: Rig) -> None:
    """A rule of the process: told as closed."""
    tickets, simulator = rig.patient.azure, rig.sandbox.azure
    order = await closed(tickets)
    simulator.items.oddities = Process(final=True)
    assert not (await tickets.update(order)).open


async def test_jira_takes_the_way_to_a_new_status(rig: Rig) -> None:
    """The first one that is not done, a new one before others, with nothing more to read than its ways."""
    tickets, simulator = rig.patient.jira, rig.sandbox.jira
    order = await closed(tickets)
    asked(simulator)
    assert (await tickets.update(order)).open
    assert ["GET", "POST", "GET", "PUT", "POST"] == asked(simulator)
    (issue,) = simulator.desk.issues.values()
    assert ("To Do", f"It fails again. [{AGAIN.tag}]") == (issue.status, plain(issue.comments[-1]["body"]))


async def test_jira_takes_the_way_that_is_named(rig: Rig) -> None:
    """What we started ourselves nobody has; an update that opens nothing asks no more than before."""
    client = jira(rig.sandbox.jira_url, TicketForm(), board=Board(project="OPS", reopen_transition="start"))
    order = await closed(rig.patient.jira)
    await client.update(order)
    (issue,) = rig.sandbox.jira.desk.issues.values()
    assert "In Progress" == issue.status
    assert None is (await client.state(order)).acknowledged_by
    assert "somebody" == (await client.state(order.model_copy(update={"reopen": False}))).acknowledged_by
    asked(rig.sandbox.jira)
    await client.update(order.model_copy(update={"note": ""}))
    assert ["GET"] == asked(rig.sandbox.jira)
    await client.aclose()


@pytest.mark.parametrize("name", ["", "Nirvana"])
async def test_jira_leaves_what_has_no_way_back(rig: Rig, name: str) -> None:
    """Closed for good: told as closed, and nothing is written."""
    client = jira(rig.sandbox.jira_url, board=Board(project="OPS", reopen_transition=name))
    order = await closed(rig.patient.jira)
    said = len(rig.sandbox.jira.ledger)
    rig.sandbox.jira.desk.oddities = Workflow(final=not name)
    assert not (await client.update(order)).open
    assert said == len(rig.sandbox.jira.ledger)
    await client.aclose()


async def test_jira_goes_on_with_what_somebody_opened_meanwhile() -> None:
    """The transition is refused, because it is not one of this status any more: the issue is open, and is told."""
    ways = [{"id": "11", "name": "Back", "to": status("To Do")}]
    done, begun = ({"id": "1", "key": "OPS-1", "fields": {"status": status(name)}} for name in ("Done", "To Do"))
    refused, said = answer(400, {"errorMessages": ["not valid"], "errors": {}}), answer(201, {"id": "1"})
    async with scripted(answer(200, done | {"transitions": ways}), refused, answer(200, begun), said) as script:
        client = jira(script.url, TicketForm())
        assert (await client.update(AGAIN.model_copy(update={"record": "1"}))).open
        await client.aclose()
        assert script.paths[-1].startswith("POST /rest/api/3/issue/1/comment")
