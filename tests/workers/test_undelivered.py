"""S3.14: dead letters that grow in number are an incident of their own."""

from datetime import UTC, datetime

from temporalio.client import Client

from holdline.domain.incident import IncidentKind
from holdline.domain.keys import workflow_id
from holdline.domain.messages import SNAPSHOT, Snapshot
from holdline.undelivered import Pile
from tests.support.estate import real_crew
from tests.support.outside import Outside
from tests.support.scene import RUNBOOK
from tests.support.temporal import unique
from workers.undelivered import count


async def test_too_many_open_an_incident(client: Client) -> None:
    """From the tenth on it opens, with the number; fewer open nothing."""
    place = unique("tickets")
    pile = Pile(client, place, 10, RUNBOOK)
    incident = client.get_workflow_handle(workflow_id(IncidentKind.DEAD_LETTERS, f"deadletters-{place}"))
    async with real_crew(client, Outside()):
        await pile.counted(9, datetime.now(UTC))
        assert not [each async for each in client.list_workflows(f"WorkflowId = '{incident.id}'")]
        await pile.counted(10, datetime.now(UTC))
        told = await incident.query(SNAPSHOT, result_type=Snapshot)
        assert "10 dead letters, 10 are too many" in told.timeline[0].text
    await incident.terminate()


async def test_none_is_none(client: Client) -> None:
    """Where no ticket waits nothing is opened, and nothing fails."""
    place = unique("tickets")
    await count(client, Pile(client, place, 1, RUNBOOK))
    opened = workflow_id(IncidentKind.DEAD_LETTERS, f"deadletters-{place}")
    assert [] == [each.id async for each in client.list_workflows(f"WorkflowId = '{opened}'")]
