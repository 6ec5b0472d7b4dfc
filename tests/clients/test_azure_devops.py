"""Tickets at Azure DevOps: a door that answers 203, revisions that others change, and text that is no HTML."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from holdline.clients.azure_devops import Area, AzureDevOps
from holdline.clients.azure_devops_fields import STATE, tagged
from holdline.clients.budgets import Budgets
from holdline.clients.network import Network
from holdline.clients.share import Limit
from holdline.domain.ticket import Choice, TicketForm
from holdline.ports import (
    Call,
    Conflict,
    CredentialsRefused,
    Invalid,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Throttled,
    TicketState,
)
from holdline.simulators.azure.items import OURS, Oddities, WorkItem
from holdline.simulators.azure.simulator import Azure as Organisation
from holdline.simulators.azure.simulator import Deed
from tests.clients.scripted import answer, scripted
from tests.contracts.rig import AZURE_TOKEN, PATIENT, Rig
from tests.contracts.tickets import CLOSING, KEY, OPENING, UPDATE

CALL = Call(request_id="request-1", effect="preflight:azure_devops")
OPERATIONS = Area(project="Operations")
FORM = TicketForm(
    fields={
        "System.Title": "{summary}",
        "System.Description": "{description}\n\n{link}",
        "System.Tags": "telephony; {queue}",
        "Microsoft.VSTS.Common.Priority": Choice(by="severity", values={"CRITICAL": "1"}, otherwise="3"),
        "Custom.Site": "{queue}",
        "Custom.Notes.html": "{description}",
    },
    minimal={"System.Title": "{summary}"},
    changing={"System.Description": "{description}"},
    closing={"System.State": "Done", "System.Reason": "Recovered"},
)
PAGE = answer(203, b"<!DOCTYPE html><html>Sign in</html>", content_type="text/html; charset=utf-8")


def azure(url: str, area: Area = OPERATIONS, form: TicketForm = FORM, token: str = AZURE_TOKEN) -> AzureDevOps:
    """A client for an address."""
    return AzureDevOps(url=url, token=lambda: token, area=area, form=form, network=Network(limits=PATIENT))


@pytest.fixture
def organisation(rig: Rig) -> Organisation:
    """The simulator."""
    return rig.sandbox.azure


@pytest.fixture
async def client(rig: Rig) -> AsyncIterator[AzureDevOps]:
    """A client with many fields."""
    opened = azure(rig.sandbox.azure_url)
    yield opened
    await opened.aclose()


def kept(organisation: Organisation) -> WorkItem:
    """The only work item."""
    (item,) = organisation.items.all.values()
    return item


async def test_a_ticket_says_what_its_form_says(organisation: Organisation, client: AzureDevOps) -> None:
    """Each field by its reference name, the tag, the key at the end, and a receipt with the way there."""
    receipt = await client.open(OPENING)
    assert ("1", "1", True, ()) == (receipt.id, receipt.number, receipt.open, receipt.dropped)
    assert receipt.url.endswith("/_workitems/edit/1")
    fields = kept(organisation).fields
    assert {
        "System.Title": "CRITICAL: Sales waits since 02:12",
        "System.Description": "The longest wait is 412 s.<br>Paged Maria Huber.<br><br>"
        f"{OPENING.facts['link']}<br><br>{KEY}",
        "System.Tags": f"telephony; Sales; {tagged(KEY)}",
        "Microsoft.VSTS.Common.Priority": "1",
        "Custom.Site": "Sales",
        "Custom.Notes": "The longest wait is 412 s.<br>Paged Maria Huber.",
    } == {name: value for name, value in fields.items() if not name.endswith(("Date", "State", "By"))}


async def test_text_is_no_html(organisation: Organisation, client: AzureDevOps) -> None:
    """In fields of HTML it is escaped, in others it is a line; no number of a caller is passed on."""
    text = 'call +43 660 1234567 <a data-vss-mention="version:2.0,5b10">@Maria</a> & <script>'
    order = OPENING.model_copy(update={"facts": OPENING.facts | {"summary": text * 9, "description": text}})
    await client.open(order)
    fields = kept(organisation).fields
    assert 255 == len(fields["System.Title"])
    assert fields["System.Title"].startswith("call [number] <a data-vss-mention")
    assert "call [number] &lt;a data-vss-mention=&quot;" in fields["System.Description"]
    assert "<" not in fields["System.Description"].replace("<br>", "")


async def test_a_token_that_is_not_accepted_is_answered_with_a_page(organisation: Organisation) -> None:
    """203 is a success of HTTP and none of ours: nothing was processed."""
    async with scripted(PAGE) as script:
        client = azure(script.url)
        for call in (client.open(OPENING), client.find(OPENING), client.prove((), CALL)):
            with pytest.raises(CredentialsRefused, match="203 and a page to sign in at"):
                await call
        await client.aclose()


async def test_an_expired_token_is_known_by_the_check(rig: Rig) -> None:
    """The simulator's own door."""
    client = azure(rig.sandbox.azure_url, token="expired")
    with pytest.raises(CredentialsRefused):
        await client.prove((), CALL)
    await client.aclose()


