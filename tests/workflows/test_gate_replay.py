"""Recorded gates and passages are replayed by the workflows as they are now: an open gate survives the next release."""

import base64
import re
from pathlib import Path

import pytest
from temporalio.worker import Replayer

from tests.histories import gates
from tests.histories.reading import recorded
from tests.workflows.walkers import Walker
from workers.plugin import plugins
from workflows.gate import GateWorkflow

FILES = sorted(Path(gates.__file__).parent.glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
async def test_replay(path: Path) -> None:
    """Every grant is given again as it was."""
    await Replayer(workflows=[GateWorkflow, Walker], plugins=plugins()).replay_workflow(recorded(path))


def test_every_story_is_recorded() -> None:
    """The gate goes on as new in its recording; `python -m tests.histories.gates.record` makes them."""
    names = {path.stem for path in FILES}
    assert {"gate.1", "gate.2", "given_up", "holder", "refused", "waiting"} <= names


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_recordings_name_nobody(path: Path) -> None:
    """No identity of a machine or process is in a recording, nor inside its payloads."""
    text = path.read_text(encoding="utf-8")
    inside = [base64.b64decode(each).decode() for each in re.findall(r'"data":"([^"]*)"', text)]
    for each in (text, *inside):
        assert [] == re.findall(r'"identity"|\d+@\w+|/home/|/work/|/tmp/', each)
