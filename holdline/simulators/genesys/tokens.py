"""The login host: client credentials in, bearer tokens out, expiry and revocation."""

import base64
import binascii
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from holdline.simulators.clock import now
from holdline.simulators.genesys.errors import GenesysError, login_error
from holdline.simulators.settings import GenesysSettings, OAuthClient


@dataclass(frozen=True)
class Token:
    """An access token of a client."""

    value: str
    client: OAuthClient
    expires: datetime


class Tokens:
    """Every token that is known; an unknown one was revoked or never issued."""

    def __init__(self, settings: GenesysSettings) -> None:
        self._clients = {client.id: client for client in settings.clients}
        self._validity = settings.token_validity
        self._issued: dict[str, Token] = {}

    async def login(self, request: Request) -> Response:
        """`POST /oauth/token`: Basic authentication, form body, grant_type client_credentials."""
        client = self._client(request.headers.get("authorization", ""))
        if client is None:
            return login_error(401, "invalid_client", "authentication failed")
        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return login_error(400, "invalid_request", "the body must be application/x-www-form-urlencoded")
        grant = parse_qs((await request.body()).decode("latin-1")).get("grant_type", [])
        if not grant:
            return login_error(400, "invalid_request", "missing required parameter: grant_type")
        if grant != ["client_credentials"]:
            return login_error(400, "unsupported_grant_type", "grant_type is not supported for this client")
        return self._issue(client)

    def _client(self, authorization: str) -> OAuthClient | None:
        scheme, _, encoded = authorization.partition(" ")
        try:
            decoded = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        id, _, secret = decoded.partition(":")
        client = self._clients.get(id)
        right = client is not None and secrets.compare_digest(client.secret.encode(), secret.encode())
        return client if right and scheme.lower() == "basic" else None

    def _issue(self, client: OAuthClient) -> Response:
        token = Token(secrets.token_urlsafe(48), client, now() + self._validity)
        self._issued[token.value] = token
        lifetime = int(self._validity.total_seconds())
        return JSONResponse({"access_token": token.value, "token_type": "bearer", "expires_in": lifetime})

    def bearer(self, request: Request) -> Token:
        """The caller's token. Raises GenesysError 401: absent, unknown or expired."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not value:
            message = "No authentication bearer token specified in authorization header."
            raise GenesysError(401, "authentication.required", message)
        token = self._issued.get(value)
        if token is None:
            raise GenesysError(401, "bad.credentials", "Invalid login credentials.")
        if token.expires <= now():
            raise GenesysError(401, "credentials.expired", "The supplied credentials are expired.")
        return token

    def revoke(self, token: Token) -> None:
        """Void one token."""
        self._issued.pop(token.value, None)

    def revoke_all(self) -> None:
        """Void every token: the next request with one gets bad.credentials."""
        self._issued.clear()

    def expire_all(self) -> None:
        """Let every token reach its end now: the next request with one gets credentials.expired."""
        for value, token in self._issued.items():
            self._issued[value] = replace(token, expires=now())