async def test_a_rule_that_wants_more_is_invalid(organisation: Organisation, client: AzureDevOps) -> None:
    """S4.3: a rule of the process, or a field that it does not have."""
    organisation.items.oddities = Oddities(required={"System.AreaPath": "Required"})
    with pytest.raises(Invalid, match=r"Rule Error for field System\.AreaPath"):
        await client.open(OPENING)
    organisation.items.oddities = Oddities()
    other = azure(client._url, form=FORM.model_copy(update={"fields": {"System.Title": "t", "Custom.None": "x"}}))
    with pytest.raises(Invalid, match=r"Cannot find field Custom\.None"):
        await other.open(OPENING)
    assert (await other.open(OPENING.model_copy(update={"minimal": True}))).open
    await other.aclose()


@pytest.mark.parametrize("area", [Area(project="Nowhere"), Area(project="Operations", work_item_type="Bug")])
async def test_what_does_not_exist_is_set_up_wrongly(client: AzureDevOps, area: Area) -> None:
    """A project or a type: less content would not help, and the check of the credential tells it too."""
    other = azure(client._url, area)
    for call in (other.open(OPENING), other.prove((), CALL)):
        with pytest.raises(Misconfigured, match="does not exist"):
            await call
    await other.aclose()


async def test_a_type_may_have_a_space(organisation: Organisation, client: AzureDevOps) -> None:
    """As many have."""
    other = azure(client._url, Area(project="Operations", work_item_type="User Story"))
    await other.open(OPENING)
    await other.prove((), CALL)
    await other.aclose()
    assert "User Story" == kept(organisation).kind


async def test_a_field_that_was_dropped_is_told(organisation: Organisation, client: AzureDevOps) -> None:
    """The ticket is there; a rule has taken something out of it."""
    organisation.items.oddities = Oddities(dropped=frozenset({"Custom.Site"}))
    assert ("Custom.Site",) == (await client.open(OPENING)).dropped


async def test_all_tickets_of_a_key_are_found_the_oldest_first(organisation: Organisation, client: AzureDevOps) -> None:
    """And none of another key; a query is exact enough, the tag is compared all the same."""
    assert () == await client.find(OPENING)
    receipts = [await client.open(OPENING) for _ in range(2)]
    await client.open(OPENING.model_copy(update={"key": "holdline/queue_overflow/other/1"}))
    organisation.act(Deed(item=1, fields={"System.State": "Done"}))
    found = await client.find(OPENING)
    assert [each.id for each in receipts] == [each.id for each in found]
    assert [(False, True), (True, True)] == [(each.open, each.adopted) for each in found]


