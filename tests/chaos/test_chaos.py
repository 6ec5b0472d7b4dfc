"""A short run of chaos with a seed that never changes; the long one is `make chaos`."""

from pathlib import Path

import pytest

from tests.chaos.run import chaos


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_six_incidents_survive(tmp_path: Path) -> None:
    """Worker, gateway and server are killed and vendors misbehave: every effect once, no event lost, all resolved."""
    verdict = await chaos(tmp_path, seed=3, incidents=6, seconds=20)
    print(verdict.table())
    assert () == verdict.broken


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_twenty_incidents_survive(tmp_path: Path) -> None:
    """The same with twenty incidents in flight and a minute of chaos."""
    verdict = await chaos(tmp_path, seed=11, incidents=20, seconds=60)
    print(verdict.table())
    assert () == verdict.broken
