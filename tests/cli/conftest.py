"""A Temporal server with a worker on it."""

from collections.abc import AsyncIterator

import pytest

from tests.cli.floor import Floor
from tests.support.estate import real_crew
from tests.support.outside import Outside
from tests.support.temporal import connected
from workers.bootstrap import register_attributes
from workers.server import ServerSpec, start, stop


@pytest.fixture(scope="session")
async def floor(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Floor]:
    """An operations floor: a server with a console, a worker, and nobody's incidents yet."""
    data_dir = tmp_path_factory.mktemp("floor")
    server = await start(ServerSpec(data_dir, port=0, ui_port=0))
    try:
        client = await connected(server)
        await register_attributes(client)
        outside = Outside()
        async with real_crew(client, outside):
            yield Floor(client, server, outside)
    finally:
        await stop(data_dir)
