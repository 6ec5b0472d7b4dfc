"""The fixtures of whoever tests against the sandbox: its clients, put back to their start before each test."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.contracts.rig import Rig, rigged, watching


@pytest.fixture(scope="session")
async def running_rig() -> AsyncIterator[Rig]:
    """The sandbox and its clients."""
    async with rigged() as rig:
        yield rig


@pytest.fixture
def rig(running_rig: Rig) -> Iterator[Rig]:
    """The rig as if new; whatever a test does must write no canary anywhere."""
    running_rig.sandbox.reset()
    running_rig.watch.forget()
    with watching(running_rig.watch):
        yield running_rig
    running_rig.sandbox.reset()
