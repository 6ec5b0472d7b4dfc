"""`holdline detector list`: what each source sees, or why nobody says."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio.client import Client

from holdline.domain.detection import ELSE, Group, Plan, Source
from holdline.domain.sweep import Gap
from holdline.domain.watching import detector_id
from tests.cli.console import Done, holdline
from tests.support.polled import Ears, Trunks, staffed
from workers.datadir import Server
from workers.sentinel import Sentinel

SECOND = timedelta(seconds=1)
PLAN = Plan(
    source=Source.TRUNKS,
    interval=SECOND,
    groups=(Group(name="mine", ids=("gone",), every=SECOND), Group(name=ELSE, every=SECOND)),
)


@pytest.fixture
async def trunks(client: Client) -> AsyncIterator[Trunks]:
    """A trunk that fails and one that does not, looked at each second."""
    found = Trunks()
    found.script("carrier-a", "B")
    found.script("carrier-b", "H")
    yield found
    async for each in client.list_workflows("WorkflowType = 'Detector' AND ExecutionStatus = 'Running'"):
        await client.get_workflow_handle(each.id).terminate("the test is over")


async def listed(server: Server, *options: str) -> Done:
    """Run the command."""
    return await holdline("detector", "list", *options, environ={"TEMPORAL_ADDRESS": server.address})


def trunk_lines(done: Done) -> list[str]:
    """The heading and what is said of the trunks; other tests of the session have had other sources."""
    return [done.lines[0], *(line for line in done.lines if line.startswith("trunks"))]


async def test_what_a_source_sees(client: Client, server: Server, trunks: Trunks) -> None:
    """A row for each source; below it what fails and which name nobody has."""
    async with staffed(client, trunks, Ears()):
        await Sentinel(client, {PLAN.source: PLAN}, None).look_after(PLAN.source)
        await trunks.looked(6)
        done = await listed(server)
    heading, row, failure, missing = trunk_lines(done)
    assert ["SOURCE", "STATE", "SEES", "LAST", "LOOK", "NEXT", "EVERY"] == heading.split()
    assert ["trunks", "failing", "1", "breach,", "1", "healthy"] == row.split()[:6]
    assert failure.startswith("trunks: carrier-a fails, ")
    assert "announced: not connected" in failure
    assert "trunks: configured, but nobody has it: gone" == missing


async def test_what_cannot_be_read(client: Client, server: Server, trunks: Trunks) -> None:
    """A gap says what, how often and why; JSON has the same."""
    trunks.gaps = (Gap(what="page 2 of 3 of the trunks", reason="Genesys: no answer in time"),)
    async with staffed(client, trunks, Ears()):
        await Sentinel(client, {PLAN.source: PLAN}, None).look_after(PLAN.source)
        await trunks.looked(3)
        done = await listed(server, "--json")
    (told,) = [each for each in json.loads(done.out) if each["source"] == "trunks"]
    assert ("trunks", "blind", "1s") == (told["source"], told["state"], told["interval"])
    assert "page 2 of 3 of the trunks" == told["gaps"][0]["what"]
    assert ["carrier-a"] == [each["id"] for each in told["entities"] if each["failures"]]


async def test_a_detector_that_was_terminated(client: Client, server: Server, trunks: Trunks) -> None:
    """It is listed as stopped, not left out."""
    await Sentinel(client, {PLAN.source: PLAN}, None).look_after(PLAN.source)
    await client.get_workflow_handle(detector_id(PLAN.source)).terminate("cleaned up")
    assert ["trunks", "stopped:", "terminated"] == trunk_lines(await listed(server))[1].split()


async def test_nobody_works(client: Client, server: Server, trunks: Trunks) -> None:
    """Without a worker the row says so."""
    await Sentinel(client, {PLAN.source: PLAN}, None).look_after(PLAN.source)
    assert ["trunks", "no", "worker", "answers"] == trunk_lines(await listed(server))[1].split()
