"""Workers at work: started together, ended together, with time for what is under way."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

from holdline.settings.sections import Worker as WorkerSettings
from workers.spec import WorkerSpec

log = logging.getLogger(__name__)


async def serve(
    client: Client,
    specs: Sequence[WorkerSpec],
    settings: WorkerSettings,
    stop: asyncio.Event,
    beside: Sequence[Coroutine[Any, Any, None]] = (),
) -> None:
    """Work until `stop` is set, then let running activities end within the setting's time.

    What goes on `beside` the work is cancelled then. When one of them fails, all end and its error is raised (in an
    ExceptionGroup).
    """
    workers = [_worker(client, spec, settings) for spec in specs]
    async with asyncio.TaskGroup() as group:
        for worker in workers:
            group.create_task(worker.run())
        others = [group.create_task(each) for each in beside]
        log.info("working on %s", ", ".join(spec.task_queue for spec in specs))
        await stop.wait()
        for other in others:
            other.cancel()
        log.info("stopping; running calls have %gs to end", settings.graceful_shutdown.total_seconds())
        await asyncio.gather(*[worker.shutdown() for worker in workers])


def _worker(client: Client, spec: WorkerSpec, settings: WorkerSettings) -> Worker:
    return Worker(
        client,
        task_queue=spec.task_queue,
        workflows=spec.workflows,
        activities=spec.activities,
        max_cached_workflows=settings.max_cached_workflows,
        max_concurrent_activities=spec.max_concurrent_activities or settings.max_concurrent_activities,
        # Without it the SDK cancels what runs at once, and it runs again elsewhere.
        graceful_shutdown_timeout=settings.graceful_shutdown,
    )
