"""How a text fared: from the simulated vendor's callback to the incident, and what is no failure of a page."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from temporalio.client import Client
from twilio.request_validator import RequestValidator

from holdline.clients.twilio import Twilio
from holdline.domain.keys import Incident, page_of, tag
from holdline.domain.messages import AnswerKind
from holdline.freeport import free_port
from holdline.gateway import delivered
from holdline.gateway.authentic import Delivery
from holdline.gateway.reading import Addressed, Reading, State
from holdline.ports import TextMessage
from holdline.simulators.sandbox import Sandbox, SandboxSettings
from holdline.simulators.settings import TwilioSettings
from holdline.simulators.twilio.outbox import Phone
from tests.gateway import events
from tests.gateway.events import ALICE, PUBLIC, event, form, raw, trunk
from tests.gateway.running import Running, answered, configured, described, eventually, running

INCIDENT = Incident("incident/trunk_failure/7f3a", 3, 2)
EFFECT = INCIDENT.effect("page.tier 1.1", "sms:alice")
SID = "SM" + "0" * 32


def read(status: str, effect: str = EFFECT, **over: str) -> Reading:
    """Read a word about a message that is verified."""
    body = form({"MessageSid": SID, "MessageStatus": status, "To": ALICE, "ErrorCode": "30003"} | over)
    url = f"{PUBLIC}/v1/twilio/status?{urlencode({'page': effect})}"
    return delivered.read(Delivery(body, (), url), datetime.now(UTC))


@pytest.mark.parametrize("status", ["undelivered", "failed"])
def test_a_page_that_did_not_arrive_is_told(status: str) -> None:
    """To its incident and epoch, with the receipt of the page and the vendor's number of the error; no telephone's."""
    reading = read(status)
    said = Addressed.model_validate_json(reading.item)
    assert (INCIDENT.workflow_id, 3, AnswerKind.UNDELIVERED) == (said.workflow_id, said.answer.epoch, said.answer.kind)
    assert ("sms:alice", SID, f"{status}, Twilio error 30003") == (said.answer.by, said.answer.page, said.answer.text)
    assert ALICE.lstrip("+") not in reading.item


@pytest.mark.parametrize("status", ["queued", "sending", "sent", "delivered", "canceled", "read"])
def test_other_steps_are_dropped(status: str) -> None:
    """Each under an id of its own."""
    assert (State.DROPPED, delivered.NOT_A_FAILURE, f"{SID}-{status}") == (
        read(status).state,
        read(status).reason,
        read(status).event_id,
    )


@pytest.mark.parametrize(
    "effect",
    ["", "x", "incident/lunch/7f3a:1:page.tier 1.1:sms:alice", "incident/trunk_failure/7f3a:1:close:sms:alice"],
)
def test_messages_of_others_are_dropped(effect: str) -> None:
    """An address that names no page of ours."""
    assert delivered.NOT_OURS == read("failed", effect).reason


@pytest.mark.parametrize(("status", "over"), [("lost", {}), ("", {}), ("failed", {"MessageSid": ""})])
def test_drift_goes_to_review(status: str, over: dict[str, str]) -> None:
    """S4.6, and without a number: the form that is kept has them masked."""
    reading = read(status, **over)
    assert State.QUARANTINED is reading.state
    assert ALICE.lstrip("+") not in reading.item


@pytest.mark.parametrize("entity", ["7f3a", "site:linz", "0f1d2c3b-4455-4677-8899-001122334455"])
def test_what_was_put_aside_names_its_page(entity: str) -> None:
    """The address is not kept, nor the number of the contact; the page is, so that it can be read again."""
    incident = Incident(f"incident/trunk_failure/{entity}", 3)
    kept = read("lost", incident.effect("page.tier 1.1", "sms:alice"))
    again = delivered.read(Delivery(kept.item.replace('"lost"', '"failed"').encode(), ()), datetime.now(UTC))
    said = Addressed.model_validate_json(again.item)
    assert (incident.workflow_id, "sms:alice", SID) == (said.workflow_id, said.answer.by, said.answer.page)
    assert (kept.reason, kept.item) == delivered.read(Delivery(kept.item.encode(), ()), datetime.now(UTC))[4:2:-1]


def test_what_an_older_release_put_aside_stays_there() -> None:
    """It has no page: nobody knows whose it is, and it is not taken for somebody else's."""
    old = raw({"MessageSid": SID, "MessageStatus": "failed", "To": "[number]"})
    reading = delivered.read(Delivery(old, ()), datetime.now(UTC))
    assert (State.QUARANTINED, "schema mismatch: page") == (reading.state, reading.reason)


