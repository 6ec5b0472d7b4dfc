"""Recorded incidents are replayed by the workflow as it is now: open ones survive the next release."""

import base64
import re
from pathlib import Path

import pytest
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from tests import histories
from tests.histories.reading import recorded
from tests.histories.stories import STORIES
from tests.workflows.changed import Hasty
from workers.plugin import plugins
from workflows.incident import IncidentWorkflow

FILES = sorted(Path(histories.__file__).parent.glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
async def test_replay(path: Path) -> None:
    """Every decision is taken again as it was."""
    replayer = Replayer(workflows=[IncidentWorkflow], plugins=plugins())
    await replayer.replay_workflow(recorded(path))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
async def test_gate_bites(path: Path) -> None:
    """A workflow that decides otherwise is found out by every recording."""
    replayer = Replayer(workflows=[Hasty], plugins=plugins())
    result = await replayer.replay_workflow(recorded(path), raise_on_replay_failure=False)
    assert isinstance(result.replay_failure, NondeterminismError)


@pytest.mark.parametrize("name", STORIES)
def test_every_story_is_recorded(name: str) -> None:
    """A story that is told has its recording; `python -m tests.histories.record` makes it."""
    assert name in {path.stem.split(".")[0] for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_recordings_name_nobody(path: Path) -> None:
    """No identity of a machine or process, and no telephone number, is in a recording, nor inside its payloads."""
    text = path.read_text(encoding="utf-8")
    inside = [base64.b64decode(each).decode() for each in re.findall(r'"data":"([^"]*)"', text)]
    for each in (text, *inside):
        assert [] == re.findall(r'"identity"|\d+@\w+|/home/|/work/|\+\d{8,15}', each)
