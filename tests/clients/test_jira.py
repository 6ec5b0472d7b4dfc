"""Tickets at Jira Cloud: found by a label that the index does not know yet, and closed by whatever way there is."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from holdline.clients.jira import LOOKS, Board, Jira
from holdline.clients.network import Network
from holdline.domain.keys import label_of
from holdline.domain.ticket import Choice, TicketForm
from holdline.ports import (
    Call,
    CredentialsRefused,
    Invalid,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    TicketState,
    Unavailable,
)
from holdline.simulators.faults import Fault, FaultKind, Match
from holdline.simulators.jira.desk import Oddities, plain
from holdline.simulators.jira.issue import Issue, status
from holdline.simulators.jira.simulator import Deed, person
from holdline.simulators.jira.simulator import Jira as Site
from tests.clients.scripted import answer, scripted
from tests.contracts.rig import JIRA_TOKEN, PATIENT, Rig
from tests.contracts.tickets import CLOSING, KEY, OPENING, UPDATE

OPS = Board(project="OPS")
EMAIL = "holdline@example.com"
CALL = Call(request_id="request-1", effect="preflight:jira")
FORM = TicketForm(
    fields={
        "summary": "{summary}",
        "description": "{description}\n\n{link}",
        "priority": Choice(by="severity", values={"CRITICAL": "Highest"}, otherwise="Low"),
        "labels": "telephony {queue}",
        "components": "Voice, Queues",
        "customfield_10010.value": "{queue}",
    },
    minimal={"summary": "{summary}"},
    changing={"description": "{description}", "labels": "never"},
    closing={"resolution": "Done"},
)


def jira(url: str, form: TicketForm = FORM, looks: tuple[timedelta, ...] = (timedelta(0),), board: Board = OPS) -> Jira:
    """A client for an address."""
    network = Network(limits=PATIENT)
    return Jira(url=url, email=EMAIL, token=lambda: JIRA_TOKEN, board=board, form=form, looks=looks, network=network)


@pytest.fixture
def site(rig: Rig) -> Site:
    """The simulator."""
    return rig.sandbox.jira


@pytest.fixture
async def client(rig: Rig) -> AsyncIterator[Jira]:
    """A client with many fields."""
    opened = jira(rig.sandbox.jira_url)
    yield opened
    await opened.aclose()


def kept(site: Site) -> Issue:
    """The only issue."""
    (issue,) = site.desk.issues.values()
    return issue


async def test_a_ticket_says_what_its_form_says(site: Site, client: Jira) -> None:
    """Each field in the shape that the vendor wants, the label, and a receipt with the key and the way there."""
    receipt = await client.open(OPENING)
    issue = kept(site)
    assert (issue.id, "OPS-1", True, True) == (
        receipt.id,
        receipt.number,
        receipt.open,
        receipt.url.endswith("/browse/OPS-1"),
    )
    fields = dict(issue.fields)
    lines = [plain(each) for each in fields.pop("description")["content"]]
    assert ["The longest wait is 412 s.", "Paged Maria Huber.", "", OPENING.facts["link"], "", KEY] == lines
    assert {
        "project": {"key": "OPS"},
        "issuetype": {"name": "Task"},
        "summary": "CRITICAL: Sales waits since 02:12",
        "priority": {"name": "Highest"},
        "labels": ["telephony", "Sales", label_of(KEY), KEY],
        "components": [{"name": "Voice"}, {"name": "Queues"}],
        "customfield_10010": {"value": "Sales"},
    } == fields


async def test_a_key_that_no_label_holds_is_left_out(site: Site, client: Jira) -> None:
    """A label has no spaces and 255 characters at most; the issue is found by its digest all the same."""
    for key in ("holdline/two words", "holdline/" + "x" * 255):
        order = OPENING.model_copy(update={"key": key})
        await client.open(order)
        (found,) = await client.find(order)
        assert ["telephony", "Sales", label_of(key)] == site.desk.issues[found.id].fields["labels"]


async def test_text_is_data(site: Site, client: Jira) -> None:
    """One line for a summary, no number of a caller, and a document in which nothing is markup."""
    text = "call +43 660 1234567\n[~accountid:5b10] *bold* <b> @here"
    order = OPENING.model_copy(update={"facts": OPENING.facts | {"summary": text * 9, "description": text}})
    await client.open(order)
    issue = kept(site)
    assert 255 == len(issue.fields["summary"])
    assert "call [number]" in issue.fields["summary"]
    nodes = {node["type"] for each in issue.fields["description"]["content"] for node in each["content"]}
    assert {"text"} == nodes
    assert "[~accountid:5b10] *bold* <b> @here" == plain(issue.fields["description"]["content"][1])


async def test_a_rule_that_wants_more_is_invalid_and_names_the_field(site: Site, client: Jira) -> None:
    """S4.3: a human must look at the mapping; a ticket with less may be taken."""
    form = FORM.model_copy(update={"fields": {"summary": "{summary}", "customfield_666": "x"}})
    other = jira(client._url, form)
    with pytest.raises(Invalid, match="customfield_666: Field 'customfield_666' cannot be set"):
        await other.open(OPENING)
    assert "OPS-1" == (await other.open(OPENING.model_copy(update={"minimal": True}))).number
    await other.aclose()
    assert {"project", "issuetype", "labels", "summary"} == set(kept(site).fields)


async def test_an_unknown_project_is_set_up_wrongly(client: Jira) -> None:
    """Less content would not help."""
    for board in (Board(project="NONE"), Board(project="OPS", issue_type="Bug")):
        other = jira(client._url, board=board)
        with pytest.raises(Misconfigured, match="valid"):
            await other.open(OPENING)
        await other.aclose()


async def test_a_project_that_may_not_be_written_to_is_set_up_wrongly(site: Site, client: Jira) -> None:
    """403 is a permission, and not the token."""
    site.desk.oddities = Oddities(forbidden=True)
    with pytest.raises(Misconfigured, match="You do not have permission"):
        await client.open(OPENING)


async def test_what_was_just_created_is_found_when_the_index_knows_it(site: Site, client: Jira) -> None:
    """S4.4: a search that finds nothing is repeated, because the index lags behind."""
    patient = jira(client._url, looks=(timedelta(0),) + (timedelta(milliseconds=20),) * 50)
    site.desk.oddities = Oddities(lag=timedelta(milliseconds=100))
    receipt = await client.open(OPENING)
    (found,) = await patient.find(OPENING)
    assert (receipt.id, "OPS-1", True) == (found.id, found.number, found.adopted)
    searches = [each for each in site.requests if each["path"].endswith("/search/jql")]
    assert len(searches) > 1
    await patient.aclose()
    assert timedelta(seconds=3) == sum(LOOKS, timedelta(0))


async def test_an_index_that_lags_longer_finds_nothing(site: Site, client: Jira) -> None:
    """Then a second ticket is opened, and `reconcile` closes it; a known record is found all the same."""
    site.desk.oddities = Oddities(lag=timedelta(hours=1))
    receipt = await client.open(OPENING)
    assert () == await client.find(OPENING)
    (found,) = await client.find(OPENING.model_copy(update={"record": receipt.id}))
    assert receipt.id == found.id


async def test_all_tickets_of_a_key_are_found_the_oldest_first(site: Site, client: Jira) -> None:
    """And none of another key."""
    receipts = [await client.open(OPENING) for _ in range(2)]
    await client.open(OPENING.model_copy(update={"key": "holdline/queue_overflow/other/1"}))
    site.act(Deed(issue="OPS-1", do="resolve"))
    found = await client.find(OPENING)
    assert [each.id for each in receipts] == [each.id for each in found]
    assert [False, True] == [each.open for each in found]


async def test_an_update_writes_what_changes_and_adds_its_note_once(rig: Rig, site: Site, client: Jira) -> None:
    """Labels are people's after the opening; in doubt the note is looked for."""
    receipt = await client.open(OPENING)
    order = UPDATE.model_copy(update={"record": receipt.id})
    for again in (False, True, True):
        updated = await client.update(order.model_copy(update={"again": again}))
    issue = kept(site)
    assert ("OPS-1", True) == (updated.number, updated.open)
    assert ["telephony", "Sales", label_of(KEY), KEY] == issue.fields["labels"]
    assert [f"Maria Huber has it. [{UPDATE.tag}]"] == [plain(each["body"]) for each in issue.comments]
    assert KEY in plain(issue.fields["description"])


