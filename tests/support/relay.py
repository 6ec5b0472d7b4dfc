"""A way over TCP to a server that may be closed, opened again, or shown with another certificate."""

import asyncio
import ssl
from contextlib import suppress

from holdline.freeport import free_port


class Relay:
    """One port before another one; `cut` refuses whoever comes and breaks what is connected."""

    def __init__(self, to: int) -> None:
        self.port = free_port()
        self._to = to
        self._server: asyncio.Server | None = None
        self._ways: set[asyncio.Task[None]] = set()

    async def open(self, tls: ssl.SSLContext | None = None) -> None:
        """Take connections from now on, behind TLS where a certificate is given."""
        await self.cut()
        self._server = await asyncio.start_server(self._take, "127.0.0.1", self.port, ssl=tls)

    async def cut(self) -> None:
        """Refuse connections from now on."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for way in self._ways:
            way.cancel()
        await asyncio.gather(*self._ways, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        way = asyncio.current_task()
        assert way is not None
        self._ways.add(way)
        way.add_done_callback(self._ways.discard)
        with suppress(OSError, asyncio.CancelledError):
            await self._join(reader, writer)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_there, there = await asyncio.open_connection("127.0.0.1", self._to)
        try:
            await asyncio.gather(_pass(reader, there), _pass(from_there, writer))
        finally:
            for each in (writer, there):
                each.transport.abort()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Everything from one side to the other; the first end ends both."""
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    raise ConnectionAbortedError
