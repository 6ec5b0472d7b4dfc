"""The messages API: create, read, list."""

import base64
import binascii
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.ledger import request_id
from holdline.simulators.settings import TwilioSettings
from holdline.simulators.twilio.errors import TwilioError, standard
from holdline.simulators.twilio.form import checked, form
from holdline.simulators.twilio.message import VERSION, Message
from holdline.simulators.twilio.outbox import Outbox
from holdline.simulators.window import Window

DEFAULT_SIZE, LARGEST_SIZE = 50, 1000

Answer = Callable[[Request], Awaitable[Response]]


class MessagesApi:
    """Messages over HTTP, one limit for the account."""

    def __init__(self, settings: TwilioSettings, outbox: Outbox, window: Window) -> None:
        self._settings = settings
        self._outbox = outbox
        self._window = window

    def paths(self) -> list[BaseRoute]:
        """Every path with its method."""
        messages = f"/{VERSION}/Accounts/{{account}}/Messages"
        return [
            Route(f"/{VERSION}/Accounts/{{account}}.json", self._guard(self._account), methods=["GET"]),
            Route(f"{messages}.json", self._guard(self._create), methods=["POST"]),
            Route(f"{messages}.json", self._guard(self._list), methods=["GET"]),
            Route(f"{messages}/{{sid}}.json", self._guard(self._read), methods=["GET"]),
        ]

    def _guard(self, answer: Answer) -> Answer:
        async def endpoint(request: Request) -> Response:
            try:
                self._admit(request)
                response = await answer(request)
            except TwilioError as error:
                response = error.response()
            response.headers.update({"Twilio-Request-Id": f"RQ{uuid4().hex}", "Twilio-Concurrent-Requests": "1"})
            return response

        return endpoint

    def _admit(self, request: Request) -> None:
        right = f"{self._settings.account_sid}:{self._settings.auth_token}".encode()
        if not secrets.compare_digest(basic(request), right):
            raise standard(401)
        if request.path_params["account"] != self._settings.account_sid:
            raise standard(404)
        if self._window.admit(self._settings.account_sid).over:
            raise standard(429)

    async def _create(self, request: Request) -> Response:
        fields = checked(await form(request), self._settings)
        message = self._outbox.take(fields, request_id(request.scope))
        return JSONResponse(message.resource(), status_code=201)

    async def _account(self, request: Request) -> Response:
        sid = request.path_params["account"]
        uri = f"/{VERSION}/Accounts/{sid}"
        resource = {"sid": sid, "friendly_name": "Holdline Sandbox", "status": "active", "type": "Full"}
        return JSONResponse(
            {**resource, "uri": f"{uri}.json", "subresource_uris": {"messages": f"{uri}/Messages.json"}}
        )

    async def _read(self, request: Request) -> Response:
        message = self._outbox.messages.get(request.path_params["sid"])
        if message is None:
            raise standard(404)
        return JSONResponse(message.resource())

    async def _list(self, request: Request) -> Response:
        size, page = number(request, "PageSize", DEFAULT_SIZE), number(request, "Page", 0)
        size = min(max(size, 1), LARGEST_SIZE)
        newest_first = reversed(self._outbox.messages.values())
        found = [message.resource() for message in newest_first if matches(message, request)]
        return JSONResponse(listing(request, found, page, size))


def basic(request: Request) -> bytes:
    """The decoded Basic credentials, or nothing."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        return base64.b64decode(encoded, validate=True) if scheme.lower() == "basic" else b""
    except binascii.Error:
        return b""


def listing(request: Request, found: list[dict[str, Any]], page: int, size: int) -> dict[str, Any]:
    """One page of messages with the way to its neighbours; the only key of its own is `messages`."""
    shown = found[page * size : (page + 1) * size]
    more = (page + 1) * size < len(found)
    return {
        "messages": shown,
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(0, len(shown) - 1),
        "uri": uri(request, page, size),
        "first_page_uri": uri(request, 0, size),
        "next_page_uri": uri(request, page + 1, size) if more else None,
        "previous_page_uri": uri(request, page - 1, size) if page else None,
    }


def uri(request: Request, page: int, size: int) -> str:
    """The path of a page of the same list."""
    query = urlencode({**request.query_params, "PageSize": str(size), "Page": str(page)})
    return f"{request.url.path}?{query}"


def matches(message: Message, request: Request) -> bool:
    """Whether a message is in the list asked for; one that is not sent yet counts from its creation."""
    query, sent = request.query_params, message.sent or message.created
    if query.get("To", message.to) != message.to or query.get("From", message.sender) != message.sender:
        return False
    earliest, latest, day = (instant(query.get(f"DateSent{mark}")) for mark in (">", "<", ""))
    late_enough = earliest is None or sent.replace(microsecond=0) >= earliest
    early_enough = latest is None or sent.replace(microsecond=0) <= latest
    return late_enough and early_enough and (day is None or day <= sent < day + timedelta(days=1))


def instant(text: str | None) -> datetime | None:
    """A date or an instant in UTC. Raises TwilioError 20001."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise TwilioError(20001, "DateSent must be YYYY-MM-DD or an ISO 8601 instant.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def number(request: Request, name: str, default: int) -> int:
    """A whole number from the query. Raises TwilioError 20001."""
    text = request.query_params.get(name, str(default))
    if not text.isascii() or not text.isdigit():
        raise TwilioError(20001, f"{name} must be a whole number.")
    return int(text)
