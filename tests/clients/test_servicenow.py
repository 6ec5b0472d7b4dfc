"""Tickets at ServiceNow: its rules, its silences, and what must never be opened or said twice."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from holdline.clients.network import Network
from holdline.clients.servicenow import Account, Desk, ServiceNow
from holdline.domain.ticket import Choice, TicketForm
from holdline.ports import (
    Call,
    CredentialsRefused,
    Invalid,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
)
from holdline.simulators.control import Misuse
from holdline.simulators.faults import Fault, FaultKind, Match
from holdline.simulators.servicenow.oddities import Oddities
from holdline.simulators.servicenow.simulator import PEOPLE, Deed
from holdline.simulators.servicenow.simulator import ServiceNow as Instance
from tests.clients.scripted import answer, scripted
from tests.contracts.rig import PATIENT, SERVICENOW_ID, SERVICENOW_PASSWORD, SERVICENOW_SECRET, Rig
from tests.contracts.tickets import CLOSING, KEY, OPENING, UPDATE

ID = "0" * 32
FORM = TicketForm(
    fields={
        "short_description": "{summary}",
        "description": "{description}",
        "impact": Choice(by="severity", values={"CRITICAL": "1"}, otherwise="3"),
        "category": "telephony",
    },
    minimal={"short_description": "{summary}"},
    changing={"description": "{description}"},
    closing={"state": "6", "close_code": "Solution provided", "close_notes": "{note}"},
)
CALL = Call(request_id="request-1", effect="preflight:servicenow")


def basic(url: str, desk: Desk | None = None, form: TicketForm = FORM) -> ServiceNow:
    """A client that logs in by user and password."""
    account = Account(user="holdline", password=lambda: SERVICENOW_PASSWORD)
    return ServiceNow(url=url, account=account, form=form, desk=desk, network=Network(limits=PATIENT))


@pytest.fixture
def instance(rig: Rig) -> Instance:
    """The simulator."""
    return rig.sandbox.servicenow


@pytest.fixture
async def client(rig: Rig) -> AsyncIterator[ServiceNow]:
    """A client with few fields."""
    opened = basic(rig.sandbox.servicenow_url)
    yield opened
    await opened.aclose()


def kept(instance: Instance) -> dict[str, str]:
    """The only record."""
    (record,) = instance.records.all.values()
    return record.values


async def test_a_ticket_says_what_its_form_says(instance: Instance, client: ServiceNow) -> None:
    """The fields, the correlation id, and a receipt with the number and the way there."""
    receipt = await client.open(OPENING)
    record = kept(instance)
    assert (record["sys_id"], "INC0000001", True, ()) == (receipt.id, receipt.number, receipt.open, receipt.dropped)
    assert receipt.url.endswith(f"/incident.do?sys_id={receipt.id}")
    assert (KEY, "Holdline", "1", "telephony") == tuple(
        record[name] for name in ("correlation_id", "correlation_display", "impact", "category")
    )
    assert "The longest wait is 412 s.\nPaged Maria Huber." == record["description"]


async def test_no_field_is_left_empty_by_us(instance: Instance, client: ServiceNow) -> None:
    """A fact that is missing leaves its field out, so that the vendor's own default counts."""
    await client.open(OPENING.model_copy(update={"facts": {"summary": "Down", "severity": "LOW"}}))
    assert ("", "3") == (kept(instance)["description"], kept(instance)["impact"])


async def test_text_of_events_is_data(instance: Instance, client: ServiceNow) -> None:
    """No code block, no control character and no telephone number reaches the ticket; a title is one line."""
    odd = {"summary": "Sales\x1b[31m\r\nINC\u202e +43 660 1234567", "description": "[code]<b>x</b>[/CODE]\nline two"}
    await client.open(OPENING.model_copy(update={"facts": odd}))
    assert "Sales [31m INC [number]" == " ".join(kept(instance)["short_description"].split())
    assert "(code)<b>x</b>(/code)\nline two" == kept(instance)["description"]


async def test_what_is_too_long_is_shortened(instance: Instance, client: ServiceNow) -> None:
    """160 characters of a title, 4,000 of a description; the vendor would cut without a word."""
    facts = {"summary": "s" * 500, "description": "\n".join(["d" * 3000] * 3)}
    await client.open(OPENING.model_copy(update={"facts": facts}))
    record = kept(instance)
    assert (160, 4000) == (len(record["short_description"]), len(record["description"]))
    assert record["short_description"].endswith("…")


@pytest.mark.parametrize(
    "key", ["holdline/queue_overflow/" + "x" * 200 + "/1", "holdline/queue_overflow/a^active=true/1"]
)
async def test_a_key_that_does_not_fit_finds_its_ticket(instance: Instance, client: ServiceNow, key: str) -> None:
    """A correlation id has 100 characters, and a caret would end the condition: such keys are digested."""
    order = OPENING.model_copy(update={"key": key})
    receipt = await client.open(order)
    await client.open(OPENING)
    assert [receipt.id] == [each.id for each in await client.find(order)]


