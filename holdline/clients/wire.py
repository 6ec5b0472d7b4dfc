"""One vendor's wire: each request under a deadline, with its X-Request-ID and a span, judged in one place."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

import httpx
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from holdline.clients.budget import Rank, Turn
from holdline.clients.budgets import TURN
from holdline.clients.errors import Shape, done, receipt
from holdline.clients.exchange import Ask, Exchange, Intent, Judge
from holdline.clients.network import USUAL, Network
from holdline.clients.recent import Question, Recent
from holdline.clients.secret import Reader, reveal
from holdline.clients.transport import QUERY, open_client
from holdline.ports import Call, Rejected, Unavailable, VendorError

_CHANGES: Final = 3
_LONGEST: Final = timedelta(seconds=27)
"""Less than the activity of a change has: its own end comes first, and says whether anything was sent."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """How to reach a vendor: its name and that of the credential in sentences, the base address, the network.

    `judge` knows what the vendor's own codes mean.
    """

    vendor: str
    credential: str
    url: str
    network: Network = USUAL
    judge: Judge | None = None


class Wire:
    """A vendor's host. Without `reuse` each request has a connection of its own."""

    def __init__(self, endpoint: Endpoint, auth: httpx.Auth | None = None, *, reuse: bool = True) -> None:
        self.endpoint = endpoint
        self.auth = auth
        budget = endpoint.network.budgets.of(endpoint.vendor, endpoint.credential)
        self.http = open_client(endpoint.url, endpoint.network, reuse=reuse, budget=budget)
        self.host = self.http.base_url.host or endpoint.url
        self.recent = Recent()

    def attempt(self, call: Call) -> "Attempt":
        """Begin an attempt now; all its requests share one deadline.

        A change has three times the patience: it keeps a place at the gate, and would lose it for want of a turn.
        """
        patience = self.endpoint.network.limits.attempt
        return Attempt(self, call, patience if call.until is None else min(_CHANGES * patience, _LONGEST))

    def glance(self, call: Call) -> "Attempt":
        """The same for a plan: it reads what another one was told a few seconds ago. A change reads for itself.

        A plan that had to be given up for want of a turn goes on where it was, instead of asking everything again.
        Where nothing recent is wanted each asks for itself.
        """
        return Glance(self, call, self.endpoint.network.recent or None)

    def look(self, call: Call) -> "Attempt":
        """The same for a reading: it asks for itself, and lets plans use what it is told."""
        return Glance(self, call, None)

    def join(self, call: Call) -> "Attempt":
        """The same for what many ask at once: it hears the answer that another one is waiting for, but none before."""
        return Glance(self, call, timedelta(0))

    async def aclose(self) -> None:
        """Close the connections."""
        await self.http.aclose()


