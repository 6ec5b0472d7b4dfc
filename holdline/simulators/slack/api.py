"""The Web API: post, replace and read messages.

https://docs.slack.dev/apis/web-api
"""

import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.ledger import Ledger, request_id
from holdline.simulators.settings import SlackSettings
from holdline.simulators.slack.blocks import checked
from holdline.simulators.slack.errors import SlackError
from holdline.simulators.slack.orders import Orders
from holdline.simulators.slack.workspace import Channel, Message, Workspace
from holdline.simulators.window import Window

Fields = dict[str, Any]
Method = Callable[[Request, Fields], Awaitable[Fields]]

_PAGE = 100
_LARGEST = 999


class WebApi:
    """The methods that a bot uses; each needs its token, and may be ordered to fail with a code."""

    def __init__(
        self, settings: SlackSettings, workspace: Workspace, ledger: Ledger, orders: Orders, window: Window
    ) -> None:
        self._settings = settings
        self._workspace = workspace
        self._ledger = ledger
        self._orders = orders
        self._window = window

    def paths(self) -> list[BaseRoute]:
        """Every method; Slack takes each as GET and as POST."""
        methods: dict[str, tuple[Method, str]] = {
            "auth.test": (self._who, ""),
            "chat.postMessage": (self._post, "chat:write"),
            "chat.update": (self._update, "chat:write"),
            "conversations.history": (self._history, "channels:history"),
            "conversations.replies": (self._replies, "channels:history"),
        }
        return [
            Route(f"/api/{name}", self._guard(name, method, scope), methods=["GET", "POST"])
            for name, (method, scope) in methods.items()
        ]

    def _guard(self, name: str, method: Method, scope: str) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                fields = await _fields(request)
                self._admit(request, fields, scope)
                self._orders.before(name)
                answer = await method(request, fields)
                self._orders.after(name)
            except SlackError as error:
                return error.response()
            scopes = {"X-OAuth-Scopes": ",".join(sorted(self._settings.scopes))}
            return JSONResponse({"ok": True, **answer}, headers=scopes)

        return endpoint

    def _admit(self, request: Request, fields: Fields, scope: str) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        token = given if scheme.lower() == "bearer" else str(fields.get("token", ""))
        if not token:
            raise SlackError("not_authed")
        if not secrets.compare_digest(token.encode(), self._settings.token.encode()):
            raise SlackError("invalid_auth")
        if scope and scope not in self._settings.scopes:
            raise SlackError("missing_scope", needed=scope)
        count = self._window.admit(f"{request.url.path} {fields.get('channel', '')}")
        if count.over:
            raise SlackError("ratelimited", retry_after=count.reset)

    async def _who(self, _: Request, __: Fields) -> Fields:
        team = {"url": "https://holdline-sandbox.slack.com/", "team": self._settings.team, "team_id": "T0SANDBOX"}
        return {**team, "user": "holdline", "user_id": "U0HOLDLINE", "bot_id": self._settings.bot_id}

    async def _post(self, request: Request, fields: Fields) -> Fields:
        channel = self._open(fields)
        blocks, thread = checked(fields), fields.get("thread_ts")
        text, ts = str(fields.get("text", "")), self._workspace.stamp()
        message = Message(ts, text, self._settings.bot_id, blocks, fields.get("metadata"), thread)
        message.broadcast = thread is not None and _true(fields.get("reply_broadcast"))
        channel.messages[ts] = message
        seen: Fields = {"channel": channel.id, "ts": ts, "thread_ts": thread, "text": message.shown()}
        seen |= {"reply_broadcast": message.broadcast}
        self._ledger.commit("slack.posted", f"{channel.id} {message.shown()}", request_id(request.scope), **seen)
        return {"channel": channel.id, "ts": ts, "message": message.resource()}

    async def _update(self, request: Request, fields: Fields) -> Fields:
        channel = self._open(fields)
        message = channel.messages.get(str(fields.get("ts")))
        if message is None:
            raise SlackError("message_not_found")
        message.blocks, message.text = checked(fields), str(fields.get("text", ""))
        message.metadata = fields.get("metadata", message.metadata)
        message.edited = self._workspace.stamp()
        seen = {"channel": channel.id, "ts": message.ts, "text": message.shown()}
        self._ledger.commit("slack.updated", f"{channel.id} {message.ts}", request_id(request.scope), **seen)
        return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": message.resource()}

    def _known(self, fields: Fields) -> Channel:
        channel = self._workspace.channels.get(str(fields.get("channel")))
        if channel is None:
            raise SlackError("channel_not_found")
        if not channel.member:
            raise SlackError("not_in_channel")
        return channel

    def _open(self, fields: Fields) -> Channel:
        channel = self._known(fields)
        if channel.archived:
            raise SlackError("is_archived")
        return channel

    async def _history(self, _: Request, fields: Fields) -> Fields:
        return _page(self._known(fields).history(), fields)

    async def _replies(self, _: Request, fields: Fields) -> Fields:
        channel, ts = self._known(fields), str(fields.get("ts", ""))
        if ts not in channel.messages:
            raise SlackError("thread_not_found")
        return _page(channel.replies(ts), fields)


async def _fields(request: Request) -> Fields:
    """The arguments, which may be a query, a form or JSON."""
    body = await request.body()
    fields: Fields = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        return fields | _object(body)
    return fields | dict(parse_qsl(body.decode()))


def _object(body: bytes) -> Fields:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        raise SlackError("invalid_json") from None
    if not isinstance(found, dict):
        raise SlackError("json_not_object")
    return found


def _page(found: list[Message], fields: Fields) -> Fields:
    """A page of messages newer than `oldest`; the cursor is the number of those that came before."""
    try:
        start, size = int(fields.get("cursor") or 0), min(int(fields.get("limit") or _PAGE), _LARGEST)
    except ValueError:
        raise SlackError("invalid_cursor") from None
    metadata = _true(fields.get("include_all_metadata"))
    newer = [each for each in found if float(each.ts) > float(fields.get("oldest") or 0)]
    shown, more = newer[start : start + size], start + size < len(newer)
    page: Fields = {"messages": [each.resource(metadata) for each in shown], "has_more": more}
    return page | {"response_metadata": {"next_cursor": str(start + size) if more else ""}}


def _true(value: Any) -> bool:
    return str(value).lower() in ("true", "1")