async def test_duplicates_are_all_found_the_oldest_first(instance: Instance, client: ServiceNow) -> None:
    """Nothing makes a correlation id unique: a caller sees every ticket with it, closed ones too, and no other."""
    first, second = await client.open(OPENING), await client.open(OPENING)
    await client.open(OPENING.model_copy(update={"key": KEY + "0"}))
    instance.act(Deed(record=first.number, fields={"state": "7"}))
    found = await client.find(OPENING)
    assert [(first.id, False, True), (second.id, True, True)] == [(each.id, each.open, each.adopted) for each in found]


async def test_a_query_that_the_table_does_not_understand_finds_nothing() -> None:
    """Where the field is missing the vendor answers with every record; none of them is ours."""
    rows = [{"sys_id": ID, "number": "INC1", "state": "1"}, {"sys_id": ID, "correlation_id": "another"}]
    async with scripted(answer(200, {"result": rows})) as script:
        client = basic(script.url)
        assert () == await client.find(OPENING)
        await client.aclose()


async def test_an_older_api_says_with_404_that_nothing_matches() -> None:
    """That is an answer, and no failure."""
    error = {"message": "No Record found", "detail": "Records matching query not found. Check query parameter"}
    async with scripted(answer(404, {"error": error, "status": "failure"})) as script:
        client = basic(script.url)
        assert () == await client.find(OPENING)
        await client.aclose()


@pytest.mark.parametrize(
    ("oddities", "error", "told"),
    [
        (Oddities(business_rule="Require a group"), Invalid, "aborted by Business Rule 'Require a group"),
        (Oddities(mandatory=("assignment_group",)), Invalid, "mandatory: assignment_group"),
        (Oddities(forbidden=("insert",)), Misconfigured, "ACL Exception Insert Failed"),
        (Oddities(page=200), OutcomeUnknown, "may have been processed"),
        (Oddities(page=203), OutcomeUnknown, "may have been processed"),
    ],
)
async def test_each_refusal_says_whose_turn_it_is(
    instance: Instance, client: ServiceNow, oddities: Oddities, error: type[Exception], told: str
) -> None:
    """A 403 is a rule's, a policy's or a permission's; a page is no receipt, whatever its code."""
    instance.oddities = oddities
    with pytest.raises(error, match=told):
        await client.open(OPENING)
    assert [] == instance.ledger


@pytest.mark.parametrize("status", [200, 203])
async def test_a_sleeping_instance_fails_a_reading(instance: Instance, client: ServiceNow, status: Any) -> None:
    """Nothing is concluded from its page: neither that there is no ticket, nor that the credential is good."""
    instance.oddities = Oddities(page=status)
    for reading in (client.find(OPENING), client.state(record(ID)), client.prove((), CALL)):
        with pytest.raises(Unavailable):
            await reading


def record(id: str) -> Any:
    """An order about a record."""
    return OPENING.model_copy(update={"record": id})


async def test_with_less_in_it_a_rule_may_take_it(instance: Instance, client: ServiceNow) -> None:
    """The minimal ticket lacks the field that the rule refuses."""
    instance.oddities = Oddities(business_rule="No categories by machines", ruled_field="category")
    with pytest.raises(Invalid):
        await client.open(OPENING)
    await client.open(OPENING.model_copy(update={"minimal": True}))
    assert ("", KEY) == (kept(instance)["category"], kept(instance)["correlation_id"])


async def test_what_an_acl_drops_is_told(instance: Instance, client: ServiceNow) -> None:
    """201, and yet fields are missing: the ticket is there, and the receipt names them, the correlation id too."""
    instance.oddities = Oddities(dropped=("category", "correlation_id"))
    receipt = await client.open(OPENING)
    assert {"category", "correlation_id"} == set(receipt.dropped)
    assert () == await client.find(OPENING)


async def test_a_column_that_does_not_exist_is_told(client: ServiceNow, rig: Rig) -> None:
    """The vendor passes over unknown fields."""
    form = FORM.model_copy(update={"fields": {**FORM.fields, "u_queue_name": "{queue}", "u_site": "{queue}"}})
    other = basic(rig.sandbox.servicenow_url, form=form)
    assert ("u_queue_name",) == (await other.open(OPENING)).dropped
    await other.aclose()