class Attempt:
    """One call of a port: its requests carry the call's request id and end together at the deadline."""

    def __init__(self, wire: Wire, call: Call, patience: timedelta) -> None:
        self._wire = wire
        self._endpoint = wire.endpoint
        self._call = call
        self._since = asyncio.get_running_loop().time()
        self._deadline = self._since + patience.total_seconds()
        # No turn comes so late that an order would be sent without the time to hear its answer.
        self._latest = self._deadline - patience.total_seconds() / 4

    async def read(self, ask: Ask, shape: type[Shape]) -> Shape:
        """Ask; a failure leaves nothing behind. Raises the errors of the ports, never OutcomeUnknown."""
        return await self._answer(ask, Intent.READ, shape)

    async def write(self, ask: Ask, shape: type[Shape]) -> Shape:
        """Order; raises OutcomeUnknown where the order may have been carried out without a receipt."""
        self._fence(ask)
        return await self._answer(ask, Intent.WRITE, shape)

    async def order(self, ask: Ask) -> None:
        """Order what is answered without a body; whoever asks for it reads back what became of it."""
        self._fence(ask)
        exchange = self._began(ask, Intent.WRITE)
        with self._span(ask, exchange):
            await self._exchange(ask, exchange)
            done(exchange)

    async def reveal(self, name: str, reader: Reader) -> str:
        """Read a secret as part of the attempt. Raises CredentialsRefused, or Unavailable when it takes too long."""
        try:
            async with asyncio.timeout_at(self._deadline):
                return await reveal(self._endpoint.vendor, name, reader)
        except TimeoutError:
            raise Unavailable(
                self._endpoint.vendor, f"the {name} could not be read in time; nothing was sent"
            ) from None

    def _fence(self, ask: Ask) -> None:
        """Hold back an order that wakes up too late: what it would change may be another's by now."""
        fence = self._call.fence
        if fence is not None and datetime.now(UTC) >= fence:
            what = f"{ask.method} was not sent: the time in which this change was ours alone had ended"
            raise Unavailable(self._endpoint.vendor, what)

    async def _answer(self, ask: Ask, intent: Intent, shape: type[Shape]) -> Shape:
        exchange = self._began(ask, intent)
        with self._span(ask, exchange):
            await self._exchange(ask, exchange)
            return receipt(exchange, shape)

    def _began(self, ask: Ask, intent: Intent) -> Exchange:
        return Exchange(
            vendor=self._endpoint.vendor,
            host=self._wire.host,
            credential=self._endpoint.credential,
            intent=intent,
            ask=ask,
            judge=self._endpoint.judge,
        )

    async def _exchange(self, ask: Ask, exchange: Exchange) -> None:
        """Send and read within the deadline; what went wrong is kept for `errors` to judge.

        Whatever a change asks or orders makes old what others were told of it.
        """
        path = self._path(ask)
        try:
            async with asyncio.timeout_at(self._deadline):
                await self._send(self._request(path, ask, exchange), exchange)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as fault:
            exchange.fault = fault
        finally:
            if exchange.intent is Intent.WRITE or self._call.until is not None:
                self._wire.recent.forget(path)

    def _request(self, path: str, ask: Ask, exchange: Exchange) -> httpx.Request:
        headers = {"Accept": "application/json", "X-Request-ID": self._call.request_id, **ask.headers}
        TraceContextTextMapPropagator().inject(headers)
        return self._wire.http.build_request(
            ask.method,
            path,
            headers=headers,
            json=ask.json,
            data=ask.form,
            content=ask.raw,
            extensions={"trace": exchange.trace, QUERY: ask.query, TURN: self._turn(ask, exchange.intent)},
        )

    def _turn(self, ask: Ask, intent: Intent) -> Turn:
        """How long the request may wait: never beyond the fence of a change, which would let it wake up too late."""
        if intent is Intent.READ:
            return Turn(self._rank(), self._since, self._latest)
        fence = float("inf")
        if self._call.until is not None:
            left = (self._call.until - datetime.now(UTC)).total_seconds()
            fence = asyncio.get_running_loop().time() + left
        return Turn(Rank.CHANGE, self._since, min(self._latest, fence), lambda: self._fence(ask))

    def _rank(self) -> Rank:
        if self._call.first:
            return Rank.LOOK
        return Rank.ROUTINE if self._call.routine else Rank.READING

    def _path(self, ask: Ask) -> str:
        for name, part in ask.parts.items():
            if part in ("", ".", ".."):
                raise Rejected(self._endpoint.vendor, f"{name} is no id that a path can hold")
        return ask.route.format_map({name: quote(part, safe="") for name, part in ask.parts.items()})

    async def _send(self, request: httpx.Request, exchange: Exchange) -> None:
        response = await self._wire.http.send(request, auth=self._wire.auth, stream=True)
        try:
            exchange.status, exchange.headers = response.status_code, response.headers
            exchange.token = request.headers.get("authorization", "").rpartition(" ")[2]
            async for chunk in response.aiter_raw():
                exchange.body += chunk
        finally:
            await response.aclose()

    @contextmanager
    def _span(self, ask: Ask, exchange: Exchange) -> Iterator[Span]:
        """A CLIENT span with route and status; neither query nor body nor the text of a foreign exception."""
        tracer = trace.get_tracer("holdline.clients", tracer_provider=self._endpoint.network.tracer_provider)
        with tracer.start_as_current_span(
            f"{ask.method} {ask.route}",
            kind=SpanKind.CLIENT,
            attributes={
                "holdline.vendor": self._endpoint.vendor,
                "holdline.request_id": self._call.request_id,
                "http.request.method": ask.method,
                "url.template": ask.route,
                "server.address": self._wire.host,
            },
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except VendorError as error:
                span.set_status(Status(StatusCode.ERROR, str(error)))
                span.set_attribute("error.type", type(error).__name__)
                raise
            finally:
                if exchange.status is not None:
                    span.set_attribute("http.response.status_code", exchange.status)


class Glance(Attempt):
    """An attempt that shares what it reads with others of its kind; without an `age` it asks for itself."""

    def __init__(self, wire: Wire, call: Call, age: timedelta | None) -> None:
        super().__init__(wire, call, wire.endpoint.network.limits.attempt)
        self._age = age

    async def read(self, ask: Ask, shape: type[Shape]) -> Shape:
        """What somebody was told no longer ago than the age, or asks now; the errors are those of the one who asked."""
        ours, question = super().read, Question(self._path(ask), (ask.method, ask.query, repr(ask.json), shape))
        seconds = None if self._age is None else self._age.total_seconds()
        return await self._wire.recent.answer(question, seconds, lambda: ours(ask, shape))
