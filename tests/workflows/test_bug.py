"""A bug in the workflow's code holds the incident where it is: the repaired release goes on from there."""

import asyncio

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus
from temporalio.worker import Worker

from holdline.domain import queues
from tests.support.scene import crew, scene
from tests.workflows.changed import Broken
from workers.virtual import VirtualTime


async def test_incident_waits_for_the_repair(virtual: VirtualTime) -> None:
    """The incident stays open, its events are kept, and a worker without the bug pages."""
    async with scene(virtual, staffed=False) as story:
        async with Worker(virtual.client, task_queue=queues.INCIDENTS, workflows=[Broken]):
            await story.fails()
            await asyncio.sleep(1)
        assert WorkflowExecutionStatus.RUNNING is (await story.handle.describe()).status
        kinds = [event.event_type for event in (await story.handle.fetch_history()).events]
        assert EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED in kinds
        async with crew(virtual.client, story.outside):
            for _ in range(400):
                if story.outside.count("page", "one"):
                    break
                await asyncio.sleep(0.1)
            assert ["first"] == [page.tier for page in (await story.snapshot()).pages]
