"""Connections that never finish: silence, half a head, half a body, drip; and requests no client library sends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import pytest

from holdline.gateway.connection import Connection
from tests.gateway.events import event, raw, signed, trunk
from tests.gateway.running import Running, configured, nowhere, running

HEAD = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
async def strict(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A gateway that looks at its connections often."""
    patience, Connection.look_every = Connection.look_every, timedelta(milliseconds=150)
    try:
        async with running(configured(tmp_path_factory.mktemp("gateway")), await nowhere()) as gateway:
            yield gateway
    finally:
        Connection.look_every = patience


async def exchange(gateway: Running, *parts: bytes, pause: float = 0.0, patience: float = 20.0) -> bytes:
    """Send parts one after the other, and read until the gateway hangs up."""
    port = int(gateway.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sending = asyncio.create_task(_send(writer, parts, pause))
    try:
        async with asyncio.timeout(patience):
            with suppress(ConnectionError):
                return await reader.read()
            return b""
    finally:
        sending.cancel()
        writer.close()


async def _send(writer: asyncio.StreamWriter, parts: tuple[bytes, ...], pause: float) -> None:
    for part in parts:
        writer.write(part)
        await asyncio.sleep(pause)


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([], id="H7 silence"),
        pytest.param([b"POST /v1/ev"], id="H7 half a line"),
        pytest.param([HEAD], id="H7 half a head"),
        pytest.param([HEAD + b"Content-Length: 10\r\n\r\n{"], id="H7 half a body"),
        pytest.param([HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"], id="H7 chunks without end"),
        pytest.param([b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nPOST"], id="H7 half a second request"),
    ],
)
async def test_a_sender_that_does_not_go_on_is_hung_up_on(strict: Running, parts: list[bytes]) -> None:
    """G9: the connection ends, although the sender keeps it open."""
    found = await exchange(strict, *parts)
    assert b"500" not in found


@pytest.mark.parametrize("start", [HEAD, HEAD + b"Content-Length: 4000\r\n\r\n"])
async def test_a_sender_that_drips_is_hung_up_on(strict: Running, start: bytes) -> None:
    """H7: a byte now and then does not buy more time."""
    drip = [b"x"] * 2000
    assert b"202" not in await exchange(strict, start, *drip, pause=0.02)


async def test_a_head_without_end_is_hung_up_on(strict: Running) -> None:
    """H5: headers are counted while they come."""
    lines = [b"X-Filler: " + b"y" * 4000 + b"\r\n"] * 60
    assert b"202" not in await exchange(strict, HEAD, *lines)


async def test_an_answered_sender_may_keep_the_connection(strict: Running) -> None:
    """Between requests nothing is owed."""
    port = int(strict.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"alive" in await reader.readuntil(b"}")
        await asyncio.sleep(0.6)
    writer.close()


async def test_pipelined_events_are_all_kept(strict: Running) -> None:
    """H8: several requests in one packet are several events, answered in their order."""
    requests = []
    for _ in range(5):
        body = raw(event(trunk()))
        head = "".join(f"{name}: {value}\r\n" for name, value in signed(body).items())
        length = f"Content-Length: {len(body)}\r\n\r\n"
        requests.append(b"POST /v1/events HTTP/1.1\r\nHost: x\r\n" + head.encode() + length.encode() + body)
    last = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    found = await exchange(strict, b"".join(requests) + last)
    assert 5 == found.count(b"HTTP/1.1 202")
    assert 1 == found.count(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", id="H4 two lengths"),
        pytest.param(HEAD + b"Content-Length: -1\r\n\r\n", id="H4 negative length"),
        pytest.param(HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="H4 both"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", id="H4 no chunk length"),
        pytest.param(HEAD + b"X-A: a\x00b\r\n\r\n", id="H5 NUL"),
        pytest.param(HEAD + b"X-A: \xff\xfe\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", id="H5 not ASCII"),
        pytest.param(b"POST http://evil/v1/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", id="H6 absolute"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", id="TLS"),
        pytest.param(b"POST /v1/events HTTP/9.9\r\n\r\n", id="version"),
    ],
)
async def test_a_twisted_request_gets_4xx_or_nothing(strict: Running, request_: bytes) -> None:
    """It is never accepted, and never an error of ours; the next sender is served."""
    found = await exchange(strict, request_)
    assert b"HTTP/1.1 2" not in found
    assert b"HTTP/1.1 5" not in found
    assert 200 == (await strict.http.get("/healthz")).status_code
