"""The servers that tests share for one session."""

import asyncio
import functools
import inspect
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from temporalio.client import Client

from tests.support.temporal import connected, embedded_server, end_all
from workers.datadir import Server
from workers.virtual import VirtualTime, virtual_time


@pytest.fixture(scope="session")
async def virtual() -> AsyncIterator[VirtualTime]:
    """A Temporal server in virtual time."""
    async with virtual_time() as time:
        yield time


@pytest.fixture(autouse=True)
async def nothing_goes_on(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """What a test leaves running on the shared server is ended: the workers of the next one would take it up."""
    yield
    if "server" in request.fixturenames and _servers:
        await end_all(await connected(_servers[0]))


@pytest.fixture(scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """The embedded server, in real time, on a fresh data directory."""
    async with embedded_server(tmp_path_factory.mktemp("temporal")) as running:
        _servers.append(running)
        yield running


@pytest.fixture(scope="session")
async def client(server: Server) -> Client:
    """A client of the embedded server."""
    return await connected(server)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let a test that runs out of its time end by itself: pytest would leave its workers to those after it."""
    if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
        marker = item.get_closest_marker("timeout")
        seconds = float(marker.args[0] if marker else item.config.getini("timeout"))
        item.obj = _ends(item.obj, 0.9 * seconds)


def _ends(test: Callable[..., Awaitable[None]], seconds: float) -> Callable[..., Awaitable[None]]:
    """The same test, cancelled after some seconds."""

    @functools.wraps(test)
    async def within(*args: Any, **fixtures: Any) -> None:
        async with asyncio.timeout(seconds):
            await test(*args, **fixtures)

    return within


_servers: list[Server] = []
_status: list[int] = []


def pytest_sessionfinish(exitstatus: int) -> None:
    """Remember the result."""
    _status.append(int(exitstatus))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """End with the result at once: the SDK's threads sometimes abort an interpreter that ends by itself."""
    sys.stdout.flush()
    sys.stderr.flush()
    if _status:
        os._exit(_status[0])
