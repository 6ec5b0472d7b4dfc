"""What the gateway answers; nothing a sender wrote is repeated in an error (reliability policy: 401 says nothing)."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, NamedTuple

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Scope = MutableMapping[str, Any]

_JSON: Final = b"application/json"


class Answer(NamedTuple):
    """A whole response."""

    status: int
    body: bytes
    media: bytes = _JSON
    more: tuple[tuple[bytes, bytes], ...] = ()

    async def send(self, send: Send) -> None:
        """Send it."""
        headers = [
            (b"content-type", self.media),
            (b"content-length", b"%d" % len(self.body)),
            *self.more,
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


REFUSED: Final = Answer(401, b'{"error":"not authentic"}')
TOO_LARGE: Final = Answer(413, b'{"error":"the body is too large"}', more=((b"connection", b"close"),))
NOT_JSON: Final = Answer(415, b'{"error":"send JSON, not compressed"}')
UNAVAILABLE: Final = Answer(503, b'{"error":"cannot be stored now; send it again"}', more=((b"retry-after", b"5"),))
FAILED: Final = Answer(500, b'{"error":"this is a mistake of ours"}')
NO_SUCH_STATE: Final = Answer(400, b'{"error":"name what is listed: ?state=quarantined"}')
NOT_FOUND: Final = Answer(404, b'{"error":"there is nothing here"}')
NOT_ALLOWED: Final = Answer(405, b'{"error":"this method is not offered here"}')
