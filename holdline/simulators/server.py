"""A server for one simulator, inside the event loop that asks for it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from holdline.simulators.settings import Tls


class Connection(HttpToolsProtocol):
    """A connection that lets the app reach its transport, to tear it off."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Keep the transport where the app's scope finds it: `scope["state"]["transport"]`."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Server(uvicorn.Server):
    """A server that says when it listens and leaves the signals to the process it lives in."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, host: str, port: int, tls: Tls | None = None) -> AsyncIterator[str]:
    """Serve an app until the block ends; yields its address. Raises OSError when the port is taken."""
    listener = listening(host, port)
    server = Server(configured(app, tls))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        await server.listening.wait()
        yield f"{'https' if tls else 'http'}://{host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listener.close()


def listening(host: str, port: int) -> socket.socket:
    """A bound socket. Its protocol is named because asyncio sets TCP_NODELAY only then (else 40 ms a turn)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


def configured(app: ASGIApp, tls: Tls | None) -> uvicorn.Config:
    """Quiet settings: no log lines, no lifespan, connections kept long so that none closes by surprise."""
    return uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
    )
