"""What the transport guarantees to every client: nothing endless, nothing followed, nothing in a log."""

import asyncio
import gzip
import logging
import ssl
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from pydantic import BaseModel

from holdline.clients.exchange import Ask
from holdline.clients.network import Limits, Network
from holdline.clients.wire import Endpoint, Wire
from holdline.ports import Call, CredentialsRefused, OutcomeUnknown, Rejected, Unavailable, VendorError
from tests.clients.scripted import answer, scripted

CALL = Call(request_id="request-1", effect="effect")
LONG = timedelta(seconds=20)
LIMITS = Limits(connect=LONG, read=LONG, attempt=LONG, body=10_000)
READ = Ask(method="GET", route="/things/{thingId}", parts={"thingId": "7"})
WRITE = Ask(method="POST", route="/things", json={"name": "new"}, expect=201)


class Thing(BaseModel):
    """What is read."""

    id: str


def wire(url: str, limits: Limits = LIMITS, verify: ssl.SSLContext | None = None, reuse: bool = True) -> Wire:
    """A wire to an address."""
    network = Network(limits=limits, verify=verify)
    return Wire(Endpoint(vendor="Vendor", credential="key", url=url, network=network), reuse=reuse)


async def read(to: Wire) -> Thing:
    """Read one thing and close."""
    try:
        return await to.attempt(CALL).read(READ, Thing)
    finally:
        await to.aclose()


async def write(to: Wire) -> Thing:
    """Write one thing and close."""
    try:
        return await to.attempt(CALL).write(WRITE, Thing)
    finally:
        await to.aclose()


async def test_a_body_beyond_the_limit_is_not_read() -> None:
    """Three hundred megabytes are no answer: reading ends at the limit."""
    async with scripted(answer(200, b'{"id":"' + b"x" * 20_000 + b'"}')) as script:
        with pytest.raises(Unavailable, match="too large"):
            await read(wire(script.url))


async def test_a_body_without_end_is_not_read() -> None:
    """A body without a length ends at the limit too, and a refusal stays the refusal that it is."""
    endless = b"HTTP/1.1 403 No\r\ncontent-type: application/json\r\n\r\n" + b"x" * 50_000
    async with scripted(endless) as script:
        with pytest.raises(CredentialsRefused, match="may not do this"):
            await read(wire(script.url))


async def test_a_compressed_body_is_never_unpacked() -> None:
    """A compression bomb stays packed: the vendor was asked for plain text."""
    packed = gzip.compress(b'{"id":"' + b"0" * 1_000_000 + b'"}')
    assert len(packed) < LIMITS.body
    async with scripted(answer(200, packed, content_encoding="gzip")) as script:
        with pytest.raises(Unavailable, match="not complete JSON"):
            await read(wire(script.url))
        assert b"accept-encoding: identity" in script.requests[0].lower()


async def test_a_redirect_is_not_followed() -> None:
    """Credentials are never carried to another address."""
    async with (
        scripted(answer(200, {"id": "7"})) as other,
        scripted(answer(307, {}, location="http://127.0.0.1:1/")) as script,
    ):
        script.requests.clear()
        with pytest.raises(Rejected, match="redirects"):
            await write(wire(script.url))
        assert 1 == len(script.requests)
        assert [] == other.requests


async def test_nothing_is_sent_twice_by_itself() -> None:
    """A connection that breaks after the request leaves one request, and the outcome unknown."""
    async with scripted(b"") as script:
        with pytest.raises(OutcomeUnknown):
            await write(wire(script.url))
        assert 1 == len(script.requests)


async def test_a_query_reaches_the_vendor_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    """A number in a query is not in the lines that the HTTP library logs."""
    ask = Ask(method="GET", route="/things", query=(("To", "+436601234567"), ("include[]", "all")))
    for library in ("httpx", "httpcore"):
        # Whoever set the log up before has made them quiet.
        caplog.set_level(logging.DEBUG, logger=library)
    async with scripted(answer(200, {"id": "7"})) as script:
        to = wire(script.url)
        await to.attempt(CALL).read(ask, Thing)
        await to.aclose()
        assert ["GET /things?To=%2B436601234567&include%5B%5D=all"] == script.paths
    assert "/things" in caplog.text
    assert "6601234567" not in caplog.text


async def test_whoever_wakes_up_too_late_sends_nothing() -> None:
    """S3.8: a holder that was frozen beyond the end of its lock changes nothing; it may still read."""
    late = CALL.model_copy(update={"until": datetime.now(UTC) - timedelta(seconds=1)})
    async with scripted(answer(200, {"id": "7"})) as script:
        to = wire(script.url)
        with pytest.raises(Unavailable, match="POST was not sent"):
            await to.attempt(late).write(WRITE, Thing)
        assert [] == script.requests
        assert "7" == (await to.attempt(late).read(READ, Thing)).id
        await to.aclose()


