"""Jira Service Management: an order is done when the vendor says so, and not when it has been taken."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from holdline.clients.jsm import Account, Jsm
from holdline.clients.network import Network
from holdline.clients.secret import Reader
from holdline.domain.incident import Severity
from holdline.domain.keys import alias_of
from holdline.ports import Call, CredentialsRefused, OutcomeUnknown, Page, PageState, Rejected
from holdline.simulators.faults import Fault, FaultKind, Match, When
from tests.clients.scripted import answer, scripted
from tests.contracts.rig import JSM_KEY, JSM_LOOKS, JSM_TOKEN, PATIENT, Rig
from tests.contracts.test_pager import CLOSING, KEY, PAGE, QUESTION

ALIAS = alias_of(KEY)
WHO = "maria.huber"
MARIA = f"{WHO}@example.com"
EMAIL = "holdline@example.com"
CALL = Call(request_id="request-1", effect="effect")
TAKEN = answer(202, {"result": "Request will be processed", "took": 0.1, "requestId": "r1"})
UNKNOWN = answer(404, {"message": "Request not found. It might not be processed, yet."})


def outcome(**over: Any) -> bytes:
    """What the vendor says of an order."""
    data = {"isSuccess": True, "status": "Created alert", "action": "Create", "alias": ALIAS, "alertId": "a1"}
    return answer(200, {"data": data | over, "took": 0.1, "requestId": "x"})


def jsm(url: str, account: Account | None = None, key: str = JSM_KEY) -> Jsm:
    """A client for an address."""
    network = Network(limits=PATIENT)
    return Jsm(url=url, teams={"voice": lambda: key}, account=account, looks=JSM_LOOKS, network=network)


@pytest.fixture
async def by_account(rig: Rig) -> AsyncIterator[Jsm]:
    """A client whose account reads, as Jira Service Management needs it."""
    account = Account(rig.sandbox.jsm_url, EMAIL, lambda: JSM_TOKEN)
    client = jsm(rig.sandbox.jsm_url, account)
    yield client
    await client.aclose()


def page(**over: Any) -> Page:
    """A page with other words."""
    return PAGE.model_copy(update=over)


async def state(rig: Rig) -> PageState:
    """The state of the page."""
    return await rig.patient.jsm.state(QUESTION)


async def test_an_alert_says_what_and_where(rig: Rig) -> None:
    """The alert holds the trunk, its site and the details; the receipt is our key."""
    receipt = await rig.patient.jsm.page(PAGE)
    (alert,) = rig.sandbox.jsm.desk.alerts
    assert (KEY, ALIAS, "Voice") == (receipt.id, alert.alias, alert.team)
    assert {
        "message": "Trunk Vienna Danube Telecom is down",
        "alias": ALIAS,
        "description": "Trunk Vienna Danube Telecom is down",
        "entity": "Vienna Danube Telecom",
        "source": "Holdline",
        "user": "Holdline",
        "priority": "P1",
        "tags": ["trunk"],
        "details": {
            "runbook": "https://runbooks.example.com/trunk",
            "entity": "b3c1",
            "site": "Vienna",
            "since": "2026-03-29T01:30:00+00:00",
        },
    } == alert.body


@pytest.mark.parametrize(
    ("severity", "word"),
    [(Severity.LOW, "P4"), (Severity.MEDIUM, "P3"), (Severity.HIGH, "P2"), (Severity.CRITICAL, "P1")],
)
async def test_each_severity_has_a_priority(rig: Rig, severity: Severity, word: str) -> None:
    """P1 wakes, P4 does not."""
    await rig.patient.jsm.page(page(severity=severity))
    assert word == rig.sandbox.jsm.desk.alerts[0].body["priority"]


async def test_text_is_data(rig: Rig) -> None:
    """A long message is cut at 130 characters and not refused; no number of a caller, no tag, no line break."""
    await rig.patient.jsm.page(page(summary="call +43 660 1234567\n<b>now</b> " + "x" * 3000))
    body = rig.sandbox.jsm.desk.alerts[0].body
    assert (130, 1000) == (len(body["message"]), len(body["description"]))
    assert body["message"].startswith("call [number] ‹b›now‹/b› x")


async def test_a_taken_alert_that_is_not_created_is_no_page(rig: Rig) -> None:
    """202 and then a failure: the people were not told, and the vendor's reason is."""
    rig.sandbox.jsm.desk.refusals.append("Alert policy discarded it, call +43 660 1234567")
    with pytest.raises(Rejected, match=r"did not create it: Alert policy discarded it, call \[number\]"):
        await rig.patient.jsm.page(PAGE)
    assert [] == rig.sandbox.jsm.desk.alerts


