"""Sharing the budgets with the processes there really are: more than the settings say make everybody's part smaller."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from holdline.clients.budgets import Budgets
from workers.budgets import QUEUES

log = logging.getLogger(__name__)

EVERY: Final = timedelta(seconds=10)
_ALIVE: Final = timedelta(seconds=90)
"""A poll lasts a minute: whoever has not begun one for longer is gone.

The server keeps the instant at which a poll began, and forgets nobody for minutes. A worker that idles was last heard
of up to 61 s ago, as is one that was killed a second after it began its poll: no bound below that tells them apart. The
rest is for a worker whose places are all taken, which begins no poll until one is free. So whoever is killed counts for
30 to 90 s longer, which makes the parts of the others smaller, never the whole greater.
"""
_PATIENCE: Final = timedelta(seconds=5)


async def share_out(
    client: Client, budgets: Budgets, processes: int, every: timedelta = EVERY, queues: Mapping[str, str] = QUEUES
) -> None:
    """Divide each budget by the processes of the settings, or by those that poll if they are more, until cancelled."""
    told = processes
    while True:
        try:
            seen = {vendor: await pollers(client, queue) for vendor, queue in queues.items()}
        except (RPCError, RuntimeError) as error:
            log.debug("the workers could not be counted: %s", error)
        else:
            budgets.divide({vendor: max(processes, number) for vendor, number in seen.items()})
            if max(seen.values()) > told:
                told = max(seen.values())
                log.warning("%d worker processes share the budgets; set worker.processes, which is %d", told, processes)
        await asyncio.sleep(every.total_seconds())


async def pollers(
    client: Client, queue: str, kind: TaskQueueType.ValueType = TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
) -> int:
    """How many processes poll a queue now, for activities unless another kind is said. Raises RPCError."""
    request = DescribeTaskQueueRequest(namespace=client.namespace, task_queue_type=kind)
    request.task_queue.name = queue
    found = await client.workflow_service.describe_task_queue(request, timeout=_PATIENCE)
    alive = datetime.now(UTC) - _ALIVE
    return len({each.identity for each in found.pollers if each.last_access_time.ToDatetime(UTC) > alive})
