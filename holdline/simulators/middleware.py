"""A middleware that scales capacity: it verifies the signature and folds repetitions by their key."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.ledger import request_id
from holdline.simulators.settings import MiddlewareSettings, Retries
from holdline.simulators.simulator import Simulator

_STEP = {"up": 1, "down": -1}


@dataclass(frozen=True)
class Order:
    """An order that was taken: its id, and the body it came with."""

    id: str
    body: bytes


class Middleware(Simulator):
    """Hooks by path, each with its secret; `capacity` is how far each entity stands above its usual."""

    def __init__(self, settings: MiddlewareSettings, retries: Retries) -> None:
        super().__init__(retries)
        self._secrets = settings.secrets
        self._orders: dict[str, Order] = {}
        self.capacity: dict[str, int] = {}

    def routes(self) -> list[BaseRoute]:
        """Every path; the one that has a secret is a hook."""
        return [Route("/{path:path}", self._hook, methods=["POST"])]

    def controls(self) -> list[BaseRoute]:
        """How the capacity stands."""
        return [Route("/capacity", self._show)]

    async def _show(self, _: Request) -> Response:
        return JSONResponse(self.capacity)

    async def _hook(self, request: Request) -> Response:
        raw = await request.body()
        secret = self._secrets.get(request.url.path)
        if secret is None:
            return _no(404, "there is no such hook")
        if not signed(raw, secret, request.headers.get("x-holdline-signature", "")):
            return _no(401, "the signature is wrong")
        key, order = request.headers.get("idempotency-key", ""), _read(raw)
        if not key or order is None:
            return _no(400, "an Idempotency-Key and a JSON body with direction and entity are needed")
        return self._taken(key, raw, order, request_id(request.scope))

    def _taken(self, key: str, raw: bytes, order: dict[str, Any], caller: str | None) -> Response:
        known = self._orders.get(key)
        if known is not None and known.body != raw:
            return _no(422, "the key belongs to another order")
        if known is not None:
            self.ledger.commit("capacity.repeated", key, caller, order=known.id)
            return JSONResponse({"accepted": True, "id": known.id, "repeated": True})
        known = self._orders[key] = Order(f"order-{len(self._orders) + 1}", raw)
        entity = order["entity"]["id"]
        self.capacity[entity] = self.capacity.get(entity, 0) + _STEP[order["direction"]]
        self.ledger.commit("capacity.changed", key, caller, order=known.id, entity=entity, direction=order["direction"])
        return JSONResponse({"accepted": True, "id": known.id, "repeated": False})

    def refusal(self, path: str, status: int, retry_after: int | None) -> Response:
        """An error with a reason that names the path."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return JSONResponse({"error": f"HTTP {status} at {path}"}, status_code=status, headers=headers)

    def restore(self) -> None:
        """No order was ever taken."""
        self._orders.clear()
        self.capacity.clear()

    def stop(self) -> None:
        """Nothing happens here by itself."""


def signed(body: bytes, secret: str, header: str) -> bool:
    """Whether one of the signatures in the header is the secret's over its time and the body."""
    parts = [part.partition("=") for part in header.split(",")]
    moment = next((value for name, _, value in parts if name == "t"), "")
    expected = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return any(name == "v1" and hmac.compare_digest(value, expected) for name, _, value in parts)


def _read(raw: bytes) -> dict[str, Any] | None:
    try:
        order = json.loads(raw)
        return order if order["direction"] in _STEP and order["entity"]["id"] else None
    except (ValueError, KeyError, TypeError):
        return None


def _no(status: int, reason: str) -> Response:
    return JSONResponse({"accepted": False, "error": reason}, status_code=status)
