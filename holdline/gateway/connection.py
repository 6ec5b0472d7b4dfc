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
    _pending: object | None = None
    _look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to look."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking."""
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes before the headers are complete."""
        self._head += len(data)
        super().data_received(data)
        if self._head > _HEAD and self._waiting() is not None and not self._in_body():
            self.transport.close()

    def on_headers_complete(self) -> None:
        """The head is complete."""
        self._head = 0
        super().on_headers_complete()

    def _watch(self) -> None:
        self._look = self.loop.call_later(self.look_every.total_seconds(), self._looked)

    def _looked(self) -> None:
        waiting = self._waiting()
        if waiting is not None and waiting is self._pending:
            self.transport.close()
            return
        self._pending = waiting
        self._watch()

    def _in_body(self) -> bool:
        cycle: Any = self.cycle
        return cycle is not None and not cycle.response_complete

    def _waiting(self) -> object | None:
        """What the sender owes: the first request, the rest of a body, or of the next head; None if nothing."""
        cycle: Any = self.cycle
        if cycle is None:
            return self
        if not cycle.response_complete:
            return cycle if cycle.more_body else None
        # Between requests uvicorn's own keep-alive timer runs; without it a new head has begun.
        return cycle.scope if self.timeout_keep_alive_task is None else None
