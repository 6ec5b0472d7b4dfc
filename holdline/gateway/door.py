"""The way in for one source: an ASGI application that reads the request whole and hands it to the clerk (S3.2)."""

from typing import Final

from holdline.gateway.answers import NOT_JSON, TOO_LARGE, Answer, Receive, Scope, Send
from holdline.gateway.authentic import Delivery, Headers
from holdline.gateway.clerk import Clerk
from holdline.gateway.entrance import Entrance

_PATIENT: Final = 16


class Door:
    """The POST requests of one entrance. `public_url` is what a vendor that signs addresses has been told."""

    def __init__(self, entrance: Entrance, clerk: Clerk, public_url: str, largest: int) -> None:
        self._entrance = entrance
        self._clerk = clerk
        self._url = public_url.rstrip("/") + entrance.path
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a sender that goes away before its body is complete gets no answer."""
        headers: Headers = scope["headers"]
        if not _plain(headers, self._entrance.json_only):
            await self._clerk.refuse(self._entrance, NOT_JSON, "content type").send(send)
            return
        body = await _body(receive, self._largest)
        if isinstance(body, bytes):
            for value in self._entrance.needs:
                if value.now() is None:
                    await value.renewed()
            answer = await self._clerk.take(self._entrance, Delivery(body, headers, self._address(scope)))
            await answer.send(send)
        elif body is not None:
            await self._clerk.refuse(self._entrance, body, "too large").send(send)

    def _address(self, scope: Scope) -> str:
        query = scope["query_string"]
        return f"{self._url}?{query.decode('latin-1')}" if query else self._url


def _plain(headers: Headers, json_only: bool) -> bool:
    """Nothing compressed; and for our own scheme nothing that says it is not JSON."""
    for name, value in headers:
        if name == b"content-encoding" and value.strip().lower() != b"identity":
            return False
        if json_only and name == b"content-type" and value.partition(b";")[0].strip().lower() != b"application/json":
            return False
    return True


async def _body(receive: Receive, largest: int) -> bytes | Answer | None:
    """The whole body, counted while it comes; None where the sender went away.

    Of one that is too large some more is read and thrown away, so that the sender sees the answer.
    """
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message["body"]
        return body if len(body) <= largest else TOO_LARGE
    parts: list[bytes] = []
    size = 0
    while message["type"] == "http.request":
        size += len(message["body"])
        parts = [*parts, message["body"]] if size <= largest else []
        if size > _PATIENT * largest:
            return TOO_LARGE
        if not message.get("more_body"):
            return b"".join(parts) if size <= largest else TOO_LARGE
        message = await receive()
    return None
