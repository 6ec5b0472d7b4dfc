"""Slack: 200 for nearly everything, a limit for each channel, presses that are signed. slack_sdk takes it for Slack."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier

from holdline.simulators.sandbox import Sandbox, SandboxSettings
from holdline.simulators.settings import SlackSettings
from tests.simulators.receiver import Receiver
from tests.simulators.vendors import Vendors

ROOM = "C0INCIDENTS"
BUTTON = {
    "type": "button",
    "text": {"type": "plain_text", "text": "Acknowledge"},
    "action_id": "holdline.acknowledge",
    "value": '{"epoch":1}',
}
BLOCKS = [{"type": "actions", "block_id": "b", "elements": [BUTTON]}]


def client(sandbox: Sandbox, token: str | None = None) -> Any:
    """The vendor's own client, which repeats nothing."""
    known = sandbox.settings.slack.token if token is None else token
    return WebClient(token=known, base_url=f"{sandbox.slack_url}/api/", retry_handlers=[])


async def asked(call: Callable[..., Any], **arguments: Any) -> Any:
    """What the client's call returns; it blocks, so it has a thread."""
    return await asyncio.to_thread(call, **arguments)


async def test_slack_sdk_posts_replaces_and_reads(sandbox: Sandbox) -> None:
    """slack_sdk posts with metadata, answers in the thread, replaces, and finds both by their metadata."""
    web, marked = client(sandbox), {"event_type": "holdline_notice", "event_payload": {"tag": "t1"}}
    posted = await asked(web.chat_postMessage, channel=ROOM, text="down", blocks=BLOCKS, metadata=marked)
    below = await asked(web.chat_postMessage, channel=ROOM, text="more", thread_ts=posted["ts"], metadata=marked)
    await asked(web.chat_update, channel=ROOM, ts=posted["ts"], text="up")
    history = await asked(web.conversations_history, channel=ROOM, include_all_metadata=True)
    plain = await asked(web.conversations_history, channel=ROOM)
    replies = await asked(web.conversations_replies, channel=ROOM, ts=posted["ts"], include_all_metadata=True)
    assert [("up", "t1")] == [(each["text"], each["metadata"]["event_payload"]["tag"]) for each in history["messages"]]
    assert ["metadata" in each for each in plain["messages"]] == [False]
    assert [posted["ts"], below["ts"]] == [each["ts"] for each in replies["messages"]]
    assert ["slack.posted", "slack.posted", "slack.updated"] == [each["kind"] for each in sandbox.slack.ledger]


async def test_slack_sdk_answers_aloud(sandbox: Sandbox) -> None:
    """An answer in a thread that is broadcast is in the channel too, says what it answers, and is one message."""
    web = client(sandbox)
    first = await asked(web.chat_postMessage, channel=ROOM, text="down", reply_broadcast=True)
    quiet = await asked(web.chat_postMessage, channel=ROOM, text="quiet", thread_ts=first["ts"])
    below = {"thread_ts": first["ts"], "reply_broadcast": True}
    loud = await asked(web.chat_postMessage, channel=ROOM, text="loud", **below)
    history = (await asked(web.conversations_history, channel=ROOM))["messages"]
    replies = (await asked(web.conversations_replies, channel=ROOM, ts=first["ts"]))["messages"]
    assert [(loud["ts"], "thread_broadcast"), (first["ts"], None)] == [(e["ts"], e.get("subtype")) for e in history]
    assert [first["ts"], quiet["ts"], loud["ts"]] == [each["ts"] for each in replies]
    assert first["ts"] == history[0]["root"]["ts"]


async def test_slack_sdk_reads_the_codes(sandbox: Sandbox) -> None:
    """Each refusal is a 200 that the library takes for an error, and nothing is committed."""
    web = client(sandbox)
    calls: dict[str, tuple[Any, dict[str, Any]]] = {
        "channel_not_found": (web.chat_postMessage, {"channel": "C0NOWHERE", "text": "x"}),
        "no_text": (web.api_call, {"api_method": "chat.postMessage", "json": {"channel": ROOM}}),
        "msg_too_long": (web.chat_postMessage, {"channel": ROOM, "text": "x" * 40_001}),
        "invalid_blocks": (web.chat_postMessage, {"channel": ROOM, "text": "x", "blocks": [{"type": "header"}]}),
        "message_not_found": (web.chat_update, {"channel": ROOM, "ts": "1.1", "text": "x"}),
        "thread_not_found": (web.conversations_replies, {"channel": ROOM, "ts": "1.1"}),
        "invalid_auth": (client(sandbox, "xoxb-wrong").auth_test, {}),
        "not_authed": (client(sandbox, "").auth_test, {}),
    }
    for code, (call, arguments) in calls.items():
        with pytest.raises(SlackApiError) as caught:
            await asked(call, **arguments)
        assert (200, code) == (caught.value.response.status_code, caught.value.response["error"])
    assert [] == sandbox.slack.ledger


async def test_slack_sdk_proves_its_token(sandbox: Sandbox) -> None:
    """auth.test names team and bot, and the header the scopes."""
    answer = await asked(client(sandbox).auth_test)
    assert ("T0SANDBOX", "B0HOLDLINE") == (answer["team_id"], answer["bot_id"])
    assert "channels:history,chat:write" == answer.headers["x-oauth-scopes"]


@pytest.mark.parametrize(
    ("channel", "code"), [({"member": False}, "not_in_channel"), ({"archived": True}, "is_archived")]
)
async def test_a_channel_may_be_closed(
    sandbox: Sandbox, http: httpx.AsyncClient, channel: dict[str, bool], code: str
) -> None:
    """A switch takes the bot out of a channel, or archives it."""
    await http.post(f"{sandbox.slack_url}/_sim/channels", json={"id": ROOM, **channel})
    with pytest.raises(SlackApiError, match=code):
        await asked(client(sandbox).chat_postMessage, channel=ROOM, text="x")


