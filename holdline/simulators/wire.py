"""One exchange close to the socket: answers captured, replayed, cut, dripped or torn off."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Answer:
    """A whole HTTP answer, not yet sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def written(response: Response) -> Answer:
    """A Starlette response as an answer."""
    return Answer(response.status_code, response.raw_headers, bytes(response.body))


async def captured(app: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    """Let an app process a request completely and keep its answer back."""
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    body = b"".join(message.get("body", b"") for message in messages[1:])
    return Answer(messages[0]["status"], list(messages[0]["headers"]), body)


async def whole(receive: Receive) -> Receive:
    """Read a request to its end and return what gives it out again, to an app that is asked later."""
    body, message = b"", await receive()
    while message["type"] == "http.request" and message.get("more_body", False):
        body, message = body + message.get("body", b""), await receive()
    first: list[Message] = [{"type": "http.request", "body": body + message.get("body", b""), "more_body": False}]

    async def again() -> Message:
        return first.pop() if first else await receive()

    return again


class Wire:
    """The connection of one exchange."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._transport: asyncio.Transport = scope["state"]["transport"]
        self._receive = receive
        self._send = send

    async def drain(self) -> None:
        """Read the request to its end, so that the caller has nothing left to write."""
        message = await self._receive()
        while message["type"] == "http.request" and message.get("more_body", False):
            message = await self._receive()

    async def replay(self, answer: Answer) -> None:
        """Send an answer as it is."""
        await self._head(answer)
        await self._send({"type": "http.response.body", "body": answer.body})

    async def reset(self) -> None:
        """Tear the TCP connection off with RST; nothing of an answer is sent."""
        raw: socket.socket | None = self._transport.get_extra_info("socket")
        if raw is not None and raw.fileno() >= 0:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._transport.abort()
        await self._gone()

    async def cut(self, answer: Answer) -> None:
        """Send the headers of the whole answer and half of its body, then close."""
        await self._head(answer)
        half = answer.body[: len(answer.body) // 2]
        await self._send({"type": "http.response.body", "body": half, "more_body": True})
        self._transport.close()
        await self._gone()

    async def drip(self, answer: Answer, pause: float) -> None:
        """Send an answer one byte at a time, `pause` seconds apart, while the caller stays."""
        await self._head(answer)
        async with self._watch() as gone:
            for position in range(len(answer.body)):
                byte = answer.body[position : position + 1]
                await self._send({"type": "http.response.body", "body": byte, "more_body": True})
                await asyncio.wait([gone], timeout=pause)
                if gone.done():
                    return
        await self._send({"type": "http.response.body", "body": b""})

    @contextlib.asynccontextmanager
    async def _watch(self) -> AsyncIterator[asyncio.Task[None]]:
        gone = asyncio.create_task(self._gone())
        try:
            yield gone
        finally:
            gone.cancel()

    async def hold(self, until: asyncio.Task[None]) -> None:
        """Answer nothing until the caller leaves or `until` is done, then tear the connection off."""
        async with self._watch() as gone:
            await asyncio.wait([gone, until], return_when=asyncio.FIRST_COMPLETED)
            until.cancel()
        await self.reset()

    async def _head(self, answer: Answer) -> None:
        start = {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
        await self._send(start)

    async def _gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
