"""Notices by Slack: what each code means, where a message goes, what its buttons carry."""

import json
from typing import Any

import pytest

from holdline.clients.network import Network
from holdline.clients.slack import Slack
from holdline.domain.button import Button, Pressing, button_of
from holdline.ports import (
    Call,
    CredentialsRefused,
    Invalid,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
    VendorError,
)
from holdline.simulators.faults import When
from holdline.simulators.settings import SlackChannel
from holdline.simulators.slack.orders import Order
from holdline.simulators.slack.workspace import Channel, Message
from tests.clients.scripted import answer, scripted
from tests.contracts.contract import failing
from tests.contracts.notices import notice
from tests.contracts.rig import PATIENT, ROOM, SLACK_TOKEN, Rig

CODES: dict[str, type[VendorError]] = {
    "channel_not_found": Misconfigured,
    "not_in_channel": Misconfigured,
    "is_archived": Misconfigured,
    "invalid_auth": CredentialsRefused,
    "token_revoked": CredentialsRefused,
    "account_inactive": CredentialsRefused,
    "missing_scope": CredentialsRefused,
    "msg_too_long": Invalid,
    "invalid_blocks": Invalid,
    "ratelimited": Throttled,
    "fatal_error": OutcomeUnknown,
    "internal_error": OutcomeUnknown,
    "request_timeout": OutcomeUnknown,
    "cant_update_message": Rejected,
    "something_new": Rejected,
}


def slack(url: str) -> Slack:
    """A client with one room."""
    return Slack(
        url=f"{url}/api", token=lambda: SLACK_TOKEN, rooms={"incidents": ROOM}, network=Network(limits=PATIENT)
    )


def messages(rig: Rig) -> list[Message]:
    """The messages of the room, oldest first."""
    return list(rig.sandbox.slack.workspace.channels[ROOM].messages.values())


@pytest.mark.parametrize("code", CODES)
async def test_a_code_inside_a_200_is_no_success(rig: Rig, code: str) -> None:
    """Slack answers nearly everything with 200; the code says whose turn it is."""
    rig.sandbox.slack.orders.add(Order(method="chat.postMessage", error=code))
    error = await failing(rig, rig.patient.slack.send(notice("incidents")))
    assert CODES[code] is type(error)
    assert code in str(error)
    assert [] == messages(rig)


async def test_a_fatal_error_may_have_succeeded(rig: Rig) -> None:
    """It was posted although Slack said otherwise: it is found, and not posted again."""
    rig.sandbox.slack.orders.add(Order(method="chat.postMessage", error="fatal_error", when=When.AFTER))
    error = await failing(rig, rig.patient.slack.send(notice("incidents")))
    assert OutcomeUnknown is type(error)
    found = await rig.patient.slack.find(notice("incidents"))
    assert found is not None
    assert f"{ROOM}:{messages(rig)[0].ts}" == found.id


async def test_a_reading_that_fails_leaves_nothing_in_doubt(rig: Rig) -> None:
    """An error of Slack's own while looking is a failed reading, which may be repeated."""
    rig.sandbox.slack.orders.add(Order(method="conversations.history", error="internal_error"))
    assert Unavailable is type(await failing(rig, rig.patient.slack.find(notice("incidents"))))


@pytest.mark.parametrize(("member", "archived"), [(False, False), (True, True)])
async def test_a_room_that_cannot_be_used(rig: Rig, member: bool, archived: bool) -> None:
    """The app is not in the channel, or it was archived: a human must look, less content would not help."""
    known = SlackChannel(id=ROOM)
    rig.sandbox.slack.workspace.channels[ROOM] = Channel(known.id, known.name, member, archived)
    assert Misconfigured is type(await failing(rig, rig.patient.slack.send(notice("incidents"))))


async def test_an_answer_goes_into_the_thread(rig: Rig) -> None:
    """It is found there, and not in the channel."""
    client = rig.patient.slack
    root = await client.send(notice("incidents"))
    below = notice("incidents", tag="11111111", thread=root.id)
    receipt = await client.send(below)
    assert [None, root.id.partition(":")[2]] == [each.thread for each in messages(rig)]
    found = await client.find(below)
    assert found is not None
    assert receipt.id == found.id
    assert None is await client.find(below.model_copy(update={"thread": ""}))


@pytest.mark.parametrize("thread", ["C0SECOND:1.1", "elsewhere", ""])
async def test_a_thread_of_another_room_is_none(rig: Rig, thread: str) -> None:
    """A receipt that is not of this room is answered in the room itself."""
    await rig.patient.slack.send(notice("incidents", thread=thread))
    assert [None] == [each.thread for each in messages(rig)]


async def test_buttons_carry_what_they_act_on(rig: Rig) -> None:
    """Each action has a button whose value names workflow, epoch, opening and message; others have none."""
    actions = ("acknowledge", "escalate", "hold", "approve", "deny", "format the disk")
    asked = notice("incidents", actions=actions, opening=3, epoch=7)
    await rig.patient.slack.send(asked)
    (buttons,) = [each["elements"] for each in messages(rig)[0].blocks if each["type"] == "actions"]
    assert list(Button) == [button_of(each["action_id"]) for each in buttons]
    assert {("incident/trunk_failure/b3c1", 7, 3, asked.tag)} == {_value(each) for each in buttons}
    assert {'"w":"incident/trunk_failure/b3c1"'} == {each["value"].strip("{}").split(",")[0] for each in buttons}


