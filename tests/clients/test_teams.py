"""Notices by Teams: what an answer means, what becomes a button, what stays a secret."""

import json
from typing import Any

import pytest

from holdline.clients.network import Network
from holdline.clients.teams import Teams
from holdline.domain.address import is_workflow
from holdline.ports import (
    Call,
    Conflict,
    CredentialsRefused,
    Invalid,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
    VendorError,
)
from holdline.simulators.faults import Fault, FaultKind, Match, When
from holdline.simulators.teams.card import LARGEST, links, texts
from tests.clients.scripted import answer, scripted
from tests.contracts.contract import failing
from tests.contracts.notices import notice
from tests.contracts.rig import PATIENT, WORKFLOW, Rig, teams

OURS = "https://holdline.example.com"
CALL = Call(request_id="request-1", effect="preflight:teams")
NETWORK = Network(limits=PATIENT)

CODES: dict[int, type[VendorError]] = {
    400: Invalid,
    401: CredentialsRefused,
    403: CredentialsRefused,
    404: Misconfigured,
    405: Rejected,
    409: Conflict,
    410: Misconfigured,
    413: Invalid,
    429: Throttled,
    302: Rejected,
    200: OutcomeUnknown,
    202: OutcomeUnknown,
    408: OutcomeUnknown,
    500: OutcomeUnknown,
    503: OutcomeUnknown,
}
"""Only 202 without a body is an answer; what is refused was not processed."""


@pytest.mark.parametrize("status", CODES)
async def test_a_code_is_told(rig: Rig, status: int) -> None:
    """Each answer with its own error, and nothing is taken."""
    match = Match(method="POST", path="/workflows")
    rig.sandbox.teams.faults.add(Fault(kind=FaultKind.STATUS, status=status, match=match))
    assert CODES[status] is type(await failing(rig, rig.patient.teams.send(notice("incidents"))))
    assert [] == rig.sandbox.teams.taken


@pytest.mark.parametrize("when", When)
@pytest.mark.parametrize("kind", [FaultKind.RESET, FaultKind.HANG, FaultKind.HTML, FaultKind.LYING_200])
async def test_a_spoilt_answer_is_in_doubt(rig: Rig, kind: FaultKind, when: When) -> None:
    """Whether it was taken before or not: without its 202 nobody knows."""
    match = Match(method="POST", path="/workflows")
    rig.sandbox.teams.faults.add(Fault(kind=kind, when=when, match=match, seconds=60))
    assert OutcomeUnknown is type(await failing(rig, rig.hasty.teams.send(notice("incidents"))))
    assert (when is When.AFTER) is bool(rig.sandbox.teams.taken)


async def test_a_workflow_that_was_deleted(rig: Rig) -> None:
    """The sentence says what to do."""
    rig.sandbox.teams.flows.clear()
    error = await failing(rig, rig.patient.teams.send(notice("incidents")))
    assert Misconfigured is type(error)
    assert "make a new one" in str(error)


async def test_taken_is_not_posted(rig: Rig) -> None:
    """A workflow that nobody owns takes the card all the same: the receipt says no more than that."""
    rig.sandbox.teams.flows[WORKFLOW.id] = WORKFLOW.model_copy(update={"orphaned": True})
    receipt = await rig.patient.teams.send(notice("incidents"))
    await rig.sandbox.teams.settled()
    assert f"incidents:{notice('x').tag}" == receipt.id
    assert ["teams.taken", "teams.failed"] == [each["kind"] for each in rig.sandbox.teams.ledger]


async def test_a_card_is_never_too_large(rig: Rig) -> None:
    """Teams would refuse it after the workflow has taken it, and nobody would hear of it."""
    lines = {f"line {number}": "ü💥" * 3000 for number in range(500)}
    links = {f"link {number}": f"{OURS}/links/{'x' * 1900}{number}" for number in range(10)}
    await rig.patient.teams.send(notice("incidents", title="ü" * 9000, lines=lines | links))
    await rig.sandbox.teams.settled()
    assert ["teams.taken", "teams.posted"] == [each["kind"] for each in rig.sandbox.teams.ledger]


