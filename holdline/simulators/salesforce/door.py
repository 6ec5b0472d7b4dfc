"""The login of the org, and the session and quota that come before every answer."""

import base64
import binascii
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from holdline.simulators.salesforce.cases import OURS
from holdline.simulators.salesforce.errors import SalesforceError, denied, standard
from holdline.simulators.salesforce.oddities import Oddities
from holdline.simulators.settings import SalesforceSettings
from holdline.simulators.window import Window

Answer = Callable[[Request], Awaitable[Response]]


class Door:
    """Client credentials in, sessions out; a session has no end that is told."""

    def __init__(self, settings: SalesforceSettings) -> None:
        self._settings = settings
        self._sessions: set[str] = set()
        self._window = Window(settings.requests_per_minute)
        self.oddities = Oddities()
        self.used = 0

    async def login(self, request: Request) -> Response:
        """`POST /services/oauth2/token`: grant_type client_credentials, the client in Basic or in the form."""
        form = dict(parse_qsl((await request.body()).decode("latin-1")))
        if form.get("grant_type") != "client_credentials":
            return denied("unsupported_grant_type")
        given = _basic(request) or f"{form.get('client_id', '')}:{form.get('client_secret', '')}".encode()
        right = f"{self._settings.client_id}:{self._settings.client_secret}".encode()
        if not secrets.compare_digest(given, right):
            return denied("invalid_client")
        token = f"00D000000000001!{secrets.token_urlsafe(48)}"
        self._sessions.add(token)
        host = f"{request.url.scheme}://{request.url.netloc}"
        granted = {"access_token": token, "signature": secrets.token_urlsafe(16), "scope": "api", "instance_url": host}
        who = {"id": f"{host}/id/00D000000000001AAA/{OURS}", "token_type": "Bearer", "issued_at": "1742421541123"}
        return JSONResponse({**granted, **who})

    def guard(self, answer: Answer) -> Answer:
        """An endpoint for an answer to a session within its quota."""

        async def endpoint(request: Request) -> Response:
            self.used += 1
            try:
                self._admit(request)
                response = await answer(request)
            except SalesforceError as error:
                response = error.response()
            response.headers["Sforce-Limit-Info"] = f"api-usage={self.used}/{self._settings.requests_per_day}"
            return response

        return endpoint

    def _admit(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or token not in self._sessions:
            raise standard(401)
        if self.oddities.exhausted or self.used > self._settings.requests_per_day:
            raise SalesforceError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        if self._window.admit(token).over:
            raise SalesforceError(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded.")

    def revoke(self) -> None:
        """End every session."""
        self._sessions.clear()

    def clear(self) -> None:
        """A plain org, with the quota unused."""
        self.oddities = Oddities()
        self.used = 0
        self._window.clear()


def _basic(request: Request) -> bytes:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        return base64.b64decode(encoded, validate=True) if scheme.lower() == "basic" else b""
    except binascii.Error:
        return b""
