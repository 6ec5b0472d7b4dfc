"""A server that gives prepared answers, byte for byte, and keeps what it was asked."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Prepared = bytes | Callable[[bytes], bytes]

_REASON = "Prepared"


@dataclass
class Script:
    """The server's address and the raw requests it took."""

    url: str
    requests: list[bytes] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        """The method and target of each request."""
        return [request.split(b" HTTP/1.1", 1)[0].decode() for request in self.requests]


def answer(status: int, body: object, **headers: str) -> bytes:
    """An answer with a JSON body; header names are written with underscores."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"content-type": "application/json", "content-length": str(len(raw))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} {_REASON}\r\n{lines}\r\n".encode() + raw


@asynccontextmanager
async def scripted(*answers: Prepared, tls: ssl.SSLContext | None = None) -> AsyncIterator[Script]:
    """Serve the answers in order and the last one for ever; b"" closes the connection instead."""
    script = Script("")
    remaining = list(answers)
    connections: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections[writer] = asyncio.current_task()
        try:
            while request := await _request(reader):
                script.requests.append(request)
                prepared = remaining.pop(0) if len(remaining) > 1 else remaining[0]
                raw = prepared if isinstance(prepared, bytes) else prepared(request)
                if not raw:
                    return
                writer.write(raw)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        scheme = "https" if tls else "http"
        script.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield script
        finally:
            for connection in connections:
                connection.close()
            await asyncio.gather(*(task for task in connections.values() if task is not None))


async def _request(reader: asyncio.StreamReader) -> bytes:
    """One whole request, or nothing at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
    return head + await reader.readexactly(int(length.partition(b":")[2]))