@pytest.mark.parametrize(("when", "messages"), [("before", 0), ("after", 1)])
async def test_an_error_can_be_ordered(sandbox: Sandbox, http: httpx.AsyncClient, when: str, messages: int) -> None:
    """A code of Slack's for the next call of a method, before its work or after."""
    order = {"method": "chat.postMessage", "error": "fatal_error", "when": when}
    assert 201 == (await http.post(f"{sandbox.slack_url}/_sim/errors", json=order)).status_code
    with pytest.raises(SlackApiError, match="fatal_error"):
        await asked(client(sandbox).chat_postMessage, channel=ROOM, text="x")
    assert messages == len(sandbox.slack.ledger)
    assert (await asked(client(sandbox).chat_postMessage, channel=ROOM, text="x"))["ok"]


async def test_too_many_messages_in_a_channel() -> None:
    """429 with Retry-After and a code; another channel has a limit of its own."""
    async with Sandbox(SandboxSettings(slack=SlackSettings(requests_per_minute=1))).running() as sandbox:
        web = client(sandbox)
        await asked(web.chat_postMessage, channel=ROOM, text="x")
        with pytest.raises(SlackApiError) as caught:
            await asked(web.chat_postMessage, channel=ROOM, text="x")
        await asked(web.chat_postMessage, channel="C0SECOND", text="x")
    response = caught.value.response
    assert (429, "ratelimited") == (response.status_code, response["error"])
    assert 0 < int(response.headers["retry-after"]) <= 60


async def test_a_scope_may_be_missing() -> None:
    """The error names the scope that is needed."""
    scopes = SlackSettings(scopes=frozenset({"chat:write"}))
    async with Sandbox(SandboxSettings(slack=scopes)).running() as sandbox:
        with pytest.raises(SlackApiError) as caught:
            await asked(client(sandbox).conversations_history, channel=ROOM)
    assert ("missing_scope", "channels:history") == (caught.value.response["error"], caught.value.response["needed"])


async def test_a_press_is_posted_and_signed(sandbox: Sandbox, http: httpx.AsyncClient, receiver: Receiver) -> None:
    """slack_sdk's verifier accepts the post; it names person, message and the button's value, and is not repeated."""
    sim = f"{sandbox.slack_url}/_sim"
    await http.post(f"{sim}/targets", json={"url": receiver.url})
    ts = (await asked(client(sandbox).chat_postMessage, channel=ROOM, text="x", blocks=BLOCKS))["ts"]
    receiver.refuse = 1
    press = {"channel": ROOM, "ts": ts, "action_id": "holdline.acknowledge", "user": "U0BOB", "name": "bob"}
    assert 202 == (await http.post(f"{sim}/press", json=press)).status_code
    await sandbox.slack.courier.settled()
    (post,) = receiver.posts
    secret = sandbox.settings.slack.signing_secret
    assert [True, False] == [
        SignatureVerifier(each).is_valid_request(post.body, post.headers) for each in (secret, "another")
    ]
    told = json.loads(parse_qs(post.body.decode())["payload"][0])
    assert ("block_actions", "U0BOB", ts) == (told["type"], told["user"]["id"], told["container"]["message_ts"])
    assert [("holdline.acknowledge", '{"epoch":1}')] == [(each["action_id"], each["value"]) for each in told["actions"]]


async def test_who_pressed_can_be_answered(sandbox: Sandbox, http: httpx.AsyncClient, receiver: Receiver) -> None:
    """The address that came with the press takes five answers, and no other does."""
    sim = f"{sandbox.slack_url}/_sim"
    await http.post(f"{sim}/targets", json={"url": receiver.url})
    ts = (await asked(client(sandbox).chat_postMessage, channel=ROOM, text="x", blocks=BLOCKS))["ts"]
    await http.post(f"{sim}/press", json={"channel": ROOM, "ts": ts, "action_id": "holdline.acknowledge"})
    (post,) = await receiver.at_least(1)
    url = json.loads(parse_qs(post.body.decode())["payload"][0])["response_url"]
    answers = [(await http.post(url, json={"text": "yours"})).status_code for _ in range(6)]
    assert [200, 200, 200, 200, 200, 404] == answers
    assert 404 == (await http.post(f"{url}x", json={"text": "yours"})).status_code
    assert ["yours"] * 5 == [each["message"]["text"] for each in sandbox.slack.ledger.of("slack.answered")]


async def test_what_is_not_there_cannot_be_pressed(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    """Without a target, a message or a button the order is refused with a sentence."""
    press = {"channel": ROOM, "ts": "1.1", "action_id": "holdline.hold"}
    first = await http.post(f"{sandbox.slack_url}/_sim/press", json=press)
    sandbox.slack.target = "http://127.0.0.1:1/"
    second = await http.post(f"{sandbox.slack_url}/_sim/press", json=press)
    assert [(400, "No interactivity target"), (400, "There is no button")] == [
        (each.status_code, each.json()["error"][: len(start)])
        for each, start in ((first, "No interactivity target"), (second, "There is no button"))
    ]


async def test_the_workspace_is_shown(sandbox: Sandbox, vendors: Vendors) -> None:
    """Every channel with its messages and what is behind them."""
    await asked(client(sandbox).chat_postMessage, channel=ROOM, text="down")
    world = (await vendors.http.get(f"{sandbox.slack_url}/_sim/world")).json()
    assert {ROOM: ["down"], "C0SECOND": []} == {
        each["id"]: [message["text"] for message in each["messages"]] for each in world["channels"]
    }
