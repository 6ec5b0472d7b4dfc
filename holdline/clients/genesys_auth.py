"""The token of a Genesys Cloud OAuth client (client credentials), fetched once and renewed when it ends.

https://developer.genesys.cloud/authorization/platform-auth/use-client-credentials
"""

import asyncio
import base64
import time
from collections.abc import AsyncGenerator

import httpx
from pydantic import BaseModel, Field

from holdline.clients.exchange import Ask
from holdline.clients.secret import Reader
from holdline.clients.wire import Endpoint, Wire
from holdline.ports import Call

_EARLY = 60.0
"""Seconds before its end at which a token is renewed, or a tenth of its life if that is shorter."""


class Token(BaseModel):
    """What the login host grants; `expires_in` in seconds."""

    access_token: str = Field(min_length=1, pattern=r"^[\x21-\x7e]+$", repr=False)
    expires_in: float = Field(gt=0)


class GenesysLogin(httpx.Auth):
    """Puts the token on each request; one refused with 401 is renewed once and the request repeated once."""

    def __init__(self, endpoint: Endpoint, client_id: str, client_secret: Reader) -> None:
        self._wire = Wire(endpoint)
        self._client_id = client_id
        self._client_secret = client_secret
        self._renewal = asyncio.Lock()
        self._token = ""
        self._renew_at = 0.0

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Authorize the request. Raises what a reading of the login host raises, CredentialsRefused included."""
        token = await self._current(request)
        response = yield self._authorized(request, token)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            yield self._authorized(request, await self._renewed(request, token))

    def _authorized(self, request: httpx.Request, token: str) -> httpx.Request:
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    async def _current(self, request: httpx.Request) -> str:
        async with self._renewal:
            if time.monotonic() >= self._renew_at:
                await self._fetch(request)
            return self._token

    async def _renewed(self, request: httpx.Request, refused: str) -> str:
        """The token after the refused one; whoever comes second finds it renewed already."""
        async with self._renewal:
            if self._token == refused:
                await self._fetch(request)
            return self._token

    async def _fetch(self, request: httpx.Request) -> None:
        call = Call(request_id=request.headers["X-Request-ID"], effect="login")
        began = time.monotonic()
        token = await self._login(call)
        self._token = token.access_token
        self._renew_at = began + token.expires_in - min(_EARLY, token.expires_in / 10)

    async def _login(self, call: Call) -> Token:
        attempt = self._wire.attempt(call)
        secret = await attempt.reveal("OAuth client secret", self._client_secret)
        basic = base64.b64encode(f"{self._client_id}:{secret}".encode()).decode()
        ask = Ask(
            method="POST",
            route="/oauth/token",
            form={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {basic}"},
            grants=True,
            hide=(secret, basic),
        )
        return await attempt.read(ask, Token)

    async def aclose(self) -> None:
        """Close the connections to the login host."""
        await self._wire.aclose()
