"""Twilio: strict about numbers, honest about progress, signed in both callbacks and replies."""

from typing import Any

import httpx
import pytest

from holdline.simulators.sandbox import Sandbox, SandboxSettings, SmsTarget
from holdline.simulators.settings import TwilioSettings
from tests.simulators.receiver import Receiver
from tests.simulators.vendors import PHONE, Vendors


async def test_a_message_is_created_and_in_the_ledger(sandbox: Sandbox, vendors: Vendors) -> None:
    """201 with a sid and a first status; there is no key, so the same request twice is two messages."""
    first, second = await vendors.sms(), await vendors.sms()
    assert (201, "queued", None) == (first.status_code, first.json()["status"], first.json()["error_code"])
    created = sandbox.twilio.ledger.of("sms.created")
    assert [(first.json()["sid"], 1), (second.json()["sid"], 2)] == [(e["sid"], e["count"]) for e in created]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"To": ""}, 400, 21604),
        ({"To": "0660 1234567"}, 400, 21211),
        ({"To": "+0660"}, 400, 21211),
        ({"From": ""}, 400, 21603),
        ({"From": "Holdline"}, 400, 21212),
        ({"From": "+15005550001"}, 400, 21606),
        ({"Body": ""}, 400, 21602),
        ({"Body": "x" * 1601}, 400, 21617),
        ({"StatusCallback": "not a url"}, 400, 21609),
        ({"MessagingServiceSid": "MG0"}, 404, 21701),
    ],
)
async def test_a_bad_message_is_refused(
    sandbox: Sandbox, vendors: Vendors, changes: dict[str, str], status: int, code: int
) -> None:
    """Each mistake has its number, and nothing is committed."""
    response = await vendors.sms(**changes)
    assert (status, code) == (response.status_code, response.json()["code"])
    assert f"https://www.twilio.com/docs/errors/{code}" == response.json()["more_info"]
    assert [] == sandbox.twilio.ledger


async def test_a_messaging_service_accepts_without_a_sender(sandbox: Sandbox, vendors: Vendors) -> None:
    """Through a messaging service a message is first only accepted."""
    service = sandbox.settings.twilio.messaging_services[0]
    body = (await vendors.sms(From="", MessagingServiceSid=service)).json()
    assert ("accepted", service, None) == (body["status"], body["messaging_service_sid"], body["from"])


async def test_wrong_credentials_and_foreign_accounts(vendors: Vendors) -> None:
    """401 for a wrong token, 404 for somebody else's account."""
    twilio = vendors.sandbox.settings.twilio
    wrong = await vendors.http.get(vendors.messages(), auth=(twilio.account_sid, "wrong"))
    foreign = vendors.messages().replace(twilio.account_sid, "AC" + "0" * 32)
    other = await vendors.http.get(foreign, auth=(twilio.account_sid, twilio.auth_token))
    assert [(401, 20003), (404, 20404)] == [(r.status_code, r.json()["code"]) for r in (wrong, other)]


async def test_too_many_requests(http: httpx.AsyncClient) -> None:
    """429 has Twilio's number 20429 and creates nothing."""
    async with Sandbox(SandboxSettings(twilio=TwilioSettings(requests_per_minute=1))).running() as sandbox:
        answers = [await Vendors(sandbox, http).sms() for _ in range(2)]
    assert [(201, None), (429, 20429)] == [(a.status_code, a.json().get("code")) for a in answers]
    assert 1 == len(sandbox.twilio.ledger.of("sms.created"))


@pytest.mark.parametrize(
    ("phone", "told"),
    [
        ({}, {"sending", "sent", "delivered"}),
        ({"outcome": "sent"}, {"sending", "sent"}),
        ({"outcome": "undelivered", "error_code": 30005}, {"sending", "sent", "undelivered"}),
        ({"outcome": "failed"}, {"sending", "failed"}),
    ],
)
async def test_progress_is_called_back(
    sandbox: Sandbox, vendors: Vendors, receiver: Receiver, phone: dict[str, Any], told: set[str]
) -> None:
    """Each step of a message is posted to its callback, to the end that its phone has."""
    if phone:
        await vendors.http.post(f"{sandbox.twilio_url}/_sim/phones", json={"number": PHONE, **phone})
    sid = (await vendors.sms(StatusCallback=receiver.url)).json()["sid"]
    await receiver.at_least(len(told))
    await sandbox.twilio.courier.settled()
    assert told == {post.form()["MessageStatus"] for post in receiver.posts}
    assert {sid} == {post.form()["MessageSid"] for post in receiver.posts}
    codes = {post.form()["ErrorCode"] for post in receiver.posts if "ErrorCode" in post.form()}
    expected = {str(phone.get("error_code", 30003))} if told & {"undelivered", "failed"} else set()
    assert expected == codes


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"To": PHONE}, 3),
        ({"To": "+436609999999"}, 0),
        ({"DateSent>": "2001-01-01"}, 3),
        ({"DateSent<": "2001-01-01T00:00:00Z"}, 0),
        ({"DateSent": "2001-01-01"}, 0),
        ({"PageSize": "2"}, 2),
    ],
)
async def test_messages_are_listed(vendors: Vendors, query: dict[str, str], count: int) -> None:
    """The list keeps to recipient, dates and pages, newest first."""
    for number in range(3):
        await vendors.sms(Body=f"text {number}")
    twilio = vendors.sandbox.settings.twilio
    page = await vendors.http.get(vendors.messages(), params=query, auth=(twilio.account_sid, twilio.auth_token))
    bodies = [message["body"] for message in page.json()["messages"]]
    assert ["text 2", "text 1", "text 0"][:count] == bodies


async def test_a_reply_is_posted_to_the_target(sandbox: Sandbox, vendors: Vendors, receiver: Receiver) -> None:
    """A person's text arrives as a form with sender, recipient and body, repeated until accepted."""
    receiver.refuse = 1
    sandbox.twilio.target = SmsTarget(url=receiver.url)
    reply = {"from": PHONE, "body": "ACK 7K3MQX"}
    assert 202 == (await vendors.http.post(f"{sandbox.twilio_url}/_sim/reply", json=reply)).status_code
    await sandbox.twilio.courier.settled()
    forms = [post.form() for post in receiver.posts]
    assert (2, (PHONE, sandbox.settings.twilio.numbers[0], "ACK 7K3MQX")) == (
        len(forms),
        (forms[0]["From"], forms[0]["To"], forms[0]["Body"]),
    )
    assert forms[0] == forms[1]
