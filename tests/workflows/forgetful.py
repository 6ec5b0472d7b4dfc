"""Workers that forget every incident after each task, as if they were killed between any two events."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

from activities.paging import Paging
from activities.readings import Readings
from activities.remediation import Remediation
from activities.texting import Texting
from holdline.domain import queues
from tests.support.outside import Outside
from workflows.incident import IncidentWorkflow


@asynccontextmanager
async def forgetful(client: Client, outside: Outside) -> AsyncIterator[None]:
    """Run workers for the four task queues; each workflow task replays the whole history."""
    readings, paging, texting = Readings(outside, outside), Paging(outside), Texting(outside)
    genesys: list[Callable[..., Any]] = [
        readings.read_trunk,
        readings.read_routes,
        readings.survey,
        Remediation(outside).change_route,
    ]
    workers = [
        Worker(client, task_queue=queues.GENESYS, activities=genesys),
        Worker(client, task_queue=queues.PAGERDUTY, activities=[paging.page, paging.ask_page, paging.close_page]),
        Worker(client, task_queue=queues.TWILIO, activities=[texting.text]),
        Worker(
            client,
            task_queue=queues.INCIDENTS,
            workflows=[IncidentWorkflow],
            workflow_failure_exception_types=[Exception],
            max_cached_workflows=0,
        ),
    ]
    async with AsyncExitStack() as stack:
        for worker in workers:
            await stack.enter_async_context(worker)
        yield