async def test_a_note_that_could_not_be_sent_leaves_no_half_comment(site: Site, client: Jira) -> None:
    """Everything before it may be repeated; the note comes last."""
    receipt = await client.open(OPENING)
    order = UPDATE.model_copy(update={"record": receipt.id})
    site.faults.add(Fault(kind=FaultKind.RESET, match=Match(method="GET", path="/rest/api/3/issue/*")))
    with pytest.raises(Unavailable):
        await client.update(order)
    assert [] == kept(site).comments
    await client.update(order)
    assert 1 == len(kept(site).comments)


async def test_closing_takes_the_way_to_done_with_its_reason(site: Site, client: Jira) -> None:
    """The first transition into a status that is over, whatever it is called, and the note as comment."""
    receipt = await client.open(OPENING)
    order = CLOSING.model_copy(update={"record": receipt.id})
    closed = await client.close(order)
    assert ("Done", False, False) == (kept(site).status, closed.open, closed.adopted)
    assert [f"The queue has recovered. [{CLOSING.tag}]"] == [plain(each["body"]) for each in kept(site).comments]
    for doubting in (False, True):
        again = await client.close(order.model_copy(update={"again": doubting}))
        assert (True, False, 1) == (again.adopted, again.open, len(kept(site).comments))


@pytest.mark.parametrize("kind", [FaultKind.RESET, FaultKind.STATUS])
async def test_a_reason_that_could_not_be_written_is_written_later(site: Site, client: Jira, kind: FaultKind) -> None:
    """The issue is closed and its reason is missing: that is in doubt, and the next attempt adds it once."""
    receipt = await client.open(OPENING)
    order = CLOSING.model_copy(update={"record": receipt.id})
    comment = Match(method="POST", path="/rest/api/3/issue/*/comment")
    site.faults.add(Fault(kind=kind, status=429, match=comment))
    with pytest.raises(OutcomeUnknown):
        await client.close(order)
    assert ("Done", []) == (kept(site).status, kept(site).comments)
    for _ in range(2):
        assert (await client.close(order.model_copy(update={"again": True}))).adopted
    assert 1 == len(kept(site).comments)


