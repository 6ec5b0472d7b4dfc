"""Whether a worker process is alive and can work: GET /healthz and /readyz."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from http import HTTPStatus

from temporalio.client import Client
from temporalio.service import RPCError

_PATIENCE = timedelta(seconds=2)

Ready = Callable[[], Awaitable[str | None]]
"""Says why the process cannot work now, or None when it can."""


def reaches(client: Client) -> Ready:
    """Ready means that Temporal answers. An idle worker is a healthy one."""

    async def ready() -> str | None:
        try:
            answers = await client.service_client.check_health(timeout=_PATIENCE)
        except (RPCError, RuntimeError):
            answers = False
        return None if answers else "Temporal does not answer"

    return ready


@asynccontextmanager
async def health(listen: str | None, ready: Ready) -> AsyncIterator[str | None]:
    """Answer health questions on host:port, or not at all; yield the address that was taken."""
    if listen is None:
        yield None
        return
    host, _, port = listen.rpartition(":")
    server = await asyncio.start_server(lambda reader, writer: _answer(reader, writer, ready), host, int(port))
    async with server:
        taken = server.sockets[0].getsockname()
        yield f"{taken[0]}:{taken[1]}"


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ready: Ready) -> None:
    try:
        async with asyncio.timeout(_PATIENCE.total_seconds()):
            head = await reader.readuntil(b"\r\n\r\n")
        status, body = await _judge(head.split(b" ", 2)[1], ready)
        writer.write(_response(status, body))
        await writer.drain()
    except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, IndexError, ConnectionError):
        pass
    finally:
        writer.close()


async def _judge(path: bytes, ready: Ready) -> tuple[HTTPStatus, dict[str, str]]:
    match path:
        case b"/healthz":
            return HTTPStatus.OK, {"status": "alive"}
        case b"/readyz":
            why_not = await ready()
            if why_not is None:
                return HTTPStatus.OK, {"status": "ready"}
            return HTTPStatus.SERVICE_UNAVAILABLE, {"status": "not ready", "reason": why_not}
        case _:
            return HTTPStatus.NOT_FOUND, {"status": "there are /healthz and /readyz"}


def _response(status: HTTPStatus, body: dict[str, str]) -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/json\r\nconnection: close\r\n"
    return f"{head}content-length: {len(content)}\r\n\r\n".encode() + content
