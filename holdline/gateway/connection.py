"""A connection with limits: silence, half a head, half a body and endless headers end it."""

import asyncio
from datetime import timedelta
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_HEAD: Final = 32 * 1024


class Connection(HttpToolsProtocol):
    """uvicorn's protocol waits for ever for the rest of a request; this one looks now and then and hangs up.

    A sender that makes no complete request for two looks in a row is gone. Looking from time to time costs nothing
    per request.
    """

    look_every: timedelta = timedelta(seconds=3)

    _head: int = 0
    _owed: object | None = None
    _seen: object | None = None
    _look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to look; the sender owes a first request."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._owed = object()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking."""
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes while a head is owed."""
        super().data_received(data)
        if self._owed is not None:
            self._head += len(data)
            if self._head > _HEAD:
                self.transport.close()

    def on_message_begin(self) -> None:
        """A head has begun, so its rest is owed."""
        self._owed, self._head = object(), 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is complete."""
        self._owed = None
        super().on_headers_complete()

    def _watch(self) -> None:
        self._look = self.loop.call_later(self.look_every.total_seconds(), self._looked)

    def _looked(self) -> None:
        waiting = self._waiting()
        if waiting is not None and waiting is self._seen:
            self.transport.close()
            return
        self._seen = waiting
        self._watch()

    def _waiting(self) -> object | None:
        """What the sender owes: a request, the rest of a head or of a body; None where it is our turn, or nobody's."""
        cycle: Any = self.cycle
        if self._owed is not None or cycle is None or cycle.response_complete or not cycle.more_body:
            return self._owed
        body: object = cycle
        return body
