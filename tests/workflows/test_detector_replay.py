"""Recorded detectors are replayed by the workflow as it is now: one that watches survives the next release."""

import base64
import re
from pathlib import Path

import pytest
from temporalio.worker import Replayer

from tests.histories import detectors
from tests.histories.reading import recorded
from workers.plugin import plugins
from workflows.detector import DetectorWorkflow

FILES = sorted(Path(detectors.__file__).parent.glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
async def test_replay(path: Path) -> None:
    """Every decision is taken again as it was."""
    await Replayer(workflows=[DetectorWorkflow], plugins=plugins()).replay_workflow(recorded(path))


def test_every_story_is_recorded() -> None:
    """A detector goes on as new in its recording; `python -m tests.histories.detectors.record` makes them."""
    assert {"watch", "long.1", "long.2"} <= {path.stem for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_recordings_name_nobody(path: Path) -> None:
    """No identity of a machine or process is in a recording, nor inside its payloads."""
    text = path.read_text(encoding="utf-8")
    inside = [base64.b64decode(each).decode() for each in re.findall(r'"data":"([^"]*)"', text)]
    for each in (text, *inside):
        assert [] == re.findall(r'"identity"|\d+@\w+|/home/|/work/|/tmp/', each)
