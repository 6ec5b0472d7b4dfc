"""Tickets at Salesforce: one case for one key, and codes that say more than the status."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from holdline.clients.network import Network
from holdline.clients.salesforce import Desk, Salesforce
from holdline.domain.ticket import Choice, TicketForm
from holdline.ports import (
    Call,
    CredentialsRefused,
    Invalid,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Throttled,
    TicketOrder,
    Unavailable,
)
from holdline.simulators.faults import Fault, FaultKind, Match, When
from holdline.simulators.salesforce.cases import OURS, QUEUE
from holdline.simulators.salesforce.oddities import Oddities
from holdline.simulators.salesforce.simulator import Deed
from holdline.simulators.salesforce.simulator import Salesforce as Org
from tests.clients.scripted import Script, answer, scripted
from tests.contracts.rig import PATIENT, SALESFORCE_ID, SALESFORCE_SECRET, Rig
from tests.contracts.tickets import CLOSING, KEY, OPENING, UPDATE

ID = "500000000000001AAA"
ROUTED = "holdline:queue_overflow:5f3c0e6a:1"
MARIA = "005000000000002AAA"
JONAS = "005000000000003AAA"
TOKEN = answer(200, {"access_token": "t", "instance_url": "https://elsewhere.example.com", "token_type": "Bearer"})
FORM = TicketForm(
    fields={
        "Subject": "{summary}",
        "Description": "{description}",
        "Priority": Choice(by="severity", values={"CRITICAL": "High"}, otherwise="Low"),
        "Site__c": "{site}",
    },
    minimal={"Subject": "{summary}"},
    changing={"Description": "{description}"},
    closing={"Status": "Closed"},
)
NOTHING = answer(200, {"totalSize": 0, "done": True, "records": []})
CALL = Call(request_id="request-1", effect="preflight:salesforce")


def connected(
    url: str, form: TicketForm = FORM, desk: Desk | None = None, secret: str = SALESFORCE_SECRET
) -> Salesforce:
    """A client with few fields."""
    network = Network(limits=PATIENT)
    return Salesforce(
        url=url, client_id=SALESFORCE_ID, client_secret=lambda: secret, form=form, desk=desk, network=network
    )


@pytest.fixture
def org(rig: Rig) -> Org:
    """The simulator."""
    return rig.sandbox.salesforce


@pytest.fixture
async def client(rig: Rig) -> AsyncIterator[Salesforce]:
    """A client with few fields."""
    opened = connected(rig.sandbox.salesforce_url)
    yield opened
    await opened.aclose()


def kept(org: Org) -> dict[str, str]:
    """The only case."""
    (case,) = org.cases.all.values()
    return case.values


def about(id: str, order: TicketOrder = OPENING) -> TicketOrder:
    """An order about a case."""
    return order.model_copy(update={"record": id})


async def test_a_case_says_what_its_form_says(org: Org, client: Salesforce) -> None:
    """The fields, the external id, and a receipt with the number and the way there."""
    receipt = await client.open(OPENING)
    case = kept(org)
    assert (case["Id"], "00000001", True, False) == (receipt.id, receipt.number, receipt.open, receipt.adopted)
    assert receipt.url.endswith(f"/{receipt.id}")
    assert (ROUTED, "High", "") == (case["Holdline_Key__c"], case["Priority"], case["Site__c"])
    assert "The longest wait is 412 s.\nPaged Maria Huber." == case["Description"]


async def test_the_same_key_is_one_case(org: Org, client: Salesforce) -> None:
    """The upsert folds by itself: the second one is told to be the first."""
    first, second = await client.open(OPENING), await client.open(OPENING)
    assert (first.id, True) == (second.id, second.adopted)
    assert 1 == len(org.ledger.of("ticket.created"))


async def test_a_case_whose_answer_was_lost_is_the_same_afterwards(rig: Rig, org: Org) -> None:
    """Committed, then torn off: repeated without a look-up it is still one."""
    match = Match(method="PATCH", path="/services/data/*/sobjects/Case/*")
    org.faults.add(Fault(kind=FaultKind.RESET, when=When.AFTER, match=match))
    with pytest.raises(OutcomeUnknown):
        await rig.patient.salesforce.open(OPENING)
    assert (await rig.patient.salesforce.open(OPENING)).adopted
    assert 1 == len(org.ledger.of("ticket.created"))


async def test_text_of_events_is_data(org: Org, client: Salesforce) -> None:
    """No control character and no telephone number reaches the case; a subject is one line of 255 characters."""
    odd = {"summary": "Sales\x1b[31m\r\n+43 660 1234567 " + "s" * 300, "description": "one\u202e\n\x00two"}
    await client.open(OPENING.model_copy(update={"facts": odd}))
    case = kept(org)
    assert case["Subject"].startswith("Sales [31m [number] ss")
    assert (255, "one\ntwo") == (len(case["Subject"]), case["Description"])


@pytest.mark.parametrize(
    ("oddities", "error", "told"),
    [
        (Oddities(validation_rule="A site is needed."), Invalid, "A site is needed"),
        (Oddities(readonly=True), Misconfigured, "insufficient access"),
        (Oddities(locked=True), Unavailable, "nothing was written"),
        (Oddities(exhausted=True), Throttled, "the org's limit is used up"),
        (Oddities(lying=True), Invalid, "A site is needed"),
    ],
)
async def test_each_code_says_whose_turn_it_is(
    org: Org, client: Salesforce, oddities: Oddities, error: type[Exception], told: str
) -> None:
    """A 400 may be a rule or a lock, a 403 a permission or a quota, a 200 a refusal; nothing was written."""
    org.oddities = oddities
    with pytest.raises(error, match=told):
        await client.open(OPENING)
    assert [] == org.ledger


async def test_a_quota_is_waited_for_long(org: Org, client: Salesforce) -> None:
    """It is counted by the day: a quarter of an hour, where nothing was said."""
    org.oddities = Oddities(exhausted=True)
    with pytest.raises(Throttled) as caught:
        await client.find(OPENING)
    assert timedelta(minutes=15) == caught.value.retry_after


async def test_with_less_in_it_a_rule_may_take_it(org: Org, client: Salesforce) -> None:
    """The minimal case lacks the field that the rule refuses."""
    org.oddities = Oddities(validation_rule="No priorities by machines", ruled_field="Priority")
    with pytest.raises(Invalid):
        await client.open(OPENING)
    await client.open(OPENING.model_copy(update={"minimal": True}))
    assert ("", ROUTED) == (kept(org)["Priority"], kept(org)["Holdline_Key__c"])


@pytest.mark.parametrize("fields", [{"Priority": "P1"}, {"Source__c": "Holdline"}])
async def test_a_mapping_that_does_not_fit_is_invalid(rig: Rig, org: Org, fields: dict[str, str]) -> None:
    """A picklist that lacks the value, a field that does not exist."""
    client = connected(rig.sandbox.salesforce_url, FORM.model_copy(update={"fields": fields}))
    with pytest.raises(Invalid, match=next(iter(fields))):
        await client.open(OPENING)
    await client.aclose()
    assert [] == org.ledger


async def test_who_loses_a_race_takes_the_other_ones_case(org: Org, client: Salesforce) -> None:
    """Two first upserts at one instant: one is told of a duplicate, and reads."""
    org.oddities = Oddities(raced=True)
    receipt = await client.open(OPENING)
    assert (kept(org)["Id"], True) == (receipt.id, receipt.adopted)


async def test_a_race_whose_winner_cannot_be_seen_is_repeated() -> None:
    """Nothing was written by us: the next attempt will find it."""
    duplicate = answer(400, [{"message": "duplicate value found", "errorCode": "DUPLICATE_VALUE", "fields": []}])
    async with scripted(TOKEN, NOTHING, duplicate, NOTHING) as script:
        with pytest.raises(Unavailable, match="cannot be seen yet"):
            await opened(script)


async def opened(script: Script) -> Any:
    """What a client makes of scripted answers to an opening."""
    client = connected(script.url)
    try:
        return await client.open(OPENING)
    finally:
        await client.aclose()


async def test_several_cases_with_one_key_are_misconfigured(org: Org, client: Salesforce) -> None:
    """The field is not unique: the upsert is refused with 300, and the look-up names them all, the oldest first."""
    made = [org.cases.create({"Holdline_Key__c": ROUTED}, None).values["Id"] for _ in range(2)]
    with pytest.raises(Misconfigured, match="make the field unique"):
        await client.open(OPENING)
    assert made == [each.id for each in await client.find(OPENING)]


async def test_an_external_id_that_does_not_exist_is_misconfigured(rig: Rig) -> None:
    """Told when a case is opened, when it is looked for, and by the check of the credential."""
    client = connected(rig.sandbox.salesforce_url, desk=Desk(external_field="Other__c"))
    for doing in (client.open(OPENING), client.find(OPENING)):
        with pytest.raises(Misconfigured, match="Other__c"):
            await doing
    with pytest.raises(CredentialsRefused, match="Other__c"):
        await client.prove((), CALL)
    await client.aclose()


@pytest.mark.parametrize(
    "lie",
    [
        {"id": ID},
        {"success": True},
        {"id": "003000000000001AAA", "success": True, "created": True},
        {"id": ID, "success": "maybe"},
        [],
    ],
)
async def test_without_an_id_nothing_was_created_for_sure(lie: object) -> None:
    """Created means that the id of a case and a success were read in the body (S4.2)."""
    async with scripted(TOKEN, NOTHING, answer(201, lie)) as script:
        with pytest.raises(OutcomeUnknown):
            await opened(script)


async def test_a_case_without_its_number_is_a_case() -> None:
    """Once the id was read, no failure of the reading afterwards makes it doubtful."""
    created = answer(201, {"id": ID, "success": True, "created": True})
    async with scripted(TOKEN, NOTHING, created, answer(503, [])) as script:
        receipt = await opened(script)
    assert (ID, "") == (receipt.id, receipt.number)


async def test_the_session_goes_nowhere_else() -> None:
    """The login names an instance; requests stay at the address that was configured."""
    async with scripted(TOKEN, NOTHING) as script:
        client = connected(script.url)
        assert () == await client.find(OPENING)
        await client.aclose()
        assert 2 == len(script.requests)


async def test_a_note_is_added_once(org: Org, client: Salesforce) -> None:
    """Comments only grow: in doubt they are read before one is added, and the rest is absolute."""
    order = about((await client.open(OPENING)).id, UPDATE)
    await client.update(order)
    await client.update(order.model_copy(update={"again": True}))
    (note,) = org.ledger.of("ticket.commented")
    assert f"Maria Huber has it. [{UPDATE.tag}]" == note["text"]


async def test_a_long_note_keeps_its_tag(org: Org, client: Salesforce) -> None:
    """4,000 characters are what a comment holds; the mark is the last of them."""
    await client.update(about((await client.open(OPENING)).id, UPDATE).model_copy(update={"note": "n\n" * 9000}))
    (note,) = org.ledger.of("ticket.commented")
    assert len(note["text"]) <= 4000
    assert note["text"].endswith(f"[{UPDATE.tag}]")


async def test_only_what_changes_is_written_again(org: Org, client: Salesforce) -> None:
    """What people set in the meantime is theirs."""
    id = (await client.open(OPENING)).id
    org.act(Deed(record=id, fields={"Priority": "Low", "Subject": "Known problem"}))
    facts = OPENING.facts | {"description": "It goes on."}
    await client.update(about(id, UPDATE).model_copy(update={"facts": facts}))
    case = kept(org)
    assert ("Low", "Known problem", "It goes on.") == (case["Priority"], case["Subject"], case["Description"])


async def test_a_minimal_update_is_its_note(org: Org, client: Salesforce) -> None:
    """Where a rule refuses the rest: a list is answered 200, and its row is refused."""
    id = (await client.open(OPENING)).id
    org.oddities = Oddities(validation_rule="Descriptions are final", ruled_field="Description")
    order = about(id, UPDATE)
    with pytest.raises(Invalid, match="Descriptions are final"):
        await client.update(order)
    await client.update(order.model_copy(update={"minimal": True}))
    assert 1 == len(org.ledger.of("ticket.commented"))


async def test_a_lock_leaves_the_case_as_it_was(org: Org, client: Salesforce) -> None:
    """Also when the row of a list says so."""
    id = (await client.open(OPENING)).id
    org.oddities = Oddities(locked=True)
    with pytest.raises(Unavailable, match="nothing was written"):
        await client.close(about(id, CLOSING.model_copy(update={"note": ""})))
    assert "New" == kept(org)["Status"]


async def test_a_case_is_closed_with_a_reason(org: Org, client: Salesforce) -> None:
    """The reason is a comment, before the status: a closed case may take none any more."""
    id = (await client.open(OPENING)).id
    closed = await client.close(about(id, CLOSING))
    assert ("Closed", False) == (kept(org)["Status"], closed.open)
    kinds = [entry["kind"] for entry in org.ledger]
    assert ["ticket.created", "ticket.commented", "ticket.closed"] == kinds


async def test_a_case_that_takes_no_comment_is_closed_without_it(org: Org, client: Salesforce) -> None:
    """The receipt says that the reason is missing."""
    id = (await client.open(OPENING)).id
    org.oddities = Oddities(validation_rule="No comments by machines", ruled_field="CommentBody")
    closed = await client.close(about(id, CLOSING))
    assert ("Closed", False, ("comment",)) == (kept(org)["Status"], closed.open, closed.dropped)


async def test_what_people_have_closed_stays_as_they_did(org: Org, client: Salesforce) -> None:
    """Nothing is added to it."""
    id = (await client.open(OPENING)).id
    org.act(Deed(record=id, fields={"Status": "Closed"}))
    assert (await client.close(about(id, CLOSING))).adopted
    assert [] == org.ledger.of("ticket.commented")


@pytest.mark.parametrize("id", ["500000000000009AAA", "1' OR Id != '", ""])
async def test_a_case_that_is_gone_is_told(client: Salesforce, id: str) -> None:
    """And what is no id at all never becomes part of a query."""
    for doing in (client.update(about(id, UPDATE)), client.close(about(id, CLOSING)), client.state(about(id))):
        with pytest.raises(Rejected, match=r"the case is gone|is no id of a case"):
            await doing


async def test_people_take_a_case(org: Org, client: Salesforce) -> None:
    """By owning it, or by moving it on; a queue owns what nobody has."""
    id = (await client.open(OPENING)).id
    assert (QUEUE, None) == (kept(org)["OwnerId"], (await client.state(about(id))).acknowledged_by)
    org.act(Deed(record=id, by=JONAS, fields={"Status": "Working"}))
    assert "Jonas Weber" == (await client.state(about(id))).acknowledged_by
    org.act(Deed(record=id, by=JONAS, fields={"OwnerId": MARIA}))
    assert "Maria Huber" == (await client.state(about(id))).acknowledged_by


@pytest.mark.parametrize(
    ("status", "changing", "who"),
    [("New", {}, None), ("Working", {}, "somebody"), ("Working", {"Status": "Working"}, None)],
)
async def test_we_ourselves_take_no_case(
    rig: Rig, org: Org, status: str, changing: dict[str, str], who: str | None
) -> None:
    """Without an assignment rule the app's own user owns what it creates, which tells of nobody."""
    client = connected(rig.sandbox.salesforce_url, FORM.model_copy(update={"changing": changing}))
    id = (await client.open(OPENING)).id
    org.act(Deed(record=id, by=OURS, fields={"OwnerId": OURS, "Status": status}))
    assert who == (await client.state(about(id))).acknowledged_by
    await client.aclose()