def _value(button: dict[str, Any]) -> tuple[str, int, int, str]:
    pressing = Pressing.model_validate_json(button["value"])
    return pressing.workflow_id, pressing.epoch, pressing.opening, pressing.tag


async def test_without_actions_there_are_no_buttons(rig: Rig) -> None:
    """A message that was replaced by one without actions has nothing to press any more."""
    receipt = await rig.patient.slack.send(notice("incidents"))
    await rig.patient.slack.update(notice("incidents", record=receipt.id, actions=()))
    assert ["header", "section"] == [each["type"] for each in messages(rig)[0].blocks]


async def test_a_message_that_was_replaced_is_still_found(rig: Rig) -> None:
    """It keeps the mark that it was posted with, whatever the effect that replaced it is called."""
    receipt = await rig.patient.slack.send(notice("incidents"))
    await rig.patient.slack.update(notice("incidents", record=receipt.id, tag="ffffffff"))
    found = await rig.patient.slack.find(notice("incidents"))
    assert found is not None
    assert receipt.id == found.id
    assert None is await rig.patient.slack.find(notice("incidents", tag="ffffffff"))


async def test_a_message_that_is_gone_cannot_be_replaced(rig: Rig) -> None:
    """Somebody deleted it; a receipt that names no message is not even asked about."""
    for record in (f"{ROOM}:1.000001", "", "nonsense"):
        assert Rejected is type(await failing(rig, rig.patient.slack.update(notice("incidents", record=record))))


async def test_a_foreign_mark_is_not_ours(rig: Rig) -> None:
    """Metadata of another app, or none, is no message of ours."""
    page = {
        "ok": True,
        "messages": [
            {"ts": "3.1", "text": "people talk"},
            {"ts": "2.1", "metadata": {"event_type": "other", "event_payload": {"tag": notice("x").tag}}},
            {"ts": "1.1", "metadata": {"event_type": "holdline_notice", "event_payload": {"tag": "ffffffff"}}},
        ],
    }
    async with scripted(answer(200, page)) as script:
        client = slack(script.url)
        assert None is await client.find(notice("incidents"))
        await client.aclose()


async def test_a_history_is_read_page_by_page(rig: Rig) -> None:
    """A message behind two hundred others is found."""
    client = rig.patient.slack
    receipt = await client.send(notice("incidents"))
    channel = rig.sandbox.slack.workspace.channels[ROOM]
    for _ in range(450):
        ts = rig.sandbox.slack.workspace.stamp()
        channel.messages[ts] = Message(ts, "people talk", "B1", [], None)
    found = await client.find(notice("incidents"))
    assert found is not None
    assert receipt.id == found.id


async def test_a_history_without_end_leaves_it_unknown() -> None:
    """Where not all of a day could be read, "not found" would be a guess."""
    page = {"ok": True, "messages": [], "response_metadata": {"next_cursor": "more"}}
    async with scripted(answer(200, page)) as script:
        client = slack(script.url)
        with pytest.raises(OutcomeUnknown, match="not all were read"):
            await client.find(notice("incidents"))
        await client.aclose()


@pytest.mark.parametrize(
    "lie",
    [
        {"ok": True},
        {"ok": True, "channel": ROOM, "ts": "today"},
        {"ok": True, "channel": "C0OTHER", "ts": "1.1"},
        {"ok": False},
        {"ok": False, "error": ""},
        {"status": "ok"},
        [],
    ],
)
async def test_an_answer_without_a_receipt_is_none(lie: object) -> None:
    """Success is a channel and a time in the body."""
    async with scripted(answer(200, lie)) as script:
        client = slack(script.url)
        with pytest.raises(OutcomeUnknown):
            await client.send(notice("incidents"))
        await client.aclose()


async def test_a_throttle_waits_as_long_as_it_says() -> None:
    """Both ways of saying so name the wait in a header."""
    for status in (429, 200):
        refused = answer(status, {"ok": False, "error": "ratelimited"}, retry_after="7")
        async with scripted(refused) as script:
            client = slack(script.url)
            with pytest.raises(Throttled) as caught:
                await client.send(notice("incidents"))
            await client.aclose()
        assert caught.value.retry_after is not None
        assert 7 == caught.value.retry_after.total_seconds()


async def test_nothing_is_unfurled_linked_or_parsed() -> None:
    """An address in a text loads no preview, and no name is linked."""
    async with scripted(answer(200, {"ok": True, "channel": ROOM, "ts": "1.1"})) as script:
        client = slack(script.url)
        await client.send(notice("incidents"))
        await client.aclose()
    head, _, body = script.requests[0].decode().partition("\r\n\r\n")
    sent = json.loads(body)
    assert ("none", False, False, False) == tuple(
        sent[each] for each in ("parse", "link_names", "unfurl_links", "unfurl_media")
    )
    assert "authorization: bearer xoxb-" in head.lower()


async def test_a_token_is_proved(rig: Rig) -> None:
    """A live token is proved by one reading; a revoked one is told."""
    call = Call(request_id="request-1", effect="preflight:slack")
    await rig.patient.slack.prove((), call)
    rig.sandbox.slack.orders.add(Order(method="auth.test", error="token_revoked"))
    assert CredentialsRefused is type(await failing(rig, rig.patient.slack.prove((), call)))
