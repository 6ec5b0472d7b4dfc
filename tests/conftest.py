"""The servers that tests share for one session."""

import os
import sys
from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from tests.support.temporal import connected, embedded_server
from workers.datadir import Server
from workers.virtual import VirtualTime, virtual_time


@pytest.fixture(scope="session")
async def virtual() -> AsyncIterator[VirtualTime]:
    """A Temporal server in virtual time."""
    async with virtual_time() as time:
        yield time


@pytest.fixture(scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """The embedded server, in real time, on a fresh data directory."""
    async with embedded_server(tmp_path_factory.mktemp("temporal")) as running:
        yield running


@pytest.fixture(scope="session")
async def client(server: Server) -> Client:
    """A client of the embedded server."""
    return await connected(server)


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