@pytest.mark.parametrize("again", [False, True])
async def test_a_closed_issue_may_take_no_reason(site: Site, client: Jira, again: bool) -> None:
    """It is closed all the same, whoever did it, and the receipt says what is missing."""
    receipt = await client.open(OPENING)
    order = CLOSING.model_copy(update={"record": receipt.id, "again": again})
    site.desk.oddities = Oddities(final=True)
    closed = await client.close(order)
    assert ("Done", False, ("comment",)) == (kept(site).status, closed.open, closed.dropped)
    assert not (await client.close(order)).open


async def test_a_named_transition_is_taken(site: Site, client: Jira) -> None:
    """A workflow may have several ends."""
    receipt = await client.open(OPENING)
    order = CLOSING.model_copy(update={"record": receipt.id})
    other = jira(client._url, board=Board(project="OPS", close_transition="resolve"))
    assert not (await other.close(order)).open
    await other.aclose()


async def test_a_dead_end_is_told_with_the_ways_there_are(site: Site, client: Jira) -> None:
    """The sentence says what to write."""
    site.desk.oddities = Oddities(dead_end=True)
    receipt = await client.open(OPENING)
    order = CLOSING.model_copy(update={"record": receipt.id})
    with pytest.raises(Misconfigured, match="no transition to a done status from 'To Do'; set close_transition to one"):
        await client.close(order)
    other = jira(client._url, board=Board(project="OPS", close_transition="Nirvana"))
    with pytest.raises(Misconfigured, match=r"called 'Nirvana'.*one of Back to To Do, Start"):
        await other.close(order)
    await other.aclose()


