"""The containers that the tests of one run share."""

from collections.abc import Iterator

import pytest

from tests.containers.docker import missing
from tests.containers.stack import Stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Every service of the profile `dev`, built and started; removed at the end."""
    why_not = missing()
    if why_not is not None:
        pytest.skip(f"containers cannot be run here: {why_not}")
    running = Stack()
    try:
        running.up()
        yield running
    finally:
        running.down()