async def test_a_correlation_id_that_came_back_changed_is_told() -> None:
    """A column that is too short keeps half of it: the ticket would never be found again."""
    body = {"result": {"sys_id": ID, "number": "INC1", "state": "1", "correlation_id": KEY[:10]}}
    async with scripted(answer(201, body)) as script:
        client = basic(script.url)
        assert "correlation_id" in (await client.open(OPENING)).dropped
        await client.aclose()


@pytest.mark.parametrize("lie", [{"result": {}}, {"result": {"sys_id": "INC1"}}, {"result": {"sys_id": None}}, {}])
async def test_without_an_id_nothing_was_created_for_sure(lie: dict[str, Any]) -> None:
    """Created means that the id was read in the body (S4.2)."""
    async with scripted(answer(201, lie)) as script:
        client = basic(script.url)
        with pytest.raises(OutcomeUnknown):
            await client.open(OPENING)
        await client.aclose()


async def test_an_unknown_table_is_misconfigured(rig: Rig) -> None:
    """No less content would help, and nothing is repeated."""
    client = basic(rig.sandbox.servicenow_url, Desk(table="incidnt"))
    with pytest.raises(Misconfigured, match="Invalid table incidnt"):
        await client.open(OPENING)
    with pytest.raises(CredentialsRefused, match="Invalid table incidnt"):
        await client.prove((), CALL)
    await client.aclose()


async def test_the_hourly_rule_says_when_to_come_back(instance: Instance, client: ServiceNow) -> None:
    """Up to an hour; no wait is longer than a quarter of one."""
    match = Match(method="POST", path="/api/now")
    instance.faults.add(Fault(kind=FaultKind.STATUS, status=429, retry_after=3600, match=match))
    with pytest.raises(Throttled) as caught:
        await client.open(OPENING)
    assert timedelta(minutes=15) == caught.value.retry_after


async def test_a_note_is_added_once(instance: Instance, client: ServiceNow) -> None:
    """Work notes only grow: in doubt they are read before one is added, and the rest is absolute."""
    order = UPDATE.model_copy(update={"record": (await client.open(OPENING)).id})
    await client.update(order)
    await client.update(order.model_copy(update={"again": True}))
    (note,) = instance.ledger.of("ticket.commented")
    assert f"Maria Huber has it. [{UPDATE.tag}]" == note["text"]


async def test_only_what_changes_is_written_again(instance: Instance, client: ServiceNow) -> None:
    """What people set in the meantime is theirs."""
    receipt = await client.open(OPENING)
    instance.act(Deed(record=receipt.id, fields={"impact": "3", "short_description": "Known problem"}))
    facts = OPENING.facts | {"description": "It goes on."}
    await client.update(UPDATE.model_copy(update={"record": receipt.id, "facts": facts}))
    seen = kept(instance)
    assert ("3", "Known problem", "It goes on.") == (seen["impact"], seen["short_description"], seen["description"])


async def test_a_minimal_update_is_its_note(instance: Instance, client: ServiceNow) -> None:
    """Where a rule refuses the rest; without a note there is nothing to write."""
    receipt = await client.open(OPENING)
    instance.oddities = Oddities(business_rule="Descriptions are final", ruled_field="description")
    order = UPDATE.model_copy(update={"record": receipt.id, "facts": {"description": "new"}})
    with pytest.raises(Invalid):
        await client.update(order)
    await client.update(order.model_copy(update={"minimal": True}))
    await client.update(order.model_copy(update={"minimal": True, "note": ""}))
    assert 1 == len(instance.ledger.of("ticket.commented"))


async def test_a_ticket_is_closed_with_a_reason(instance: Instance, client: ServiceNow) -> None:
    """Code and notes, which the vendor's own policy demands."""
    receipt = await client.open(OPENING)
    closed = await client.close(CLOSING.model_copy(update={"record": receipt.id}))
    record = kept(instance)
    assert ("6", "Solution provided", "The queue has recovered.") == tuple(
        record[name] for name in ("state", "close_code", "close_notes")
    )
    assert (False, False) == (closed.open, closed.adopted)


async def test_what_people_have_closed_stays_as_they_did(instance: Instance, client: ServiceNow) -> None:
    """Their reason is not written over."""
    receipt = await client.open(OPENING)
    theirs = {"state": "7", "close_code": "User error", "close_notes": "A cable."}
    instance.act(Deed(record=receipt.id, fields=theirs))
    closed = await client.close(CLOSING.model_copy(update={"record": receipt.id}))
    assert ("A cable.", True) == (kept(instance)["close_notes"], closed.adopted)


async def test_a_closing_without_its_code_is_invalid(instance: Instance, rig: Rig) -> None:
    """The vendor's data policy wants a code and notes."""
    client = basic(rig.sandbox.servicenow_url, form=FORM.model_copy(update={"closing": {"state": "6"}}))
    receipt = await client.open(OPENING)
    with pytest.raises(Invalid, match="close_code"):
        await client.close(CLOSING.model_copy(update={"record": receipt.id}))
    await client.aclose()


