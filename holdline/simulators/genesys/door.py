"""The door of the platform API: token, limit and permission come before every answer."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from holdline.simulators.genesys.errors import GenesysError, standard
from holdline.simulators.genesys.tokens import Token, Tokens
from holdline.simulators.window import Count, Window

Body = dict[str, Any] | list[dict[str, Any]] | str | None
Answer = Callable[[Request], Awaitable[Body]]
Endpoint = Callable[[Request], Awaitable[Response]]

TELEPHONY = "telephony:plugin:all"


class Door:
    """Admits requests to the platform API and dresses the answers."""

    def __init__(self, tokens: Tokens, window: Window) -> None:
        self._tokens = tokens
        self._window = window

    def guard(self, answer: Answer, permission: str | None = None) -> Endpoint:
        """An endpoint for an answer: None becomes 200 without a body."""

        async def endpoint(request: Request) -> Response:
            correlation, headers = str(uuid4()), dict[str, str]()
            try:
                token = request.state.token = self._tokens.bearer(request)
                headers |= self._count(token)
                self._permit(token, permission)
                response = dressed(await answer(request))
            except GenesysError as error:
                response = error.response(correlation)
            response.headers.update({**headers, "ININ-Correlation-Id": correlation})
            return response

        return endpoint

    def _count(self, token: Token) -> dict[str, str]:
        count = self._window.admit(token.value)
        if count.over:
            raise standard(429, count.reset)
        return rate_headers(count)

    def _permit(self, token: Token, permission: str | None) -> None:
        if permission is not None and permission not in token.client.permissions:
            message = f"You must have at least one of the following permissions: [{permission}]"
            raise GenesysError(403, "missing.any.permissions", message, {"permissions": permission})


def rate_headers(count: Count) -> dict[str, str]:
    """A token's standing, as Genesys names it."""
    return {
        "inin-ratelimit-count": str(count.used),
        "inin-ratelimit-allowed": str(count.allowed),
        "inin-ratelimit-reset": str(count.reset),
    }


def dressed(body: Body) -> Response:
    """A body as a response."""
    return Response() if body is None else JSONResponse(body)
