"""Recorded keepers of tickets are replayed by the workflow as it is now: a ticket that is kept survives a release."""

import base64
import re
from pathlib import Path

import pytest
from temporalio.worker import Replayer

from tests.histories import tickets
from tests.histories.reading import recorded
from tests.histories.tickets.record import TROUBLES
from workers.plugin import plugins
from workflows.ticket import TicketWorkflow

FILES = sorted(Path(tickets.__file__).parent.glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
async def test_replay(path: Path) -> None:
    """Every order is given again as it was."""
    await Replayer(workflows=[TicketWorkflow], plugins=plugins()).replay_workflow(recorded(path))


def test_every_story_is_recorded() -> None:
    """`python -m tests.histories.tickets.record` makes them."""
    assert set(TROUBLES) == {path.stem for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_recordings_name_nobody(path: Path) -> None:
    """No identity of a machine or process is in a recording, nor inside its payloads."""
    text = path.read_text(encoding="utf-8")
    inside = [base64.b64decode(each).decode() for each in re.findall(r'"data":"([^"]*)"', text)]
    for each in (text, *inside):
        assert [] == re.findall(r'"identity"|\d+@\w+|/home/|/work/|/tmp/', each)
