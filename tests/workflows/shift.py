"""A crew of which some are missing, or forget every incident after each task as if they were killed in between."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from temporalio.client import Client
from temporalio.worker import Worker

from activities.gatekeeping import open_gate
from holdline.domain import queues
from holdline.domain.gate import Limits
from tests.support.outside import Outside
from tests.support.scene import GATE_LIMITS, gate_rests, inside, jobs
from workflows.gate import GateWorkflow
from workflows.incident import IncidentWorkflow


@asynccontextmanager
async def shift(
    client: Client,
    outside: Outside,
    absent: tuple[str, ...] = (),
    forgetful: bool = False,
    limits: Limits = GATE_LIMITS,
) -> AsyncIterator[None]:
    """Run workers for the task queues that are not `absent`; a `forgetful` one replays the history at every task."""
    activities = jobs(outside)
    incidents = Worker(
        client,
        task_queue=queues.INCIDENTS,
        workflows=[IncidentWorkflow, GateWorkflow],
        activities=inside(limits=limits),
        workflow_failure_exception_types=[Exception],
        max_cached_workflows=0 if forgetful else 1000,
    )
    async with AsyncExitStack() as stack:
        for queue in activities.keys() - set(absent):
            await stack.enter_async_context(Worker(client, task_queue=queue, activities=activities[queue]))
        await stack.enter_async_context(incidents)
        await open_gate(client, limits)
        try:
            yield
        finally:
            await gate_rests(client)