async def test_a_record_that_is_gone_is_told(client: ServiceNow) -> None:
    """Somebody deleted it, or an ACL hides it."""
    for doing in (client.update(UPDATE.model_copy(update={"record": ID})), client.state(record(ID))):
        with pytest.raises(Rejected, match="the record is gone"):
            await doing


async def test_people_take_a_ticket(instance: Instance, client: ServiceNow) -> None:
    """By an assignee, or by a state above new; nobody has what is new."""
    id = (await client.open(OPENING)).id
    assert None is (await client.state(record(id))).acknowledged_by
    instance.act(Deed(record=id, by="jonas.weber", fields={"state": "2"}))
    assert "jonas.weber" == (await client.state(record(id))).acknowledged_by
    instance.act(Deed(record=id, fields={"assigned_to": next(iter(PEOPLE))}))
    assert "Maria Huber" == (await client.state(record(id))).acknowledged_by


@pytest.mark.parametrize(("changing", "who"), [({}, "somebody"), ({"state": "2"}, None)])
async def test_our_own_writing_takes_no_ticket(
    instance: Instance, rig: Rig, changing: dict[str, str], who: str | None
) -> None:
    """Where we set states ourselves, a state that we wrote last tells of nobody; where we never do, it was somebody."""
    client = basic(rig.sandbox.servicenow_url, form=FORM.model_copy(update={"changing": changing}))
    id = (await client.open(OPENING)).id
    instance.act(Deed(record=id, fields={"state": "2"}))
    await client.update(UPDATE.model_copy(update={"record": id}))
    assert who == (await client.state(record(id))).acknowledged_by
    await client.aclose()


async def test_people_resolve_a_ticket(instance: Instance, client: ServiceNow) -> None:
    """Who it was is told too."""
    id = (await client.open(OPENING)).id
    done = {"state": "6", "close_code": "User error", "close_notes": "A cable."}
    instance.act(Deed(record=id, by="jonas.weber", fields=done))
    state = await client.state(record(id))
    assert (True, "jonas.weber", "jonas.weber") == (state.resolved, state.resolved_by, state.acknowledged_by)


async def test_a_token_that_was_refused_is_renewed_once(rig: Rig, instance: Instance) -> None:
    """Revoked in the middle: the next request logs in again, and nothing is written twice."""
    await rig.patient.servicenow.open(OPENING)
    instance.revoke_tokens()
    await rig.patient.servicenow.open(OPENING.model_copy(update={"key": "other"}))
    assert 2 == len(instance.ledger.of("ticket.created"))


@pytest.mark.parametrize(
    "account",
    [
        Account(user="holdline", password=lambda: "wrong"),
        Account(client_id=SERVICENOW_ID, client_secret=lambda: "wrong"),
        Account(client_id="wrong", client_secret=lambda: SERVICENOW_SECRET),
    ],
)
async def test_a_wrong_credential_is_refused(rig: Rig, account: Account) -> None:
    """By whichever way; nothing was written."""
    client = ServiceNow(url=rig.sandbox.servicenow_url, account=account, form=FORM, network=Network(limits=PATIENT))
    for doing in (client.open(OPENING), client.prove((), CALL)):
        with pytest.raises(CredentialsRefused):
            await doing
    await client.aclose()
    assert [] == rig.sandbox.servicenow.ledger


def test_a_deed_needs_a_record(instance: Instance) -> None:
    """Nobody works on what is not there."""
    with pytest.raises((LookupError, Misuse)):
        instance.act(Deed(record="INC9", fields={}))


async def test_what_the_operator_wrote_is_left_as_it_is(instance: Instance, rig: Rig) -> None:
    """An eight-digit code of their own is no telephone number; what an event says may be one."""
    form = FORM.model_copy(
        update={"fields": {"short_description": "{summary}", "category": "20266012", "u_site": "{site}"}}
    )
    client = basic(rig.sandbox.servicenow_url, form=form)
    await client.open(OPENING.model_copy(update={"facts": {"summary": "Down", "site": "0660 1234567"}}))
    await client.aclose()
    assert ("20266012", "[number]") == (kept(instance)["category"], kept(instance)["u_site"])


async def test_whose_correlation_it_is_may_be_said_otherwise(instance: Instance, rig: Rig) -> None:
    """The display is the operator's where they write it; the id is always ours."""
    form = FORM.model_copy(update={"fields": {"correlation_display": "Voice", "correlation_id": "mine"}})
    client = basic(rig.sandbox.servicenow_url, form=form)
    await client.open(OPENING)
    await client.aclose()
    assert ("Voice", KEY) == (kept(instance)["correlation_display"], kept(instance)["correlation_id"])
