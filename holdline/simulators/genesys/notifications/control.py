"""The controls below `/_sim`: publish any event, and let the sockets misbehave."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, assert_never

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.routing import Route as Path

from holdline.simulators.control import read
from holdline.simulators.genesys.notifications.channels import (
    CLOSING,
    REVOKED,
    UNSUBSCRIBED,
    Channel,
    Channels,
    Line,
)
from holdline.simulators.settings import Frozen

Deliver = Callable[[str, Any], None]


class By(StrEnum):
    """Which way an event goes."""

    BOTH = "both"
    EVENTS = "events"
    SOCKETS = "sockets"


class Publication(Frozen):
    """What `POST /_sim/publish` sends; `always` also to channels that are not subscribed to it."""

    topic: str
    body: Any
    by: By = By.BOTH
    always: bool = False


class Misbehaviour(StrEnum):
    """What every channel does."""

    SOCKET_CLOSING = "socket_closing"
    TOKEN_REVOKED = "token_revoked"
    NO_LONGER_SUBSCRIBED = "no_longer_subscribed"
    STALL = "stall"
    RESUME = "resume"
    CLOSE = "close"
    DROP = "drop"


class Order(Frozen):
    """What `POST /_sim/notifications` orders."""

    action: Misbehaviour


class Controls:
    """The controls of the channels; `deliver` sends by EventBridge, `revoke` voids the tokens."""

    def __init__(self, channels: Channels, deliver: Deliver, revoke: Callable[[], None]) -> None:
        self._channels = channels
        self._deliver = deliver
        self._revoke = revoke

    def paths(self) -> list[BaseRoute]:
        """Both controls."""
        return [
            Path("/publish", self._published, methods=["POST"]),
            Path("/notifications", self._ordered, methods=["POST"]),
        ]

    def publish(self, topic: str, body: Any, by: By = By.BOTH, *, always: bool = False) -> int:
        """Send an event; says to how many channels."""
        if by is not By.SOCKETS:
            self._deliver(topic, body)
        return 0 if by is By.EVENTS else self._channels.publish(topic, body, always=always)

    def order(self, action: Misbehaviour) -> int:
        """Let every channel misbehave; says how many there are."""
        channels = self._channels.all()
        for channel in channels:
            self._misbehave(channel, action)
        return len(channels)

    def _misbehave(self, channel: Channel, action: Misbehaviour) -> None:
        match action:
            case Misbehaviour.SOCKET_CLOSING:
                channel.say(CLOSING, {"message": "The socket closes in a moment."})
            case Misbehaviour.TOKEN_REVOKED:
                self._revoke()
                channel.say(f"{REVOKED}.{channel.client}", _system(channel, "token_revoked", "user_tokens_revoked"))
            case Misbehaviour.NO_LONGER_SUBSCRIBED:
                channel.topics = {}
                said = _system(channel, "no_longer_subscribed", "another_channel_subscribed")
                channel.say(f"{UNSUBSCRIBED}.{channel.id}", said)
            case Misbehaviour.STALL | Misbehaviour.RESUME:
                channel.stalled = action is Misbehaviour.STALL
            case Misbehaviour.CLOSE:
                self._channels.close(channel)
            case Misbehaviour.DROP:
                channel.detach(channel.line, Line.DROPPED)
            case _:
                assert_never(action)

    async def _published(self, request: Request) -> Response:
        said = await read(request, Publication)
        return JSONResponse({"channels": self.publish(said.topic, said.body, said.by, always=said.always)})

    async def _ordered(self, request: Request) -> Response:
        order = await read(request, Order)
        return JSONResponse({"action": order.action, "channels": self.order(order.action)})


def _system(channel: Channel, kind: str, reason: str) -> dict[str, Any]:
    """A SystemMessage."""
    return {"channelId": channel.id, "systemTopicType": kind, "oauthClientId": channel.client, "reason": reason}