async def test_an_alert_that_is_slow_is_waited_for(rig: Rig) -> None:
    """Nobody knows of the request for a while; that is no failure."""
    rig.sandbox.jsm.desk.pending = timedelta(milliseconds=40)
    assert KEY == (await rig.patient.jsm.page(PAGE)).id
    looks = [each["status"] for each in rig.sandbox.jsm.requests if "/requests/" in each["path"]]
    assert 404 in looks
    assert 200 == looks[-1]


async def test_an_alert_that_stays_unknown_is_in_doubt(rig: Rig) -> None:
    """It was taken, so that it may ring yet: neither a success nor a failure; repeating it is one alert."""
    rig.sandbox.jsm.desk.pending = timedelta(seconds=60)
    with pytest.raises(OutcomeUnknown, match="does not say yet"):
        await rig.patient.jsm.page(PAGE)
    rig.sandbox.jsm.desk.pending = timedelta(0)
    await rig.patient.jsm.page(PAGE)
    assert 1 == len(rig.sandbox.jsm.ledger.of("alert.created"))


@pytest.mark.parametrize(
    ("kind", "more"), [(FaultKind.RESET, {}), (FaultKind.STATUS, {"status": 401}), (FaultKind.STATUS, {"status": 429})]
)
async def test_whatever_goes_wrong_while_it_is_followed_leaves_it_in_doubt(
    rig: Rig, kind: FaultKind, more: dict[str, int]
) -> None:
    """An error of the question says nothing about the order: it had been taken."""
    match = Match(method="GET", path="/v2/alerts/requests/")
    rig.sandbox.jsm.faults.add(Fault(kind=kind, match=match, times=None, **more))
    with pytest.raises(OutcomeUnknown, match="what became of it is unknown"):
        await rig.patient.jsm.page(PAGE)


@pytest.mark.parametrize(
    "told",
    [
        outcome(alias="another"),
        outcome(alias=""),
        answer(200, {"data": {"status": "Created alert"}}),
        answer(200, {"status": "ok"}),
    ],
)
async def test_only_our_alias_is_a_receipt(told: bytes) -> None:
    """Anything else may or may not have paged."""
    async with scripted(TAKEN, UNKNOWN, told) as script:
        client = jsm(f"{script.url}/jsm/ops/integration")
        with pytest.raises(OutcomeUnknown):
            await client.page(PAGE)
        await client.aclose()
    requests = "/jsm/ops/integration/v2/alerts/requests/r1"
    assert ["POST /jsm/ops/integration/v2/alerts", f"GET {requests}", f"GET {requests}"] == script.paths


async def test_commit_then_lose_then_repeat_is_one_alert(rig: Rig) -> None:
    """The vendor took the alert twice and folded it by the alias."""
    rig.sandbox.jsm.faults.add(Fault(kind=FaultKind.RESET, when=When.AFTER, match=Match(path="/v2/alerts")))
    with pytest.raises(OutcomeUnknown):
        await rig.patient.jsm.page(PAGE)
    await rig.patient.jsm.page(PAGE)
    ledger = rig.sandbox.jsm.ledger
    assert (1, 1) == (len(ledger.of("alert.created")), len(ledger.of("alert.deduplicated")))


async def test_an_alert_that_does_not_exist_has_nobody(rig: Rig) -> None:
    """Also when a page is on its way."""
    assert PageState() == await state(rig)


async def test_an_acknowledged_alert_has_a_name_and_a_time(rig: Rig) -> None:
    """Who has it, and since when; nobody before."""
    await rig.patient.jsm.page(PAGE)
    assert PageState() == await state(rig)
    desk = rig.sandbox.jsm.desk
    desk.acknowledge(desk.alerts[0], MARIA)
    found = await state(rig)
    assert (WHO, False) == (found.acknowledged_by, found.resolved)
    assert found.acknowledged_at is not None
    assert timedelta(minutes=1) > datetime.now(UTC) - found.acknowledged_at
    desk.unacknowledge(desk.alerts[0], MARIA)
    assert PageState() == await state(rig)


