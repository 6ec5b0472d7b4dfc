"""The channels of a workspace, and the messages in them with their threads."""

import time
from dataclasses import dataclass, field
from typing import Any

from holdline.simulators.settings import SlackChannel, SlackSettings


@dataclass
class Message:
    """A message. `thread` is the `ts` of the one it answers; `metadata` is seen by who asks for it.

    A `broadcast` answer is in the channel as well as in its thread.
    """

    ts: str
    text: str
    bot_id: str
    blocks: list[dict[str, Any]]
    metadata: dict[str, Any] | None
    thread: str | None = None
    edited: str | None = None
    broadcast: bool = False

    def resource(self, metadata: bool = False) -> dict[str, Any]:
        """The message as the API shows it."""
        shown: dict[str, Any] = {"type": "message", "ts": self.ts, "text": self.text, "bot_id": self.bot_id}
        shown["blocks"] = self.blocks
        if self.thread is not None:
            shown["thread_ts"] = self.thread
        if self.broadcast:
            shown |= {"subtype": "thread_broadcast", "root": {"type": "message", "ts": self.thread}}
        if self.edited is not None:
            shown["edited"] = {"user": self.bot_id, "ts": self.edited}
        if metadata and self.metadata is not None:
            shown["metadata"] = self.metadata
        return shown

    def shown(self) -> str:
        """Every text that the message shows, in order."""
        return "\n".join([self.text, *(text for _, text in _texts(self.blocks))])

    def rendered(self) -> list[str]:
        """The texts of its blocks in which Slack looks for markup."""
        return [text for kind, text in _texts(self.blocks) if kind == "mrkdwn"]


def _texts(value: Any) -> list[tuple[str, str]]:
    match value:
        case {"type": "plain_text" | "mrkdwn" as kind, "text": str(text)}:
            return [(str(kind), text)]
        case dict():
            return [found for each in value.values() for found in _texts(each)]
        case list():
            return [found for each in value for found in _texts(each)]
        case _:
            return []


@dataclass
class Channel:
    """A channel: the bot may write to it when it is a member and it is not archived."""

    id: str
    name: str
    member: bool = True
    archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict)

    def history(self) -> list[Message]:
        """The messages that answer none, and the answers that were broadcast, newest first."""
        newest = reversed(self.messages.values())
        return [each for each in newest if each.broadcast or each.thread in (None, each.ts)]

    def replies(self, ts: str) -> list[Message]:
        """A message and its answers, oldest first."""
        return [each for each in self.messages.values() if ts in (each.ts, each.thread)]


class Workspace:
    """A team with its channels; the clock of its messages never gives two the same `ts`."""

    def __init__(self, settings: SlackSettings) -> None:
        self._settings = settings
        self._last = 0
        self.channels: dict[str, Channel] = {}
        self.restore()

    def restore(self) -> None:
        """Every channel as it was set up, without a message."""
        self.channels = {each.id: _opened(each) for each in self._settings.channels}

    def stamp(self) -> str:
        """A new `ts`: seconds with six digits, which also is a message's id in its channel."""
        self._last = max(self._last + 1, time.time_ns() // 1000)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def find(self, channel: str, ts: str) -> Message | None:
        """The message with a `ts` in a channel."""
        found = self.channels.get(channel)
        return None if found is None else found.messages.get(ts)


def _opened(each: SlackChannel) -> Channel:
    return Channel(id=each.id, name=each.name, member=each.member, archived=each.archived)
