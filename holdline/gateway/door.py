"""The way in for one source: read, verify, understand, keep, and only then answer (S3.2, S3.3)."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from holdline.gateway import scrub
from holdline.gateway.answers import NOT_JSON, REFUSED, TOO_LARGE, UNAVAILABLE, Answer, Receive, Scope, Send
from holdline.gateway.authentic import Delivery, Headers, Refused
from holdline.gateway.counters import Counters
from holdline.gateway.entrance import Entrance
from holdline.gateway.journal import Entry, Journal, JournalUnavailable, Put
from holdline.gateway.pace import News
from holdline.gateway.reading import Reading, State
from holdline.gateway.spans import accepting, collected, sent_trace

_PATIENT = 16
Notice = Callable[[str, News | None], None]
Clock = Callable[[], datetime]


class Door:
    """An ASGI application for the POST requests of one entrance. It answers 202 when the event is on disk."""

    def __init__(
        self,
        entrance: Entrance,
        journal: Journal,
        notice: Notice,
        counters: Counters,
        *,
        masked: Callable[[], Iterable[bytes]],
        public_url: str,
        largest: int,
        clock: Clock,
    ) -> None:
        self._entrance = entrance
        self._journal = journal
        self._notice = notice
        self._counters = counters
        self._masked = masked
        self._url = public_url.rstrip("/")
        self._largest = largest
        self._clock = clock
        self._traces = collected()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a sender that goes away before its body is complete gets no answer."""
        headers: Headers = scope["headers"]
        if not _plain_json(headers, self._entrance.json_only):
            await self._refuse(NOT_JSON, "content type").send(send)
            return
        body = await _body(receive, self._largest)
        if body is None:
            return
        answer = await self._accept(scope, body) if isinstance(body, bytes) else self._refuse(body, "too large")
        await answer.send(send)

    async def _accept(self, scope: Scope, body: bytes) -> Answer:
        for value in self._entrance.needs:
            if value.now() is None:
                await value.renewed()
        now = self._clock()
        delivery = Delivery(body, scope["headers"], self._address(scope))
        verified = self._entrance.verify(delivery, self._entrance.keys.latest.live, now)
        if isinstance(verified, Refused):
            return self._refuse(REFUSED, verified.reason.value)
        # Which secret proves deliveries tells when an old one can go.
        self._counters.add(self._entrance.source.value, "verified", f"secret {verified.key + 1}")
        reading = self._read(delivery, now)
        if isinstance(reading, Refused):
            return self._refuse(REFUSED, f"the event is {reading.reason.value}")
        return await self._keep(reading, body, now, scope["headers"])

    def _read(self, delivery: Delivery, now: datetime) -> Reading | Refused:
        """Understand it, without our own secrets, which somebody may have sent along."""
        masked = self._masked()
        delivery = delivery._replace(body=scrub.unsecret(delivery.body, masked))
        reading = self._entrance.read(delivery, now)
        if isinstance(reading, Reading) and scrub.tells(reading.event_id.encode(), masked):
            # It was in the header that names the event; then the content names it.
            return self._entrance.read(delivery._replace(headers=()), now)
        return reading

    async def _keep(self, reading: Reading, body: bytes, now: datetime, headers: Headers) -> Answer:
        digest = hashlib.sha256(body).digest()[:16]
        entry = Entry(self._entrance.source, reading, digest, now.timestamp(), sent_trace(headers))
        try:
            put = await (self._traced(entry) if self._traces else self._journal.put(entry))
        except JournalUnavailable:
            return self._refuse(UNAVAILABLE, "journal")
        self._told(reading, put)
        return Answer(202, self._entrance.reply(reading, put), self._entrance.media)

    async def _traced(self, entry: Entry) -> Put:
        with accepting(entry.source, entry.trace) as traceparent:
            return await self._journal.put(replace(entry, trace=traceparent))

    def _told(self, reading: Reading, put: Put) -> None:
        """Count it, and tell the drain about it."""
        source = self._entrance.source.value
        if put is not Put.NEW:
            self._counters.add(source, "duplicate", put.value)
            return
        self._counters.add(source, reading.state.value, reading.reason.partition(":")[0])
        if reading.state is State.ACCEPTED:
            self._notice(reading.lane, None if reading.gist is None else reading.gist[:2])

    def _refuse(self, answer: Answer, reason: str) -> Answer:
        self._counters.add(self._entrance.source.value, "refused", reason)
        return answer

    def _address(self, scope: Scope) -> str:
        query = scope["query_string"]
        return f"{self._url}{self._entrance.path}" + (f"?{query.decode('latin-1')}" if query else "")


def _plain_json(headers: Headers, json_only: bool) -> bool:
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
