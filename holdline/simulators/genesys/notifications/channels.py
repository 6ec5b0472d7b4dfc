"""The channels: who opened them, how long they live, what they are subscribed to, and the socket on each.

At most 20 for a client, the 21st evicts the oldest; at most 1,000 topics for each; one socket for each, a second one
takes the place of the first. What is published while no socket is there is lost, as at the vendor.
"""

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from holdline.simulators.clock import now
from holdline.simulators.genesys.tokens import Token

MOST_CHANNELS = 20
MOST_TOPICS = 1000
HEARTBEAT = "channel.metadata"
CLOSING = "v2.system.socket_closing"
REVOKED = "v2.system.token_revoked"
UNSUBSCRIBED = "v2.system.no_longer_subscribed"


class Line:
    """What goes out by one socket: texts, and at last the code it is closed with; DROPPED closes without a word."""

    DROPPED = 0

    def __init__(self) -> None:
        self.out: asyncio.Queue[str | int] = asyncio.Queue()

    def say(self, topic: str, body: Any) -> None:
        """Send a message."""
        message = {"topicName": topic, "version": "2", "eventBody": body, "metadata": {"CorrelationId": str(uuid4())}}
        self.out.put_nowait(json.dumps(message))

    def end(self, code: int) -> None:
        """Close it, after what is still to be sent."""
        self.out.put_nowait(code)


@dataclass(eq=False)
class Channel:
    """A channel; `secret` is the path of its socket, which nobody else may know."""

    client: str
    token: str = field(repr=False)
    expires: datetime
    id: str = field(default_factory=lambda: f"streaming-0-{uuid4()}")
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    topics: dict[str, dict[str, Any]] = field(default_factory=dict)
    line: Line | None = None
    stalled: bool = False

    def attach(self) -> Line:
        """Put a new socket in the place of the one that is there."""
        self.detach(self.line, 1001)
        self.line = Line()
        return self.line

    def detach(self, line: Line | None, code: int = 1000) -> None:
        """End a socket, and forget it where it is the one that counts."""
        if line is not None:
            line.end(code)
        if line is self.line:
            self.line = None

    def say(self, topic: str, body: Any) -> None:
        """Tell whoever listens; a stalled socket is open and tells nothing."""
        if self.line is not None and not self.stalled:
            self.line.say(topic, body)

    def subscribed(self, topic: str) -> bool:
        """Whether this topic is told here."""
        return self.topics.get(topic, {}).get("state") == "Permitted"


class Channels:
    """Every channel of the organisation, the oldest first."""

    def __init__(self, life: timedelta) -> None:
        self._life = life
        self._open: dict[str, Channel] = {}

    def open(self, token: Token) -> Channel:
        """Open one for a client."""
        theirs = self.of(token.client.id)
        for oldest in theirs[: max(0, len(theirs) - MOST_CHANNELS + 1)]:
            self.close(oldest)
        channel = Channel(token.client.id, token.value, now() + self._life)
        self._open[channel.id] = channel
        return channel

    def of(self, client: str) -> list[Channel]:
        """The channels of a client."""
        return [channel for channel in self.all() if channel.client == client]

    def all(self) -> list[Channel]:
        """Every channel that is alive."""
        for channel in [each for each in self._open.values() if each.expires <= now()]:
            self.close(channel)
        return list(self._open.values())

    def known(self, id: str, client: str) -> Channel | None:
        """A client's channel by its id."""
        return next((channel for channel in self.of(client) if channel.id == id), None)

    def at(self, secret: str) -> Channel | None:
        """The channel whose socket has this path."""
        return next((channel for channel in self.all() if secrets.compare_digest(channel.secret, secret)), None)

    def extend(self, channel: Channel) -> None:
        """A subscription lets a channel live on."""
        channel.expires = now() + self._life

    def close(self, channel: Channel) -> None:
        """End a channel and its socket."""
        self._open.pop(channel.id, None)
        channel.detach(channel.line, 1001)

    def publish(self, topic: str, body: Any, *, always: bool = False) -> int:
        """Tell every channel that is subscribed, or `always` every channel; says how many were told."""
        heard = [channel for channel in self.all() if always or channel.subscribed(topic)]
        for channel in heard:
            channel.say(topic, body)
        return len(heard)

    def clear(self) -> None:
        """End them all."""
        for channel in list(self._open.values()):
            self.close(channel)
