"""The gateways that several tests share."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from tests.gateway.running import Running, configured, nowhere, running


@pytest.fixture(scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A gateway without Temporal behind it: what is accepted stays in the journal."""
    async with running(configured(tmp_path_factory.mktemp("gateway")), await nowhere()) as gateway:
        yield gateway


@pytest.fixture(scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory, client: Client) -> AsyncIterator[Running]:
    """A gateway before the session's Temporal server, where no worker runs."""
    async with running(configured(tmp_path_factory.mktemp("gateway")), client) as gateway:
        yield gateway