async def test_an_update_adds_its_note_once(organisation: Organisation, client: AzureDevOps) -> None:
    """Fields and note are one change; in doubt the note is looked for."""
    receipt = await client.open(OPENING)
    order = UPDATE.model_copy(update={"record": receipt.id, "note": "Maria <Huber> has it."})
    for again in (False, True, True):
        updated = await client.update(order.model_copy(update={"again": again}))
    assert ("1", True) == (updated.number, updated.open)
    assert [f"Maria &lt;Huber&gt; has it. [{UPDATE.tag}]"] == kept(organisation).history
    assert KEY in kept(organisation).fields["System.Description"]


async def test_somebody_who_was_faster_is_not_overwritten_blindly(
    organisation: Organisation, client: AzureDevOps
) -> None:
    """A 409 is read again once; the second time it is a conflict."""
    receipt = await client.open(OPENING)
    order = UPDATE.model_copy(update={"record": receipt.id})
    organisation.items.oddities = Oddities(conflicts=1)
    await client.update(order)
    assert 1 == len(kept(organisation).history)
    organisation.items.oddities = Oddities(conflicts=2)
    with pytest.raises(Conflict):
        await client.update(order)
    assert 1 == len(kept(organisation).history)


async def test_what_somebody_closed_meanwhile_has_the_note() -> None:
    """It is not opened again, and the note is not lost."""
    begun, done = ({"id": 1, "rev": rev, "fields": {STATE: name}} for rev, name in ((1, "To Do"), (2, "Done")))
    faster = answer(409, {"message": "TF26071: This work item has been changed by someone else."})
    async with scripted(answer(200, begun), faster, answer(200, done), answer(200, done)) as script:
        client = azure(script.url, form=FORM.model_copy(update={"changing": {}, "reopening": {STATE: "Doing"}}))
        assert not (await client.update(UPDATE.model_copy(update={"record": "1", "reopen": True}))).open
        await client.aclose()
        assert b"Maria Huber has it." in script.requests[-1]
        assert STATE.encode() not in script.requests[-1]


async def test_closing_says_why_and_leaves_what_is_closed(organisation: Organisation, client: AzureDevOps) -> None:
    """The state of the form, with the note; closed already is a success."""
    receipt = await client.open(OPENING)
    order = CLOSING.model_copy(update={"record": receipt.id})
    closed = await client.close(order)
    assert ("Done", "Recovered") == tuple(kept(organisation).fields[f"System.{name}"] for name in ("State", "Reason"))
    assert (False, False) == (closed.open, closed.adopted)
    assert [f"The queue has recovered. [{CLOSING.tag}]"] == kept(organisation).history
    assert (await client.close(order)).adopted
    assert 1 == len(kept(organisation).history)


async def test_a_closing_with_less_says_why_all_the_same(organisation: Organisation, client: AzureDevOps) -> None:
    """A rule refused another field of the closing: the state and the reason stand there, once."""
    receipt = await client.open(OPENING)
    less = CLOSING.model_copy(update={"record": receipt.id, "minimal": True, "again": True})
    assert not (await client.close(less)).open
    assert "System.Reason" not in kept(organisation).fields
    assert [f"The queue has recovered. [{CLOSING.tag}]"] == kept(organisation).history
    organisation.act(Deed(item=1, fields={"System.State": "Doing"}))
    await client.close(less)
    assert 1 == len(kept(organisation).history)


async def test_a_state_that_the_process_does_not_have_is_invalid(client: AzureDevOps) -> None:
    """The sentence of the vendor says so."""
    receipt = await client.open(OPENING)
    other = azure(client._url, form=FORM.model_copy(update={"closing": {"System.State": "Closed"}}))
    with pytest.raises(Invalid, match="The field 'State' contains the value 'Closed'"):
        await other.close(CLOSING.model_copy(update={"record": receipt.id}))
    await other.aclose()


