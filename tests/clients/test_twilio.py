"""Texts by Twilio: marked, found again, and never told with a number."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from holdline.clients.network import Network
from holdline.clients.secret import Reader
from holdline.clients.twilio import Twilio
from holdline.ports import OutcomeUnknown, Rejected, TextMessage
from holdline.simulators.settings import TwilioSettings
from holdline.simulators.twilio.outbox import Phone
from tests.clients.scripted import Script, answer, scripted
from tests.contracts.rig import AUTH_TOKEN, PATIENT, PHONE, SENDER, Rig

ACCOUNT = TwilioSettings().account_sid


def message(
    text: str = "Trunk Vienna is down. ACK K7M2QX", tag: str = "1a2b3c4d", contact: str = "alice"
) -> TextMessage:
    """A text to a contact."""
    return TextMessage(request_id="request-1", effect="effect", contact=contact, text=text, tag=tag)


def twilio(url: str, number: Reader = lambda: PHONE, sender: str = SENDER, told: str | None = None) -> Twilio:
    """A client with one contact."""
    return Twilio(
        url=url,
        account_sid=ACCOUNT,
        auth_token=lambda: AUTH_TOKEN,
        sender=sender,
        contacts={"alice": number},
        told=told,
        network=Network(limits=PATIENT),
    )


def resource(**known: Any) -> dict[str, Any]:
    """A message as the vendor writes it."""
    return {
        "sid": "SM" + "0" * 32,
        "status": "queued",
        "error_code": None,
        "body": "down [1a2b3c4d]",
        "date_created": format_datetime(datetime.now(UTC)),
        "date_sent": None,
    } | known


async def sent_to(script: Script) -> Any:
    """What a client does with a scripted answer to a message."""
    client = twilio(script.url)
    try:
        return await client.send(message())
    finally:
        await client.aclose()


async def test_a_text_carries_its_tag(rig: Rig) -> None:
    """The receipt is the vendor's id; the body ends with the mark that finds it again."""
    receipt = await rig.patient.twilio.send(message())
    (sent,) = rig.sandbox.twilio.ledger.of("sms.created")
    assert (receipt.id, PHONE, SENDER) == (sent["sid"], sent["to"], sent["from"])
    assert "Trunk Vienna is down. ACK K7M2QX [1a2b3c4d]" == sent["body"]


async def test_a_text_says_where_its_fate_is_told() -> None:
    """The effect is in the query; where nobody listens nothing is asked for."""
    async with scripted(answer(201, resource()), answer(201, resource())) as script:
        for told in ("https://holdline.example.com/v1/twilio/status", None):
            client = twilio(script.url, told=told)
            await client.send(message())
            await client.aclose()
        sent = [parse_qs(each.rpartition(b"\r\n\r\n")[2].decode()).get("StatusCallback") for each in script.requests]
    assert [["https://holdline.example.com/v1/twilio/status?page=effect"], None] == sent


async def test_a_long_text_keeps_its_tag(rig: Rig) -> None:
    """What is longer than 1,600 characters is cut before the mark."""
    await rig.patient.twilio.send(message("x" * 5000))
    body = rig.sandbox.twilio.ledger.of("sms.created")[0]["body"]
    assert 1600 == len(body)
    assert body.endswith("x [1a2b3c4d]")


async def test_a_text_that_names_its_tag_is_left_alone(rig: Rig) -> None:
    """The tag is not written twice; what no telephone can show is left out."""
    await rig.patient.twilio.send(message("Vienna is\x1b down.\nref 1a2b3c4d \ud800"))
    assert "Vienna is down.\nref 1a2b3c4d " == rig.sandbox.twilio.ledger.of("sms.created")[0]["body"]


async def test_a_text_is_found_by_its_tag(rig: Rig) -> None:
    """Also while it is still queued; another tag is another message."""
    receipt = await rig.patient.twilio.send(message())
    await rig.patient.twilio.send(message(tag="99999999"))
    found = await rig.patient.twilio.find(message())
    assert found is not None
    assert (receipt.id, True) == (found.id, found.adopted)
    assert None is await rig.patient.twilio.find(message(tag="ffffffff"))


