"""A small storm: nine trunks and three queues, three changes at once, and a worker that is killed."""

from pathlib import Path

import pytest

from tests.fifty.run import Storm
from tests.fifty.storm import storm


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_twelve_at_once(tmp_path: Path) -> None:
    """Three at once and never two on one entity, the worst first, each changed once and put back once."""
    chosen = Storm(seed=5, trunks=9, queues=3, cap=3, idle=1, kill_every=3, kills=1)
    verdict = await storm(tmp_path, chosen)
    print(verdict.table())
    assert () == verdict.broken
    assert (3, 1) == (verdict.figures.granted_at_once, verdict.figures.killed)