async def test_our_own_acknowledgement_is_nobodys(rig: Rig) -> None:
    """Somebody answered elsewhere: the alert stops ringing, and nobody has taken it here."""
    await rig.patient.jsm.page(PAGE)
    assert KEY == (await rig.patient.jsm.silence(CLOSING)).id
    assert "Holdline" == rig.sandbox.jsm.desk.alerts[0].acknowledged_by
    assert PageState() == await state(rig)


async def test_silencing_what_a_person_has_is_a_success(rig: Rig) -> None:
    """The vendor refuses a second acknowledgement; the alert says that it is as wanted."""
    await rig.patient.jsm.page(PAGE)
    desk = rig.sandbox.jsm.desk
    desk.acknowledge(desk.alerts[0], MARIA)
    assert (await rig.patient.jsm.silence(CLOSING)).adopted
    assert WHO == (await state(rig)).acknowledged_by


async def test_a_closed_alert_is_resolved(rig: Rig) -> None:
    """A person closes it; closing it again is a success, and a page of that key opens a new one."""
    await rig.patient.jsm.page(PAGE)
    desk = rig.sandbox.jsm.desk
    desk.close(desk.alerts[0], MARIA)
    assert PageState(resolved=True) == await state(rig)
    assert (await rig.patient.jsm.close(CLOSING)).adopted
    await rig.patient.jsm.page(PAGE)
    assert PageState() == await state(rig)


async def test_closing_what_never_was_is_a_success(rig: Rig) -> None:
    """Nothing rings."""
    assert (await rig.patient.jsm.close(CLOSING)).adopted


async def test_an_order_that_was_taken_and_not_done_is_told() -> None:
    """The alert is still open: a person must look."""
    alert = answer(200, {"data": {"id": "a1", "alias": ALIAS, "status": "open", "acknowledged": False}})
    async with scripted(TAKEN, outcome(isSuccess=False, status="No permission"), alert) as script:
        client = jsm(script.url)
        with pytest.raises(Rejected, match="to close the alert and did not do it: No permission"):
            await client.close(CLOSING)
        await client.aclose()


async def test_an_unknown_team_is_named_with_the_known_ones(rig: Rig) -> None:
    """A mistake in the policy says what would be right, and nothing is sent."""
    with pytest.raises(Rejected, match=r"'vioce'; those configured are: second, voice"):
        await rig.patient.jsm.page(page(service="vioce"))
    assert [] == list(rig.sandbox.jsm.requests)


async def test_an_account_reads_where_keys_may_not(rig: Rig, by_account: Jsm) -> None:
    """Orders go by the key, questions by the account: in the shapes of the other interface."""
    await by_account.page(PAGE)
    desk = rig.sandbox.jsm.desk
    desk.acknowledge(desk.alerts[0], MARIA)
    assert WHO == (await by_account.state(QUESTION)).acknowledged_by
    assert (await by_account.silence(CLOSING)).adopted
    await by_account.prove((), CALL)
    reads = {each["path"].split("/")[1] for each in rig.sandbox.jsm.requests if each["method"] == "GET"}
    assert {"v1"} == reads


def missing() -> str:
    """A secret that is not there."""
    raise OSError("file:/run/secrets/jsm-token cannot be read")


@pytest.mark.parametrize(("token", "why"), [(lambda: "expired", "refused the API token"), (missing, "cannot be read")])
async def test_an_account_that_cannot_read_holds_no_page_back(rig: Rig, token: Reader, why: str) -> None:
    """The check of the credential tells; the people are paged all the same, and it stays in doubt."""
    client = jsm(rig.sandbox.jsm_url, Account(rig.sandbox.jsm_url, EMAIL, token))
    with pytest.raises(CredentialsRefused, match=why):
        await client.prove((), CALL)
    with pytest.raises(OutcomeUnknown, match=why):
        await client.page(PAGE)
    await client.aclose()
    assert 1 == len(rig.sandbox.jsm.desk.orders)


async def test_a_page_of_another_sender_is_no_answer(rig: Rig) -> None:
    """A 404 in somebody else's words is a wrong address, and does not say that nobody has the alert."""
    async with scripted(answer(404, b"<html>", content_type="text/html")) as script:
        client = jsm(script.url)
        with pytest.raises(Rejected):
            await client.state(QUESTION)
        await client.aclose()