async def test_a_close_that_cannot_be_read_back_is_in_doubt(rig: Rig, site: Site, client: Jira) -> None:
    """The order has no receipt of its own; reading it back is the receipt."""
    receipt = await client.open(OPENING)
    order = CLOSING.model_copy(update={"record": receipt.id})
    closing = asyncio.ensure_future(client.close(order))
    moved = Match(method="POST", path="/rest/api/3/issue/*/transitions")
    while not any(moved.hits(each["method"], each["path"]) for each in site.requests):  # noqa: ASYNC110
        await asyncio.sleep(0)
    site.faults.add(Fault(kind=FaultKind.RESET, match=Match(method="GET", path="/rest/api/3/issue/*")))
    with pytest.raises(OutcomeUnknown, match="what became of it is unknown"):
        await closing
    assert (await client.close(order)).adopted


@pytest.mark.parametrize(
    ("deeds", "state"),
    [
        ((), TicketState()),
        (("comment",), TicketState()),
        (("assign",), TicketState(acknowledged_by="Maria Huber")),
        (("start",), TicketState(acknowledged_by="somebody")),
        (("start", "reopen"), TicketState()),
        (("assign", "resolve"), TicketState(acknowledged_by="Maria Huber", resolved=True)),
        (("resolve",), TicketState(resolved=True)),
    ],
)
async def test_what_people_did_is_read(site: Site, client: Jira, deeds: Any, state: TicketState) -> None:
    """An assignee has it; so has somebody where the status is not new."""
    receipt = await client.open(OPENING)
    for deed in deeds:
        site.act(Deed(issue="OPS-1", do=deed))
    assert state == await client.state(OPENING.model_copy(update={"record": receipt.id}))


async def test_an_assignment_to_ourselves_is_nobodys(site: Site, client: Jira) -> None:
    """An automation of the project may assign whoever reported it."""
    receipt = await client.open(OPENING)
    ours = person("Holdline")
    site.desk.assign(kept(site), ours, ours)
    assert TicketState() == await client.state(OPENING.model_copy(update={"record": receipt.id}))


async def test_an_assignment_to_whoever_created_it_is_nobodys() -> None:
    """That were we, also where the vendor hides our e-mail address."""
    us, maria = ({"accountId": id, "displayName": name} for id, name in (("5b10", "Holdline"), ("5c22", "Maria")))
    fields = {"status": status("To Do"), "creator": us}
    issues = [answer(200, {"id": "1", "key": "OPS-1", "fields": fields | {"assignee": who}}) for who in (us, maria)]
    async with scripted(*issues) as script:
        client = jira(script.url)
        for taker in (None, "Maria"):
            assert taker == (await client.state(OPENING.model_copy(update={"record": "1"}))).acknowledged_by
        await client.aclose()


async def test_an_issue_that_is_gone_is_told(client: Jira) -> None:
    """Somebody deleted it: not the project's fault."""
    with pytest.raises(Rejected, match="the issue is gone, or may not be seen") as caught:
        await client.update(UPDATE.model_copy(update={"record": "99999"}))
    assert Rejected is type(caught.value)


@pytest.mark.parametrize(
    "receipt",
    [
        answer(201, {"key": "OPS-1"}),
        answer(201, {"id": "not a number", "key": "OPS-1"}),
        answer(201, b"<html>sign in</html>", content_type="text/html"),
        answer(200, {"id": "10001", "key": "OPS-1"}),
    ],
)
async def test_created_means_read_in_the_body(receipt: bytes) -> None:
    """S4.2: an id in a 201, and nothing else."""
    async with scripted(receipt) as script:
        client = jira(script.url)
        with pytest.raises(OutcomeUnknown):
            await client.open(OPENING)
        await client.aclose()


async def test_a_permission_that_is_missing_is_named() -> None:
    """The check of the credential says which one, and where."""
    granted = {name: {"havePermission": name != "EDIT_ISSUES"} for name in ("BROWSE_PROJECTS", "EDIT_ISSUES")}
    async with scripted(answer(200, {"permissions": granted})) as script:
        client = jira(script.url)
        with pytest.raises(CredentialsRefused, match="lacks CREATE_ISSUES, EDIT_ISSUES, ADD_COMMENTS, TRANSI"):
            await client.prove((), CALL)
        await client.aclose()


async def test_the_rig_keeps_to_the_defaults(rig: Rig, site: Site) -> None:
    """What the section has by default is taken by a plain project."""
    from_rig = await rig.patient.jira.open(OPENING)
    assert "OPS-1" == from_rig.number
    assert {"summary", "description", "labels", "project", "issuetype"} == set(kept(site).fields)
