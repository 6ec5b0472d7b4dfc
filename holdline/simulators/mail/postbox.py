"""The socket on which the server listens, and the conversations that are under way."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable

from holdline.simulators.mail.conversation import Gone

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Postbox:
    """Takes connections and talks on each."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def open(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        """Listen on a port (0: any free one), with TLS from the first byte where there is a context. Raises OSError."""
        self._server = await asyncio.start_server(self._serve, host, port, ssl=tls)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            await self._talk(reader, writer)
        except Gone:
            _tear(writer)
        except asyncio.CancelledError:
            _tear(writer)
        finally:
            self._talks.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def close(self) -> None:
        """Stop listening and end every conversation."""
        if self._server is None:
            return
        self._server.close()
        for task in (talks := set(self._talks)):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None


def _tear(writer: asyncio.StreamWriter) -> None:
    """End a connection with RST."""
    raw: socket.socket | None = writer.get_extra_info("socket")
    if raw is not None and raw.fileno() >= 0:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()
