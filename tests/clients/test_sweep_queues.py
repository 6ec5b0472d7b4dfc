"""All queues of the sandbox, and the capacity for calls, in one look."""

from datetime import timedelta
from typing import Any

import pytest

from holdline.domain.detection import Group, Source
from holdline.simulators.faults import Fault, FaultKind, Match
from holdline.simulators.genesys.callers import Capacity
from holdline.simulators.genesys.degrade import QueueChange, set_queue
from tests.clients.looking import look, reason, verdicts
from tests.contracts.rig import Rig

ANALYTICS = "/api/v2/analytics"


def queue(rig: Rig, name: str = "Billing", **change: Any) -> None:
    """Change who waits in a queue of the sandbox."""
    world = rig.sandbox.genesys.world
    known = world.queue(name)
    assert known is not None
    set_queue(world, known.id, QueueChange(**change))


def forbid(rig: Rig, path: str) -> None:
    """Take the permission for a path away."""
    match = Match(method="POST" if "analytics" in path else "GET", path=path)
    rig.sandbox.genesys.faults.add(Fault(kind=FaultKind.STATUS, status=403, match=match, times=None))


async def test_idle_is_unknown(rig: Rig) -> None:
    """A queue without data is not one without waits: it is neither healthy nor in breach."""
    found = await look(rig, Source.QUEUES)
    assert {"unknown"} == set(verdicts(found).values())
    assert "it is idle: Genesys has no data" == reason(found, "Billing")


async def test_nobody_waits(rig: Rig) -> None:
    """Where Genesys says that nobody waits, that is healthy."""
    queue(rig, waiting=())
    assert "healthy" == verdicts(await look(rig, Source.QUEUES))["Billing"]


@pytest.mark.parametrize("told", ["instant", "duration", "not"])
async def test_the_longest_wait(rig: Rig, told: str) -> None:
    """Whether it is told as an instant, as a length or not at all, the one who waits longest is found."""
    queue(rig, waiting=(30, 650, 5), told=told)
    queue(rig, "Sales", waiting=(30, 5), told=told)
    found = await look(rig, Source.QUEUES)
    assert ("breach", "healthy") == (verdicts(found)["Billing"], verdicts(found)["Sales"])
    assert reason(found, "Billing").startswith("somebody has waited for 10m5")


async def test_a_truncated_list(rig: Rig) -> None:
    """Of 500 who wait, the oldest is in the list however short it is."""
    queue(rig, waiting=tuple(range(200, 700)), told="not")
    found = await look(rig, Source.QUEUES)
    assert "breach" == verdicts(found)["Billing"]
    assert reason(found, "Billing").startswith("somebody has waited for 11m")


async def test_the_average_wait(rig: Rig) -> None:
    """An average above five minutes is a breach although nobody waits any more; exactly five minutes is none."""
    queue(rig, waiting=(), waits=(100, 501))
    queue(rig, "Sales", waits=(300, 300))
    found = await look(rig, Source.QUEUES)
    assert ("breach", "healthy") == (verdicts(found)["Billing"], verdicts(found)["Sales"])
    assert "the average wait is 5m, 5m is the most" == reason(found, "Billing")
    assert {"waiting": 0, "average_wait": 300.5} == found.findings[0].metrics


async def test_bounds_of_a_group(rig: Rig) -> None:
    """A group is judged by its own bounds."""
    queue(rig, waiting=(45,))
    strict = Group(name="strict", names=("billing",))
    bounds = strict.bounds.model_copy(update={"longest_wait": timedelta(seconds=30)})
    found = await look(rig, Source.QUEUES, strict.model_copy(update={"bounds": bounds}))
    assert {"Billing": "breach"} == verdicts(found)


async def test_few_requests(rig: Rig) -> None:
    """Three requests look at every queue: the list, who waits, how long they waited."""
    queue(rig, waiting=(5,))
    await look(rig, Source.QUEUES)
    rig.sandbox.genesys.requests.clear()
    await look(rig, Source.QUEUES)
    assert [
        f"{ANALYTICS}/conversations/activity/query",
        f"{ANALYTICS}/conversations/aggregates/query",
        "/api/v2/routing/queues/divisionviews/all",
    ] == sorted(each["path"] for each in rig.sandbox.genesys.requests)


async def test_a_permission_that_is_missing(rig: Rig) -> None:
    """Without the averages a long wait is still a breach; without all of it nobody is called healthy."""
    forbid(rig, f"{ANALYTICS}/conversations/aggregates/query")
    queue(rig, waiting=(650,))
    queue(rig, "Sales", waiting=(5,))
    found = await look(rig, Source.QUEUES)
    assert ("breach", "unknown") == (verdicts(found)["Billing"], verdicts(found)["Sales"])
    assert "a part of its waits could not be read" == reason(found, "Sales")
    assert ["the average wait in 3 queues"] == [gap.what for gap in found.gaps]


async def test_both_permissions_are_missing(rig: Rig) -> None:
    """Where nothing of the waits can be read there is no finding, not even an unknown one."""
    forbid(rig, f"{ANALYTICS}/conversations/aggregates/query")
    forbid(rig, f"{ANALYTICS}/conversations/activity/query")
    found = await look(rig, Source.QUEUES)
    assert ((), 2) == (found.findings, len(found.gaps))


async def test_capacity(rig: Rig) -> None:
    """Above 90 % of the calls or sessions in use is a breach of the organisation."""
    world = rig.sandbox.genesys.world
    assert {"Genesys Cloud organisation": "healthy"} == verdicts(await look(rig, Source.CAPACITY))
    world.capacity = Capacity(calls=100, sessions=1900)
    found = await look(rig, Source.CAPACITY)
    assert "95% of the capacity for calls is in use, 90% is the most" == reason(found, "Genesys Cloud organisation")
    assert {"Genesys Cloud organisation": "breach"} == verdicts(found)


async def test_a_capacity_that_is_not_told(rig: Rig) -> None:
    """A capacity of zero is unknown, no division and no breach."""
    rig.sandbox.genesys.world.capacity = Capacity(most_calls=0, most_sessions=0)
    assert ["unknown"] == list(verdicts(await look(rig, Source.CAPACITY)).values())


async def test_a_forbidden_capacity_blinds_nothing_else(rig: Rig) -> None:
    """403 on one endpoint is a gap of its source alone."""
    forbid(rig, "/api/v2/telephony/calls/metrics")
    found = await look(rig, Source.CAPACITY)
    assert ((), ["the capacity for calls"]) == (found.findings, [gap.what for gap in found.gaps])
    assert () == (await look(rig, Source.TRUNKS)).gaps