def test_a_letter_that_is_no_form_stays_there() -> None:
    """Whatever is in it."""
    assert State.QUARANTINED is delivered.read(Delivery(b"MessageSid=SM1", ()), datetime.now(UTC)).state


def test_a_page_in_the_form_is_not_the_one_in_the_address() -> None:
    """Whoever writes the form does not choose the incident."""
    assert delivered.NOT_OURS == read("failed", "", page=EFFECT).reason


@pytest.mark.parametrize("entity", ["7f3a", "site:linz", "a:1:b", "twilio"])
@pytest.mark.parametrize("target", ["sms:alice", "sms:a:b c"])
def test_the_effect_of_a_page_is_read_again(entity: str, target: str) -> None:
    """Whatever the id of an entity looks like."""
    for opening in (1, 2):
        incident = Incident(f"incident/credential_expired/{entity}", 12, opening)
        found = page_of(incident.effect("page.the stale tier.998", target))
        assert (incident.workflow_id, 12, target) == found


@asynccontextmanager
async def vendor() -> AsyncIterator[Sandbox]:
    """A Twilio that answers to the tests' token and delivers at once."""
    settings = TwilioSettings(auth_token=events.TWILIO, step=timedelta(milliseconds=1))
    async with Sandbox(SandboxSettings(twilio=settings)).running() as sandbox:
        yield sandbox


def texts(sandbox: Sandbox, told: str) -> Twilio:
    """The client, as the worker has it."""
    account = TwilioSettings()
    return Twilio(
        url=sandbox.twilio_url,
        account_sid=account.account_sid,
        auth_token=lambda: events.TWILIO,
        sender=account.numbers[0],
        contacts={"alice": lambda: ALICE},
        told=told,
    )


async def test_an_undelivered_text_reaches_its_incident_once(client: Client, tmp_path: Path) -> None:
    """From the order to the vendor, by its signed callbacks, to the signal."""
    port = free_port()
    config = configured(tmp_path, port=port, public_url=f"http://127.0.0.1:{port}")
    async with vendor() as sandbox, running(config, client) as gateway, aclosing(_texts(sandbox, gateway)) as twilio:
        sandbox.twilio.outbox.phones[ALICE] = Phone(number=ALICE, outcome="undelivered", error_code=30005)
        entity = trunk()
        await gateway.event(event(entity))
        await eventually(lambda: described(client, entity))
        effect = Incident(f"incident/trunk_failure/{entity}", 1).effect("page.tier 1.1", "sms:alice")
        order = TextMessage(request_id="r", effect=effect, contact="alice", text="down", tag=tag(effect))
        receipt = await twilio.send(order)
        (answer,) = await eventually(lambda: answered(client, entity))
        assert (receipt.id, "undelivered, Twilio error 30005", 1) == (answer.page, answer.text, answer.epoch)
        assert 0 == await gateway.counted("twilio status", "refused", "signature does not match")


def _texts(sandbox: Sandbox, gateway: Running) -> Twilio:
    return texts(sandbox, f"{gateway.url}/v1/twilio/status")


async def test_the_query_is_part_of_what_is_signed(door: Running) -> None:
    """Twilio's own library signs it; the same word for another page is refused."""
    body = {"MessageSid": SID, "MessageStatus": "failed", "To": ALICE}
    page, other = (urlencode({"page": each}) for each in (EFFECT, EFFECT.replace("7f3a", "7f3b")))
    signature = RequestValidator(events.TWILIO).compute_signature(f"{PUBLIC}/v1/twilio/status?{page}", body)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    statuses = [
        (await door.http.post(f"/v1/twilio/status?{each}", content=form(body), headers=headers)).status_code
        for each in (other, page, page)
    ]
    assert [401, 200, 200] == statuses