async def test_a_messaging_service_may_send(rig: Rig) -> None:
    """A sender that starts with MG is a messaging service, not a number."""
    client = twilio(rig.sandbox.twilio_url, sender=TwilioSettings().messaging_services[0])
    await client.send(message())
    await client.aclose()
    assert 1 == len(rig.sandbox.twilio.ledger.of("sms.created"))


async def test_a_number_that_is_none_is_refused_without_being_told(rig: Rig) -> None:
    """The vendor repeats the number in its error; we do not."""
    client = twilio(rig.sandbox.twilio_url, lambda: "0043 660 1234567")
    with pytest.raises(Rejected, match="21211") as caught:
        await client.send(message())
    await client.aclose()
    assert "660" not in str(caught.value)


async def test_an_unknown_contact_is_named_with_the_known_ones(rig: Rig) -> None:
    """A mistake in the policy says what would be right, and nothing is sent."""
    with pytest.raises(Rejected, match=r"'alcie'; those configured are: alice"):
        await rig.patient.twilio.send(message(contact="alcie"))
    assert [] == list(rig.sandbox.twilio.requests)


@pytest.mark.parametrize("status", ["failed", "undelivered", "canceled"])
async def test_a_text_that_failed_at_once_is_refused(status: str) -> None:
    """Created and failed in one answer: the next channel's turn."""
    async with scripted(answer(201, resource(status=status, error_code=30003))) as script:
        with pytest.raises(Rejected, match=rf"{status} \(30003\)"):
            await sent_to(script)


async def test_a_text_that_was_not_delivered_is_no_receipt(rig: Rig) -> None:
    """Found again as undelivered, it reached nobody."""
    rig.sandbox.twilio.outbox.phones[PHONE] = Phone(number=PHONE, outcome="failed")
    await rig.patient.twilio.send(message())
    while not rig.sandbox.twilio.ledger.of("sms.failed"):  # noqa: ASYNC110 - a ledger has no event to wait for
        await asyncio.sleep(0.01)
    with pytest.raises(Rejected, match="not delivered"):
        await rig.patient.twilio.find(message())


@pytest.mark.parametrize(
    "lie", [{"status": "queued"}, resource(sid=""), resource(sid="../../x"), resource(sid=None), {"sid": "SM1"}]
)
async def test_a_text_without_an_id_may_have_been_sent(lie: dict[str, Any]) -> None:
    """A 201 without the vendor's id is no receipt."""
    async with scripted(answer(201, lie)) as script:
        with pytest.raises(OutcomeUnknown):
            await sent_to(script)


async def test_a_list_is_followed_by_its_query_only() -> None:
    """The way to the next page is the vendor's; the host and the path stay ours."""
    link = "https://elsewhere.example.com/steal?To=%2B436601234567&Page=1&PageToken=PASM1"
    first = answer(200, {"messages": [resource(body="other")], "next_page_uri": link})
    second = answer(200, {"messages": [resource()], "next_page_uri": None})
    async with scripted(first, second) as script:
        client = twilio(script.url)
        assert (await client.find(message())) is not None
        await client.aclose()
    path, query = script.paths[1].removeprefix("GET ").split("?")
    assert f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json" == path
    assert {"To": [PHONE], "Page": ["1"], "PageToken": ["PASM1"]} == parse_qs(query)


async def test_a_list_is_read_back_to_yesterday() -> None:
    """Older messages are not looked at, and a mark on them does not count."""
    old = format_datetime(datetime.now(UTC) - timedelta(days=2))
    page = {"messages": [resource(date_created=old)], "next_page_uri": "/more?Page=1"}
    async with scripted(answer(200, page)) as script:
        client = twilio(script.url)
        assert None is await client.find(message())
        await client.aclose()
        assert 1 == len(script.requests)


async def test_a_list_without_end_leaves_it_unknown() -> None:
    """Where not all of a day could be read, "not found" would be a guess."""
    page = {"messages": [resource(body="other")], "next_page_uri": "/more?Page=1"}
    async with scripted(answer(200, page)) as script:
        client = twilio(script.url)
        with pytest.raises(OutcomeUnknown, match="not all were read"):
            await client.find(message())
        await client.aclose()
