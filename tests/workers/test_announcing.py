"""What a detector announces reaches the incidents, once, on a real server."""

from datetime import UTC, datetime

import pytest
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import ActivityEnvironment

from activities.announcing import Announcement, Announcing
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind
from holdline.domain.keys import workflow_id
from holdline.domain.observation import Observation, Verdict
from holdline.domain.runbook import completed
from tests.support.scene import RUNBOOK
from tests.support.temporal import unique

RUNBOOKS = completed({IncidentKind.TRUNK_FAILURE: RUNBOOK})


def seen(queue: str, verdict: Verdict = Verdict.BREACH) -> Observation:
    """An observation of a queue."""
    return Observation(
        event_id=f"detector/queues:{queue}:1774785600",
        source="polling queues",
        kind=IncidentKind.QUEUE_OVERFLOW,
        entity=Entity(kind=EntityKind.QUEUE, id=queue),
        verdict=verdict,
        at=datetime.now(UTC),
    )


async def announce(client: Client, *observations: Observation) -> None:
    """Announce as a worker does."""
    environment = ActivityEnvironment(client=client)
    await environment.run(Announcing(RUNBOOKS).announce, Announcement(observations=observations))


async def signals(client: Client, queue: str) -> int:
    """How many signals an incident has."""
    found = client.get_workflow_handle(workflow_id(IncidentKind.QUEUE_OVERFLOW, queue))
    events = (await found.fetch_history()).events
    return sum(event.HasField("workflow_execution_signaled_event_attributes") for event in events)


async def test_a_retry_is_one_event(client: Client) -> None:
    """Announced again after a lost answer, each incident has one signal."""
    queues = [unique("queue") for _ in range(40)]
    for _ in range(2):
        await announce(client, *(seen(queue) for queue in queues))
    assert {1} == {await signals(client, queue) for queue in queues}
    for queue in queues:
        await client.get_workflow_handle(workflow_id(IncidentKind.QUEUE_OVERFLOW, queue)).terminate()


async def test_the_end_of_nothing(client: Client) -> None:
    """A good look of an entity without an incident opens none."""
    queue = unique("queue")
    await announce(client, seen(queue, Verdict.HEALTHY))
    with pytest.raises(RPCError, match="not found"):
        await signals(client, queue)