@pytest.mark.parametrize(
    ("deeds", "state"),
    [
        ((), TicketState()),
        ((Deed(item=1, assign=True),), TicketState(acknowledged_by="Maria Huber")),
        ((Deed(item=1, fields={"System.State": "Doing"}),), TicketState(acknowledged_by="somebody")),
        ((Deed(item=1, fields={"System.State": "Done"}),), TicketState(resolved=True)),
        (
            (Deed(item=1, assign=True, fields={"System.State": "Done"}),),
            TicketState(acknowledged_by="Maria Huber", resolved=True),
        ),
    ],
)
async def test_what_people_did_is_read(
    organisation: Organisation, client: AzureDevOps, deeds: Any, state: TicketState
) -> None:
    """An assignment, or a state beyond the new ones."""
    receipt = await client.open(OPENING)
    for deed in deeds:
        organisation.act(deed)
    assert state == await client.state(OPENING.model_copy(update={"record": receipt.id}))


async def test_what_we_do_ourselves_is_nobodys(organisation: Organisation, client: AzureDevOps) -> None:
    """A process may assign whoever created it, and a form may move the state with the incident."""
    receipt = await client.open(OPENING)
    order = OPENING.model_copy(update={"record": receipt.id})
    organisation.act(Deed(item=1, assign=True))
    other = azure(client._url, Area(project="Operations", user="Maria.Huber@example.com"))
    assert TicketState() == await other.state(order)
    await other.aclose()
    organisation.act(Deed(item=1, fields={"System.State": "Doing", "System.AssignedTo": None}))
    form = FORM.model_copy(update={"changing": {"System.State": Choice(by="stage", values={"taken": "Doing"})}})
    other = azure(client._url, form=form)
    assert TicketState() == await other.state(order)
    await other.aclose()


async def test_an_assignment_to_whoever_created_it_is_nobodys(organisation: Organisation, client: AzureDevOps) -> None:
    """That were we: the account of the token need not be named."""
    receipt = await client.open(OPENING)
    order = OPENING.model_copy(update={"record": receipt.id})
    organisation.act(Deed(item=1, fields={"System.AssignedTo": OURS}))
    assert TicketState() == await client.state(order)
    organisation.act(Deed(item=1, assign=True))
    assert "Maria Huber" == (await client.state(order)).acknowledged_by
    organisation.act(Deed(item=1, fields={"System.AssignedTo": {"displayName": "A group"}}))
    assert "A group" == (await client.state(order)).acknowledged_by


async def test_a_work_item_that_is_gone_is_told(client: AzureDevOps) -> None:
    """Somebody deleted it: not the project's fault."""
    with pytest.raises(Rejected, match="the work item is gone") as caught:
        await client.update(UPDATE.model_copy(update={"record": "99"}))
    assert Rejected is type(caught.value)


@pytest.mark.parametrize(
    "receipt",
    [
        answer(200, {"rev": 1, "fields": {"System.State": "New"}}),
        answer(200, {"id": 0, "rev": 1, "fields": {"System.State": "New"}}),
        answer(200, {"id": 7, "rev": 1, "fields": {}}),
        answer(200, b"<html>", content_type="text/html"),
    ],
)
async def test_created_means_read_in_the_body(receipt: bytes) -> None:
    """S4.2: an id and a state, and nothing else."""
    async with scripted(receipt) as script:
        client = azure(script.url)
        with pytest.raises(OutcomeUnknown):
            await client.open(OPENING)
        await client.aclose()


async def test_an_answer_that_asks_for_a_rest_gets_one(rig: Rig, organisation: Organisation) -> None:
    """S3.12: a success with X-RateLimit-Delay and Retry-After holds the token back, before there is a 429."""
    organisation.items.oddities = Oddities(delay=30)
    budgets = Budgets({"Azure DevOps": Limit(per_second=100, per_minute=1000)})
    network = Network(limits=PATIENT, budgets=budgets)
    url, token = rig.sandbox.azure_url, AZURE_TOKEN
    client = AzureDevOps(url=url, token=lambda: token, area=OPERATIONS, form=FORM, network=network)
    assert "1" == (await client.open(OPENING)).id
    with pytest.raises(Throttled, match="asked us to hold back") as caught:
        await client.open(OPENING)
    assert caught.value.retry_after is not None
    assert 25 < caught.value.retry_after.total_seconds() < 40
    assert 0 == sum(each.throttlings for each in budgets)
    await client.aclose()
