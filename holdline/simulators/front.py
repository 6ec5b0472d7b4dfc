"""The front of a simulator: logs each request and gives it the fault it has coming."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, assert_never

from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holdline.simulators.faults import Fault, FaultKind, Faults, Hit, When
from holdline.simulators.ledger import RequestLog
from holdline.simulators.wire import Answer, Wire, captured, whole, written

Refusal = Callable[[str, int, int | None], Response]

_log = logging.getLogger(__name__)

SIGN_IN = "<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>"


class Front:
    """An ASGI app around a vendor's own; `/_sim` passes untouched.

    `refusal(path, status, retry_after)` words an error as the vendor does; `revoke` voids its tokens.
    """

    def __init__(
        self, app: ASGIApp, faults: Faults, requests: RequestLog, refusal: Refusal, revoke: Callable[[], None]
    ) -> None:
        self._app = app
        self._faults = faults
        self._requests = requests
        self._refusal = refusal
        self._revoke = revoke

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; a caller who goes away in the middle of it gets no answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        named = not scope["path"].startswith("/_sim")
        entry = self._requests.note(scope) if named else {}
        try:
            await self._serve(entry, scope, receive, noting(entry, send))
        except ClientDisconnect:
            entry["status"] = None
            _log.info("the caller went away in the middle of %s %s", scope["method"], scope["path"])

    async def _serve(self, entry: dict[str, Any], scope: Scope, receive: Receive, send: Send) -> None:
        hit = self._faults.take(scope["method"], scope["path"]) if entry else None
        if hit is None:
            await self._app(scope, receive, send)
            return
        entry["fault"] = f"{hit.fault.kind} {hit.fault.when}"
        await self._misbehave(hit, scope, receive, send)

    async def _misbehave(self, hit: Hit, scope: Scope, receive: Receive, send: Send) -> None:
        match hit.fault.when:
            case When.BEFORE:
                await self._before(hit, scope, receive, send)
            case When.AFTER:
                answer = await captured(self._app, scope, receive)
                await self._spoil(hit, answer, scope["path"], Wire(scope, receive, send))
            case _:
                assert_never(hit.fault.when)

    async def _before(self, hit: Hit, scope: Scope, receive: Receive, send: Send) -> None:
        if hit.fault.kind is FaultKind.LATENCY:
            # What has been read is carried out, though nobody may wait for the answer any more.
            kept = await whole(receive)
            await hit.pause()
            await self._app(scope, kept, send)
        elif hit.fault.kind is FaultKind.TOKEN_REVOKED:
            self._revoke()
            await self._app(scope, receive, send)
        else:
            wire = Wire(scope, receive, send)
            await wire.drain()
            await self._spoil(hit, self._refused(hit.fault, scope["path"]), scope["path"], wire)

    async def _spoil(self, hit: Hit, answer: Answer, path: str, wire: Wire) -> None:
        match hit.fault.kind:
            case FaultKind.LATENCY:
                await hit.pause()
                await wire.replay(answer)
            case FaultKind.STATUS:
                await wire.replay(self._refused(hit.fault, path))
            case FaultKind.RESET:
                await wire.reset()
            case FaultKind.HANG:
                await wire.hold(asyncio.create_task(hit.pause()))
            case FaultKind.DRIP:
                await wire.drip(answer, hit.fault.wait())
            case FaultKind.TRUNCATE:
                await wire.cut(answer)
            case FaultKind.HTML:
                await wire.replay(written(HTMLResponse(SIGN_IN)))
            case FaultKind.LYING_200:
                await wire.replay(written(JSONResponse({"status": "ok"})))
            case FaultKind.TOKEN_REVOKED:
                self._revoke()
                await wire.replay(answer)
            case _:
                assert_never(hit.fault.kind)

    def _refused(self, fault: Fault, path: str) -> Answer:
        if not isinstance(fault.retry_after, str):
            return written(self._refusal(path, fault.status, fault.retry_after))
        response = self._refusal(path, fault.status, None)
        response.headers["Retry-After"] = fault.retry_after
        return written(response)


def noting(entry: dict[str, Any], send: Send) -> Send:
    """A `send` that also writes the status into the request log."""

    async def watched(message: Message) -> None:
        if message["type"] == "http.response.start":
            entry["status"] = message["status"]
        await send(message)

    return watched
