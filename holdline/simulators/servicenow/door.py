"""The door of the instance: asleep or not, who calls, and how often they may."""

import base64
import binascii
import secrets
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from holdline.simulators.servicenow.errors import ServiceNowError, asleep, standard
from holdline.simulators.servicenow.oddities import Oddities
from holdline.simulators.settings import ServiceNowSettings
from holdline.simulators.window import Count, Window

RULE = "holdline-hourly"
HOUR = timedelta(hours=1)

Answer = Callable[[Request, str], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


class Door:
    """Admits requests: Basic, or a bearer token of the OAuth client; the hourly rule holds for each user."""

    def __init__(self, settings: ServiceNowSettings) -> None:
        self._settings = settings
        self._window = Window(settings.requests_per_hour, HOUR)
        self._tokens: dict[str, float] = {}
        self.oddities = Oddities()

    def guard(self, answer: Answer) -> Endpoint:
        """An endpoint for an answer to a user."""

        async def endpoint(request: Request) -> Response:
            if self.oddities.page is not None:
                return asleep(self.oddities.page)
            headers = dict[str, str]()
            try:
                user = self._caller(request.headers.get("authorization", ""))
                count = self._window.admit(user)
                headers |= _standing(count)
                if count.over:
                    headers["Retry-After"] = str(count.reset)
                    raise standard(429)
                response = await answer(request, user)
            except ServiceNowError as error:
                response = error.response()
            response.headers.update(headers)
            return response

        return endpoint

    def _caller(self, authorization: str) -> str:
        """The user name of whoever calls. Raises 401."""
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() == "bearer" and self._tokens.get(value, 0) > time.monotonic():
            return self._settings.user
        right = f"{self._settings.user}:{self._settings.password}".encode()
        if scheme.lower() == "basic" and secrets.compare_digest(_decoded(value), right):
            return self._settings.user
        raise standard(401)

    async def login(self, request: Request) -> Response:
        """`POST /oauth_token.do`: a form with grant_type client_credentials, client_id and client_secret."""
        if self.oddities.page is not None:
            return asleep(self.oddities.page)
        form = dict(parse_qsl((await request.body()).decode("latin-1")))
        known, life = self._settings, int(self._settings.token_validity.total_seconds())
        given = f"{form.get('client_id', '')}:{form.get('client_secret', '')}".encode()
        if not secrets.compare_digest(given, f"{known.client_id}:{known.client_secret}".encode()):
            return _denied("access_denied")
        if form.get("grant_type") != "client_credentials":
            return _denied("unsupported_grant_type")
        token = secrets.token_urlsafe(48)
        self._tokens[token] = time.monotonic() + life
        granted = {"access_token": token, "scope": "useraccount", "token_type": "Bearer", "expires_in": life}
        return JSONResponse(granted)

    def revoke(self) -> None:
        """Void every token."""
        self._tokens.clear()

    def clear(self) -> None:
        """A plain instance, with the limit unused."""
        self.oddities = Oddities()
        self._window.clear()


def _denied(error: str) -> Response:
    return JSONResponse({"error": error, "error_description": error}, status_code=401)


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        return b""


def _standing(count: Count) -> dict[str, str]:
    ends = str(int(time.time()) + count.reset)
    return {"X-RateLimit-Limit": str(count.allowed), "X-RateLimit-Reset": ends, "X-RateLimit-Rule": RULE}