LINKS = {
    f"{OURS}/links/12345678901234567890?k=12345678": True,
    f"{OURS}": False,
    "https://evil.example.com/links/1": False,
    f"{OURS}.evil.example.com/1": False,
    f"{OURS}@evil.example.com/1": False,
    "javascript:alert(1)": False,
}


@pytest.mark.parametrize("link", LINKS)
async def test_only_a_link_of_ours_becomes_a_button(rig: Rig, link: str) -> None:
    """The name of a queue may be an address; it stays a text."""
    await rig.patient.teams.send(notice("incidents", lines={"Acknowledge": link, "Queue": "Billing"}))
    (card,) = rig.sandbox.teams.taken
    assert ([link] if LINKS[link] else []) == links(card)
    assert "Billing" in texts(card)
    assert "Acknowledge" in "".join(texts(card))


async def test_there_are_no_other_buttons(rig: Rig) -> None:
    """A workflow hears no presses, so what nobody would answer is not offered."""
    await rig.patient.teams.send(notice("incidents"))
    (card,) = rig.sandbox.teams.taken
    assert "actions" not in card
    assert ("AdaptiveCard", "1.4") == (card["type"], card["version"])


async def test_the_address_is_used_as_it_is(rig: Rig) -> None:
    """Its path and its query reach the host unchanged, whatever is in them."""
    async with scripted(answer(202, b"", content_type="text/plain")) as script:
        path = "/powerautomate/direct/workflows/ab%20c/triggers/manual/paths/invoke"
        address = f"{script.url}{path}?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sig=a-b_c"
        client = Teams(rooms={"incidents": lambda: address}, network=NETWORK)
        await client.send(notice("incidents"))
        await client.aclose()
    asked, _, query = script.paths[0].removeprefix("POST ").partition("?")
    assert path == asked
    assert {"api-version=1", "sig=a-b_c"} < set(query.split("&"))
    head, _, body = script.requests[0].decode().partition("\r\n\r\n")
    assert "x-request-id: request-1" in head.lower()
    sent: dict[str, Any] = json.loads(body)
    assert ("message", 1) == (sent["type"], len(sent["attachments"]))
    assert len(body) < LARGEST


@pytest.mark.parametrize("address", ["", "nonsense", "https://example.com", "ftp://a/b?sig=1", "https://u:p@a/b?sig=1"])
async def test_an_address_that_is_none(rig: Rig, address: str) -> None:
    """Nothing is sent anywhere, and the address is not repeated."""
    client = Teams(rooms={"incidents": lambda: address}, network=NETWORK)
    for call in (client.send(notice("incidents")), client.prove((), CALL)):
        error = await failing(rig, call)
        assert CredentialsRefused is type(error)
        assert not address or address not in str(error)
    await client.aclose()
    assert not is_workflow(address)


async def test_addresses_are_proved_without_a_card(rig: Rig) -> None:
    """Each is read; none is asked, because asking would post."""
    await rig.patient.teams.prove((), CALL)
    assert [] == list(rig.sandbox.teams.requests)


async def test_what_a_workflow_repeats_goes_no_further(rig: Rig) -> None:
    """An error that quotes the address shows nothing of its signature."""
    quoted = {"error": {"code": "X", "message": f"invoke?sig={WORKFLOW.signature} was not found"}}
    async with scripted(answer(404, quoted)) as script:
        client = teams(script.url, NETWORK)
        error = await failing(rig, client.send(notice("incidents")))
        await client.aclose()
    assert "[hidden]" in str(error)


async def test_a_link_that_is_repeated_goes_no_further(rig: Rig) -> None:
    """Whoever has it may give an order."""
    link = f"{OURS}/v1/links/abcdefgh.ijklmnop"
    async with scripted(answer(400, {"error": {"code": "X", "message": f"no such url: {link}"}})) as script:
        client = teams(script.url, NETWORK)
        error = await failing(rig, client.send(notice("incidents", lines={"Acknowledge": link})))
        await client.aclose()
    assert "ijklmnop" not in str(error)


async def test_a_host_that_is_not_there_took_nothing(rig: Rig) -> None:
    """A name that nobody knows proves it."""
    client = teams("http://nowhere.invalid", NETWORK)
    assert Unavailable is type(await failing(rig, client.send(notice("incidents"))))
    await client.aclose()
