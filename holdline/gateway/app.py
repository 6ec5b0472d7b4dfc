"""The gateway's HTTP surface: four entrances, health, and the fate of an event."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from holdline.gateway import genesys, scrub
from holdline.gateway.answers import NOT_ALLOWED, NOT_FOUND, REFUSED, UNAVAILABLE, Answer, Receive, Scope, Send
from holdline.gateway.authentic import Delivery, Verified
from holdline.gateway.backlog import Backlog
from holdline.gateway.counters import Counters
from holdline.gateway.door import Door
from holdline.gateway.drain import Drain
from holdline.gateway.entrance import Keys
from holdline.gateway.fresh import Fresh
from holdline.gateway.journal import JournalUnavailable
from holdline.gateway.listening.standing import Standing


class Front:
    """The application: POST to an entrance goes straight to its door, everything else through Starlette."""

    def __init__(self, doors: Mapping[str, Door], rest: Starlette) -> None:
        self._doors = doors
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["method"] == "POST":
            door = self._doors.get(scope["path"])
            if door is not None:
                await door(scope, receive, send)
                return
        await self._rest(scope, receive, send)


class Health:
    """`/healthz`, `/readyz` and `/v1/events/{event_id}`."""

    def __init__(
        self,
        backlog: Backlog,
        drain: Drain,
        draining: Callable[[], bool],
        counters: Counters,
        operators: Fresh[Keys],
        clock: Callable[[], datetime],
    ) -> None:
        self._backlog = backlog
        self._drain = drain
        self._draining = draining
        self._counters = counters
        self._operators = operators
        self._clock = clock
        self.notifications: Standing | None = None

    async def alive(self, _request: Request) -> Response:
        """The process answers."""
        return JSONResponse({"status": "alive"})

    async def ready(self, _request: Request) -> Response:
        """The journal takes a write and the drain runs; how much waits, since when, and every counter.

        A notification channel that is down is told and is no reason to send webhooks elsewhere.
        """
        now = self._clock()
        try:
            await self._backlog.probe(now)
            depth = await self._backlog.depth()
        except JournalUnavailable:
            return JSONResponse({"status": "not ready", "journal": "takes no write"}, 503)
        runs = self._draining()
        content: dict[str, Any] = {
            "status": "ready" if runs else "not ready",
            "journal": "takes writes",
            "drain": "stopped" if not runs else "waits for Temporal" if self._drain.in_outage else "runs",
            "waiting": depth.events,
            "oldest_seconds": None if depth.oldest_at is None else round(now.timestamp() - depth.oldest_at, 1),
            "counters": list(self._counters.rows()),
        }
        if self.notifications is not None:
            content["notifications"] = self.notifications.report()
        return JSONResponse(content, 200 if runs else 503)

    async def fate(self, request: Request) -> Response:
        """What became of an event, for whoever has an operator's token."""
        keys = await self._operators.current()
        given = Delivery(b"", request.scope["headers"])
        if not isinstance(genesys.verify(given, keys.live, self._clock()), Verified):
            return _response(REFUSED)
        try:
            fates = self._backlog.fates(scrub.event_id(request.path_params["event_id"]))
        except JournalUnavailable:
            return _response(UNAVAILABLE)
        content: list[dict[str, Any]] = [asdict(fate) | {"received_at": fate.received_at.isoformat()} for fate in fates]
        return JSONResponse({"events": content}) if content else _response(NOT_FOUND)


def front(doors: Mapping[str, Door], health: Health) -> Front:
    """Put the application together."""
    routes = [
        Route("/healthz", health.alive),
        Route("/readyz", health.ready),
        *(Route(path, _unreachable, methods=["POST"]) for path in doors),
        Route("/v1/events/{event_id:path}", health.fate),
    ]
    rest = Starlette(routes=routes, exception_handlers={HTTPException: _error})
    # A redirected POST is a lost one.
    rest.router.redirect_slashes = False
    return Front(doors, rest)


async def _unreachable(_request: Request) -> Response:
    """Here for the 405 of other methods; the doors take every POST."""
    return _response(NOT_FOUND)


async def _error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _response(NOT_ALLOWED if error.status_code == 405 else NOT_FOUND)


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, media_type=answer.media.decode())
