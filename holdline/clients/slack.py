"""Slack: messages to a room by the Web API, found again by their metadata, replaced instead of repeated.

https://docs.slack.dev/reference/methods/chat.postMessage
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel, Field, ValidationError

from holdline.clients.errors import lost, retry_after
from holdline.clients.exchange import Ask, Exchange
from holdline.clients.network import USUAL, Network
from holdline.clients.secret import Reader
from holdline.clients.slack_blocks import blocks, headline
from holdline.clients.wire import Attempt, Endpoint, Wire
from holdline.domain.text import clean
from holdline.ports import (
    Call,
    CredentialsRefused,
    Invalid,
    Misconfigured,
    Notice,
    OutcomeUnknown,
    Receipt,
    Rejected,
    Throttled,
    VendorError,
)

VENDOR: Final = "Slack"
EVENT: Final = "holdline_notice"

_PAGE = 200
_PAGES = 10
_DAY = timedelta(days=1)

_CREDENTIAL: Final = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "access_denied",
        "org_login_required",
        "ekm_access_denied",
    }
)
_SETTING: Final = frozenset(
    {"channel_not_found", "not_in_channel", "is_archived", "restricted_action", "team_access_not_granted"}
)
_CONTENT: Final = frozenset(
    {
        "msg_too_long",
        "msg_blocks_too_long",
        "no_text",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_metadata_format",
        "metadata_too_large",
    }
)
_RATE: Final = frozenset({"ratelimited", "rate_limited"})
_IN_DOUBT: Final = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})
"""Some of it may have succeeded, Slack says."""


class Said(BaseModel):
    """The part of every answer that says whether it is one."""

    ok: bool
    error: str = ""
    needed: str = ""


class Posted(BaseModel):
    """A message that is there."""

    channel: str = Field(min_length=1)
    ts: str = Field(pattern=r"^\d+\.\d+$")

    @property
    def id(self) -> str:
        """The receipt: a message is known by its channel and its time."""
        return f"{self.channel}:{self.ts}"


class Metadata(BaseModel):
    """What an app has written behind a message."""

    event_type: str = ""
    event_payload: dict[str, Any] = Field(default_factory=dict)


class Message(BaseModel):
    """A message of a channel's history."""

    ts: str
    metadata: Metadata | None = None

    def is_marked(self, tag: str) -> bool:
        """Whether it is ours and has this tag."""
        found = self.metadata
        return found is not None and found.event_type == EVENT and found.event_payload.get("tag") == tag


class Next(BaseModel):
    """How to go on reading."""

    next_cursor: str = ""


class History(BaseModel):
    """A page of messages."""

    messages: tuple[Message, ...]
    response_metadata: Next = Next()


class Team(BaseModel):
    """Whose bot we are."""

    team_id: str
    user_id: str


