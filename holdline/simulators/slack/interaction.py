"""A press of a button, as Slack posts it to an app.

https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
"""

import json
import time
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from pydantic import Field

from holdline.simulators.courier import Delivery
from holdline.simulators.settings import HTTP_URL, Frozen, SlackSettings
from holdline.simulators.slack.signature import signature
from holdline.simulators.slack.workspace import Channel, Message


class Press(Frozen):
    """`POST /_sim/press`: a person presses the button with an id below a message."""

    channel: str
    ts: str
    action_id: str
    user: str = "U0ALICE"
    name: str = "alice"


class PressTarget(Frozen):
    """Where presses are posted to: the app's interactivity request URL."""

    url: str = Field(pattern=HTTP_URL)


def button(message: Message, action_id: str) -> dict[str, Any] | None:
    """The button with an id below a message, with the id of its block."""
    for block in message.blocks:
        for element in block.get("elements", ()) if block["type"] == "actions" else ():
            if element["action_id"] == action_id:
                return {**element, "block_id": block.get("block_id", "b1")}
    return None


def payload(
    press: Press, channel: Channel, message: Message, found: dict[str, Any], response_url: str
) -> dict[str, Any]:
    """What an app is told of a press; whoever pressed is answered at `response_url`."""
    user = {"id": press.user, "username": press.name, "name": press.name, "team_id": "T0SANDBOX"}
    container = {"type": "message", "message_ts": message.ts, "channel_id": channel.id, "is_ephemeral": False}
    pressed = {name: found[name] for name in ("type", "action_id", "block_id", "text", "value") if name in found}
    return {
        "type": "block_actions",
        "user": user,
        "api_app_id": "A0SANDBOX",
        "container": container,
        "trigger_id": f"{time.time_ns()}.{uuid4().hex}",
        "team": {"id": "T0SANDBOX", "domain": "holdline-sandbox"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": channel.id, "name": channel.name},
        "message": message.resource(),
        "state": {"values": {}},
        "response_url": response_url,
        "actions": [{**pressed, "action_ts": f"{time.time():.6f}"}],
    }


def delivery(url: str, told: dict[str, Any], settings: SlackSettings) -> Delivery:
    """The signed form post that carries a payload; Slack posts it once."""
    body = urlencode({"payload": json.dumps(told, separators=(",", ":"))}).encode()
    timestamp = str(int(time.time()))
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": signature(settings.signing_secret, timestamp, body),
    }
    return Delivery(url, body, headers, f"press {told['actions'][0]['action_id']}", told["trigger_id"], once=True)
