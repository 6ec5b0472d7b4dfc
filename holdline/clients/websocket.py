"""The way to a vendor's WebSocket: no redirects, no proxy, no endless message, no address in a log or an error."""

import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI, ProtocolError

from holdline.clients.network import Network
from holdline.clients.transport import authorities
from holdline.ports import Call, Unavailable

PING: Final = '{"message":"ping"}'
_CLOSING: Final = timedelta(seconds=2)
_DEAD_AFTER: Final = timedelta(seconds=20)


class VendorSocket:
    """The port Socket over a connection."""

    def __init__(self, vendor: str, connection: ClientConnection) -> None:
        self._vendor = vendor
        self._connection = connection

    async def next(self) -> str:
        """Wait for the next message; one in binary is read as text."""
        try:
            message = await self._connection.recv()
        except ConnectionClosed as error:
            raise _ended(self._vendor, error) from None
        return message if isinstance(message, str) else message.decode(errors="replace")

    async def ping(self) -> None:
        """Ask for a pong in the vendor's own words."""
        try:
            await self._connection.send(PING)
        except ConnectionClosed as error:
            raise _ended(self._vendor, error) from None


@asynccontextmanager
async def connected(vendor: str, uri: str, network: Network, call: Call) -> AsyncIterator[VendorSocket]:
    """Connect to a secret address. Raises Unavailable, in words that do not repeat it."""
    connecting = _connecting(uri, network, call)
    try:
        connection = await connecting
    except InvalidStatus as error:
        raise Unavailable(vendor, f"the socket was refused ({error.response.status_code})") from None
    except (OSError, TimeoutError, InvalidHandshake, InvalidURI, ProtocolError, EOFError) as error:
        raise Unavailable(vendor, f"no socket could be opened ({_said(error)})") from None
    try:
        yield VendorSocket(vendor, connection)
    finally:
        await connection.close()


class _Straight(connect):
    """A connection that is never sent elsewhere: the address is a secret."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Follow nothing."""
        return exc


def _connecting(uri: str, network: Network, call: Call) -> connect:
    limits = network.limits
    headers = {"X-Request-ID": call.request_id}
    TraceContextTextMapPropagator().inject(headers)
    return _Straight(
        uri,
        ssl=_trust(network) if uri.startswith("wss:") else None,
        proxy=None,
        compression=None,
        user_agent_header="holdline",
        additional_headers=headers,
        open_timeout=limits.connect.total_seconds(),
        close_timeout=_CLOSING.total_seconds(),
        ping_interval=_DEAD_AFTER.total_seconds(),
        ping_timeout=_DEAD_AFTER.total_seconds(),
        max_size=limits.body,
        logger=_silence(),
    )


def _trust(network: Network) -> ssl.SSLContext:
    return authorities() if network.verify is None else network.verify


def _silence() -> logging.Logger:
    """A logger that hears nothing: the library's own words contain the address."""
    return logging.Logger("silence", logging.CRITICAL + 1)


def _ended(vendor: str, error: ConnectionClosed) -> Unavailable:
    code = error.rcvd.code if error.rcvd is not None else None
    return Unavailable(vendor, f"the socket was closed ({code})" if code else "the socket broke off")


def _said(error: Exception) -> str:
    return "not in time" if isinstance(error, TimeoutError) else type(error).__name__