async def test_people_close_a_case(org: Org, client: Salesforce) -> None:
    """Who it was is told too."""
    id = (await client.open(OPENING)).id
    org.act(Deed(record=id, by=JONAS, fields={"Status": "Closed"}))
    state = await client.state(about(id))
    assert (True, "Jonas Weber", "Jonas Weber") == (state.resolved, state.resolved_by, state.acknowledged_by)


async def test_a_session_that_ended_is_renewed_once(rig: Rig, org: Org) -> None:
    """It says so only when it is used: INVALID_SESSION_ID, one login, the same request again."""
    await rig.patient.salesforce.open(OPENING)
    org.revoke_tokens()
    await rig.patient.salesforce.open(OPENING.model_copy(update={"key": "other"}))
    assert 2 == len(org.ledger.of("ticket.created"))


async def test_a_wrong_secret_is_refused(rig: Rig) -> None:
    """The login answers 400; nothing was written."""
    client = connected(rig.sandbox.salesforce_url, secret="wrong")
    for doing in (client.open(OPENING), client.prove((), CALL)):
        with pytest.raises(CredentialsRefused, match="invalid_client"):
            await doing
    await client.aclose()


async def test_too_many_logins_blame_no_credential() -> None:
    """Salesforce answers them with 400 as well."""
    body = {"error": "rate_limit_exceeded", "error_description": "login rate exceeded"}
    async with scripted(answer(400, body)) as script:
        with pytest.raises(Throttled):
            await opened(script)


def test_the_key_is_written_without_slashes(org: Org) -> None:
    """A path would be cut at them."""
    assert ROUTED == KEY.replace("/", ":")
    assert [] == org.cases.by_key(ROUTED)


async def test_the_external_id_stands_in_the_path_alone(rig: Rig, org: Org) -> None:
    """An operator who maps it too gets their case all the same, with our key."""
    client = connected(rig.sandbox.salesforce_url, FORM.model_copy(update={"fields": {"Holdline_Key__c": "mine"}}))
    await client.open(OPENING)
    await client.aclose()
    assert ROUTED == kept(org)["Holdline_Key__c"]
