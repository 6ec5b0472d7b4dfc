"""A server for one simulator, inside the event loop that asks for it."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Serving:
    """A server at work under its address."""

    url: str
    server: Server
    task: asyncio.Task[None]

    async def stop(self) -> None:
        """Answer what is under way, two seconds at most, and close."""
        self.server.should_exit = True
        await self.task


async def serve(app: ASGIApp, host: str, port: int, tls: Tls | None = None) -> Serving:
    """Start serving an app on a port (0: any free one). Raises OSError when the port is taken."""
    listener = listening(host, port)
    server = Server(configured(app, tls))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    await server.listening.wait()
    url = f"{'https' if tls else 'http'}://{host}:{listener.getsockname()[1]}"
    return Serving(url, server, task)


def listening(host: str, port: int) -> socket.socket:
    """A bound socket. Its protocol is named because asyncio sets TCP_NODELAY only then (else 40 ms a turn)."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def configured(app: ASGIApp, tls: Tls | None) -> uvicorn.Config:
    """Quiet settings: no log lines, no lifespan, connections kept long so that none closes by surprise."""
    return uvicorn.Config(
        app,
        http=Connection,
        ws="websockets-sansio",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
    )