@pytest.mark.parametrize("part", ["", ".", ".."])
async def test_an_id_cannot_climb_the_path(part: str) -> None:
    """An id that would name another path is refused before anything is sent."""
    ask = Ask(method="GET", route="/things/{thingId}/parts", parts={"thingId": part})
    async with scripted(answer(200, {"id": "7"})) as script:
        to = wire(script.url)
        with pytest.raises(Rejected, match="thingId"):
            await to.attempt(CALL).read(ask, Thing)
        await to.aclose()
        assert [] == script.requests


async def test_an_id_is_one_part_of_the_path() -> None:
    """Slashes, question marks and percent signs of an id stay in its part."""
    ask = Ask(method="GET", route="/things/{thingId}/parts", parts={"thingId": "a/../b?c=%2F#d"})
    async with scripted(answer(200, {"id": "7"})) as script:
        to = wire(script.url)
        await to.attempt(CALL).read(ask, Thing)
        await to.aclose()
        assert ["GET /things/a%2F..%2Fb%3Fc%3D%252F%23d/parts"] == script.paths


async def test_headers_that_never_end_end_at_the_deadline() -> None:
    """A vendor that answers nothing but half a header does not hold an attempt."""
    hasty = Limits(
        connect=timedelta(milliseconds=300),
        read=timedelta(milliseconds=300),
        write=timedelta(milliseconds=300),
        pool=timedelta(milliseconds=300),
        attempt=timedelta(milliseconds=300),
    )
    async with scripted(b"HTTP/1.1 201 Created\r\ncontent-ty") as script:
        with pytest.raises(OutcomeUnknown, match="in time"):
            await write(wire(script.url, hasty))


async def test_one_connection_is_used_again() -> None:
    """Requests to one vendor share a connection unless they may not."""
    for reuse, connections in ((True, 1), (False, 3)):
        opened = await _connections(reuse)
        assert connections == opened


async def _connections(reuse: bool) -> int:
    seen: set[object] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.add(writer)
        while await reader.read(65536):
            writer.write(answer(200, {"id": "7"}))
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        to = wire(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", reuse=reuse)
        for _ in range(3):
            await to.attempt(CALL).read(READ, Thing)
        await to.aclose()
        await asyncio.sleep(0)
        return len(seen)


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """A client's context that trusts an authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def serving(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """A server's context with a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


async def test_a_trusted_certificate_is_enough() -> None:
    """A private authority can be trusted by configuration."""
    authority = trustme.CA()
    async with scripted(answer(200, {"id": "7"}), tls=serving(authority.issue_cert("127.0.0.1"))) as script:
        assert Thing(id="7") == await read(wire(script.url, verify=trusting(authority)))


@pytest.mark.parametrize("flaw", ["unknown authority", "other name", "expired"])
async def test_a_certificate_that_is_not_trusted_gets_nothing(flaw: str) -> None:
    """An unknown authority, another name or a past date: refused for a human to look, and no request was sent."""
    authority = trustme.CA()
    past = datetime(2020, 1, 1, tzinfo=UTC) if flaw == "expired" else None
    certificate = authority.issue_cert("example.com" if flaw == "other name" else "127.0.0.1", not_after=past)
    trusted = trustme.CA() if flaw == "unknown authority" else authority
    async with scripted(answer(201, {"id": "7"}), tls=serving(certificate)) as script:
        with pytest.raises(Rejected, match="not trusted"):
            await write(wire(script.url, verify=trusting(trusted)))
        assert [] == script.requests


@pytest.mark.parametrize(("greeting", "error"), [(b"SMTP ready\r\n", Rejected), (b"", Unavailable)])
async def test_a_handshake_with_something_else_sends_nothing(greeting: bytes, error: type[VendorError]) -> None:
    """An address that speaks no TLS is a mistake; one that hangs up during the handshake may come back."""

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        with pytest.raises(error, match="nothing was processed"):
            await write(wire(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"))


@pytest.mark.parametrize("address", ["ftp://vendor.example.com", "vendor.example.com"])
async def test_an_address_that_is_none_is_refused(address: str) -> None:
    """A base address without http or https is a mistake of the configuration."""
    with pytest.raises(Rejected, match="address"):
        await write(wire(address))


def test_a_stage_cannot_outlast_its_attempt() -> None:
    """Deadlines nest: a stage longer than the whole is a mistake."""
    with pytest.raises(ValueError, match="attempt"):
        Limits(read=timedelta(seconds=9), attempt=timedelta(seconds=8))
