"""The way to a vendor's host: no retries, no redirects, no query in a log line, no endless body."""

import ssl
from collections.abc import AsyncIterator
from functools import cache

import httpx

from holdline.clients.budget import Budget
from holdline.clients.budgets import Paced
from holdline.clients.network import Limits, Network

QUERY = "holdline.query"
"""The request extension that carries the query, which may hold a telephone number; httpx logs every URL."""


class Oversized(httpx.RemoteProtocolError):
    """The body is larger than the limit; the rest was not read."""


def open_client(base_url: str, network: Network, *, reuse: bool, budget: Budget | None = None) -> httpx.AsyncClient:
    """Return a client of one host. Without `reuse` every request has a connection of its own.

    A connection kept open may be closed by the vendor just as it is written to, which leaves the outcome unknown:
    a call that must never be repeated in doubt does not reuse one.
    """
    limits = network.limits
    kept = limits.connections if reuse else 0
    inner = httpx.AsyncHTTPTransport(
        verify=authorities() if network.verify is None else network.verify,
        retries=0,
        limits=httpx.Limits(max_connections=limits.connections, max_keepalive_connections=kept),
    )
    guarded = Guarded(inner, limits.body)
    return httpx.AsyncClient(
        base_url=base_url,
        transport=guarded if budget is None else Paced(guarded, budget),
        timeout=_timeout(limits),
        follow_redirects=False,
        headers={"Accept-Encoding": "identity", "User-Agent": "holdline"},
    )


@cache
def authorities() -> ssl.SSLContext:
    """The public certificate authorities, or those of SSL_CERT_FILE and SSL_CERT_DIR; slow to load, so shared."""
    return httpx.create_ssl_context()


def _timeout(limits: Limits) -> httpx.Timeout:
    return httpx.Timeout(
        connect=limits.connect.total_seconds(),
        read=limits.read.total_seconds(),
        write=limits.write.total_seconds(),
        pool=limits.pool.total_seconds(),
    )


class Guarded(httpx.AsyncBaseTransport):
    """Adds the query behind the logger's back, never decompresses, and stops reading a body at its limit."""

    def __init__(self, inner: httpx.AsyncBaseTransport, limit: int) -> None:
        self._inner = inner
        self._limit = limit

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request with its query and guard the answer."""
        response = await self._inner.handle_async_request(_with_query(request))
        response.headers.pop("content-encoding", None)
        response.stream = Bounded(response.stream, self._limit)
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def _with_query(request: httpx.Request) -> httpx.Request:
    query = request.extensions.get(QUERY)
    if not query:
        return request
    return httpx.Request(
        request.method,
        request.url.copy_with(params=query),
        headers=request.headers,
        stream=request.stream,
        extensions=request.extensions,
    )


class Bounded(httpx.AsyncByteStream):
    """A body of at most `limit` bytes."""

    def __init__(self, inner: httpx.SyncByteStream | httpx.AsyncByteStream, limit: int) -> None:
        assert isinstance(inner, httpx.AsyncByteStream)
        self._inner = inner
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes. Raises Oversized beyond the limit."""
        left = self._limit
        async for chunk in self._inner:
            left -= len(chunk)
            if left < 0:
                raise Oversized(f"the body is larger than {self._limit} bytes")
            yield chunk

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._inner.aclose()
