"""The servers that the tests of the workflow share."""

from collections.abc import AsyncIterator

import pytest

from tests.workflows.short import short_histories
from workers.virtual import VirtualTime


@pytest.fixture(scope="session")
async def short() -> AsyncIterator[VirtualTime]:
    """Virtual time on a server that suggests to continue as new at 40 events."""
    async with short_histories() as time:
        yield time