class Slack:
    """The port Notices. `rooms` gives each name its channel id; the receipt of a message is `CHANNEL:ts`."""

    def __init__(self, *, url: str, token: Reader, rooms: Mapping[str, str], network: Network = USUAL) -> None:
        endpoint = Endpoint(vendor=VENDOR, credential="bot token", url=url, network=network, judge=verdict)
        self._wire = Wire(endpoint, reuse=False)
        self._token = token
        self._rooms = rooms

    async def send(self, notice: Notice) -> Receipt:
        """Post once, under `thread` where that is in the same room: there only who takes part in it would see it."""
        mark = {"event_type": EVENT, "event_payload": {"tag": notice.tag}}
        body: dict[str, Any] = {"channel": self._channel(notice), **_content(notice), "metadata": mark}
        thread = self._thread(notice)
        if thread is not None:
            body |= {"thread_ts": thread, "reply_broadcast": notice.loud}
        return await self._write(notice, "/chat.postMessage", body)

    async def update(self, notice: Notice) -> Receipt:
        """Replace `record`; it says what the notice says, however often, and keeps the mark that it was posted with."""
        channel, ts = _place(notice.record)
        if not ts:
            raise Rejected(VENDOR, "there is no message to replace: its receipt names none")
        return await self._write(notice, "/chat.update", {"channel": channel, "ts": ts, **_content(notice)})

    async def _write(self, notice: Notice, route: str, body: Mapping[str, Any]) -> Receipt:
        attempt = self._wire.attempt(notice)
        headers, token = await self._authorized(attempt)
        ask = Ask(method="POST", route=route, headers=headers, json=body, hide=(token,))
        posted = await attempt.write(ask, Posted)
        if posted.channel != body["channel"]:
            raise OutcomeUnknown(VENDOR, "answered with another channel than ours; the request may have been processed")
        return Receipt(id=posted.id)

    async def find(self, notice: Notice) -> Receipt | None:
        """Look through the room, or the thread, back to one day ago. OutcomeUnknown where not all could be read."""
        attempt, channel = self._wire.attempt(notice), self._channel(notice)
        headers, token = await self._authorized(attempt)
        route, query = self._listing(notice, channel)
        cursor = ""
        for _ in range(_PAGES):
            asked = (*query, ("cursor", cursor)) if cursor else query
            ask = Ask(method="GET", route=route, query=asked, headers=headers, hide=(token,))
            page = await attempt.read(ask, History)
            for message in page.messages:
                if message.is_marked(notice.tag):
                    return Receipt(id=f"{channel}:{message.ts}", adopted=True)
            cursor = page.response_metadata.next_cursor
            if not cursor:
                return None
        raise OutcomeUnknown(VENDOR, f"more than {_PAGE * _PAGES} messages a day in {notice.to}: not all were read")

    def _listing(self, notice: Notice, channel: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        since = (datetime.now(UTC) - _DAY).timestamp()
        common = (("channel", channel), ("include_all_metadata", "true"), ("limit", str(_PAGE)))
        query = (*common, ("oldest", f"{since:.6f}"))
        thread = self._thread(notice)
        return (
            ("/conversations.history", query)
            if thread is None
            else (
                "/conversations.replies",
                (*query, ("ts", thread)),
            )
        )

    def _channel(self, notice: Notice) -> str:
        if notice.to not in self._rooms:
            known = ", ".join(sorted(self._rooms)) or "none"
            raise Misconfigured(VENDOR, f"no room is called {clean(notice.to)!r}; those configured are: {known}")
        return self._rooms[notice.to]

    def _thread(self, notice: Notice) -> str | None:
        """The `ts` to answer to; a message of another room has no thread here."""
        channel, ts = _place(notice.thread)
        return ts if ts and channel == self._channel(notice) else None

    async def _authorized(self, attempt: Attempt) -> tuple[dict[str, str], str]:
        token = await attempt.reveal("bot token", self._token)
        return {"Authorization": f"Bearer {token}", "Content-Type": "application/json; charset=utf-8"}, token

    async def prove(self, permissions: tuple[str, ...], call: Call) -> None:  # noqa: ARG002 - scopes are named when used
        """Ask whose bot the token is."""
        attempt = self._wire.attempt(call)
        headers, token = await self._authorized(attempt)
        await attempt.read(Ask(method="GET", route="/auth.test", headers=headers, hide=(token,)), Team)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()


def verdict(exchange: Exchange, _said: str) -> VendorError | None:
    """What an answer 200 with `ok: false` means, by its code; any other answer follows the general rules."""
    if exchange.status != 200 or exchange.fault is not None:
        return None
    try:
        said = Said.model_validate_json(exchange.body)
    except ValidationError:
        return None
    return None if said.ok else _refused(exchange, said)


def _refused(exchange: Exchange, said: Said) -> VendorError:
    code = clean(f"{said.error}: {said.needed}" if said.needed else said.error, 100) or "no code"
    if said.error in _CREDENTIAL:
        return CredentialsRefused(VENDOR, f"refused the bot token ({code}); renew it, or give the app what it lacks")
    if said.error in _SETTING:
        return Misconfigured(VENDOR, f"the room cannot be used ({code}); check its id, and invite the app to it")
    if said.error in _CONTENT:
        return Invalid(VENDOR, f"refused the content of the message ({code})")
    if said.error in _RATE:
        return Throttled(VENDOR, f"too many requests ({code})", retry_after(exchange.headers, datetime.now(UTC)))
    if said.error in _IN_DOUBT or not said.error:
        return lost(exchange, f"answered with an error of its own ({code})")
    return Rejected(VENDOR, f"refused the request ({code})")


def _place(receipt: str) -> tuple[str, str]:
    channel, _, ts = receipt.partition(":")
    return channel, ts


def _content(notice: Notice) -> dict[str, Any]:
    return {
        "text": headline(notice),
        "blocks": blocks(notice),
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }
