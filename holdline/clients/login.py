"""A login by client credentials: the token is fetched once, renewed when it ends, and once when it is refused."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable

import httpx
from pydantic import BaseModel, Field

from holdline.clients.exchange import Ask
from holdline.clients.secret import Reader
from holdline.clients.wire import Endpoint, Wire
from holdline.ports import Call

_EARLY = 60.0
"""Seconds before its end at which a token is renewed, or a tenth of its life if that is shorter."""


class Token(BaseModel):
    """What a login host grants; `expires_in` in seconds, None where it says nothing: then it holds until refused."""

    access_token: str = Field(min_length=1, pattern=r"^[\x21-\x7e]+$", repr=False)
    expires_in: float | None = Field(default=None, gt=0)


class Login(httpx.Auth):
    """Puts the token on each request; one refused with 401 is renewed once and the request repeated once.

    `asked` is the request for a token, made with the secret.
    """

    def __init__(self, endpoint: Endpoint, secret: Reader, asked: Callable[[str], Ask]) -> None:
        self._wire = Wire(endpoint)
        self._secret = secret
        self._asked = asked
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
        attempt = self._wire.attempt(call)
        secret = await attempt.reveal(f"{self._wire.endpoint.credential} secret", self._secret)
        token = await attempt.read(self._asked(secret), Token)
        self._token = token.access_token
        self._renew_at = began + _kept(token.expires_in)

    async def aclose(self) -> None:
        """Close the connections to the login host."""
        await self._wire.aclose()


def _kept(life: float | None) -> float:
    return float("inf") if life is None else life - min(_EARLY, life / 10)
