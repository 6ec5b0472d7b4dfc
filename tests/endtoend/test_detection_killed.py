"""The worker is killed while it watches: the detector goes on where it was, and makes up for nothing."""

from pathlib import Path

import pytest

from holdline.domain.detection import Source
from holdline.domain.lifecycle import State
from holdline.domain.watching import BOARD, Board, detector_id
from tests.endtoend.configuration import Plan
from tests.endtoend.incidents import until
from tests.endtoend.rig import rigged

DETECTION = '[detection]\nsources = ["trunks"]\ninterval = "1s"\n'
TRUNKS = "/api/v2/telephony/providers/edges/trunks"


@pytest.mark.long
async def test_a_killed_worker(tmp_path: Path) -> None:
    """A trunk that fails while no worker runs is found when one runs again, by three looks of its own."""
    async with rigged(tmp_path, Plan(sites=2, detection=DETECTION)) as rig:

        def looks() -> int:
            return sum(each["path"] == TRUNKS for each in rig.sandbox.genesys.requests)

        await until(lambda: looks() > 2, "the trunks are looked at")
        run = (await rig.client.get_workflow_handle(detector_id(Source.TRUNKS)).describe()).run_id
        await rig.worker.kill()
        place = rig.site()
        rig.degrade(place)
        before = looks()
        await rig.worker.spawn()
        await rig.worker.ready()
        told = await rig.incidents.reaches(place, State.MONITORING)
        assert "polling trunks" in told.timeline[0].text
        assert looks() >= before + 3
        handle = rig.client.get_workflow_handle(detector_id(Source.TRUNKS))
        board = await handle.query(BOARD, result_type=Board)
        assert isinstance(board, Board)
        assert (run, 0) == ((await handle.describe()).run_id, board.blind)
