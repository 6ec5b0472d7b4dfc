"""The gateway's HTTP surface: the entrances, health, and the fate of an event."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from holdline.gateway import genesys, scrub
from holdline.gateway.answers import (
    NO_SUCH_STATE,
    NOT_ALLOWED,
    NOT_FOUND,
    REFUSED,
    UNAVAILABLE,
    Answer,
    Receive,
    Scope,
    Send,
)
from holdline.gateway.authentic import Delivery, Verified
from holdline.gateway.backlog import Aside, Backlog, Fate
from holdline.gateway.counters import Counters
from holdline.gateway.door import Door
from holdline.gateway.drain import Drain
from holdline.gateway.entrance import Keys
from holdline.gateway.fresh import Fresh
from holdline.gateway.journal import JournalUnavailable
from holdline.gateway.listening.standing import Standing
from holdline.gateway.reading import State

_LISTED: Final = 100


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
    """`/healthz`, `/readyz`, `/v1/events` and `/v1/events/{event_id}`."""

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
        if not await self._of_an_operator(request):
            return _response(REFUSED)
        try:
            fates = self._backlog.fates(scrub.event_id(request.path_params["event_id"]))
        except JournalUnavailable:
            return _response(UNAVAILABLE)
        return JSONResponse({"events": [_told(fate) for fate in fates]}) if fates else _response(NOT_FOUND)

    async def events(self, request: Request) -> Response:
        """The newest events in quarantine, at most a hundred, for whoever has an operator's token (S4.6)."""
        if not await self._of_an_operator(request):
            return _response(REFUSED)
        if request.query_params.getlist("state") != [State.QUARANTINED]:
            return _response(NO_SUCH_STATE)
        try:
            found = self._backlog.quarantined(_LISTED + 1)
        except JournalUnavailable:
            return _response(UNAVAILABLE)
        return JSONResponse({"events": [_told(each) for each in found[:_LISTED]], "more": len(found) > _LISTED})

    async def _of_an_operator(self, request: Request) -> bool:
        keys = await self._operators.current()
        given = Delivery(b"", request.scope["headers"])
        return isinstance(genesys.verify(given, keys.live, self._clock()), Verified)


def front(doors: Mapping[str, Door], health: Health, more: Sequence[Route]) -> Front:
    """Put the application together."""
    routes = [
        Route("/healthz", health.alive),
        Route("/readyz", health.ready),
        *(Route(path, _unreachable, methods=["POST"]) for path in doors),
        *more,
        Route("/v1/events", health.events),
        Route("/v1/events/{event_id:path}", health.fate),
    ]
    rest = Starlette(routes=routes, exception_handlers={HTTPException: _error})
    # A redirected POST is a lost one.
    rest.router.redirect_slashes = False
    return Front(doors, rest)


def _told(event: Fate | Aside) -> dict[str, Any]:
    return asdict(event) | {"received_at": event.received_at.isoformat()}


async def _unreachable(_request: Request) -> Response:
    """Here for the 405 of other methods; the doors take every POST."""
    return _response(NOT_FOUND)


async def _error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _response(NOT_ALLOWED if error.status_code == 405 else NOT_FOUND)


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, media_type=answer.media.decode())
