"""Temporal for tests: a server per session, a task queue and workflow ids per test."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Worker

from holdline.domain.gate_messages import GATE
from workers.bootstrap import register_attributes
from workers.datadir import Server
from workers.plugin import plugins
from workers.server import ServerSpec, start, stop

_NUMBERS = count(1)


def unique(name: str) -> str:
    """Return a name that no other test of this session uses."""
    return f"{name}-{next(_NUMBERS)}"


@asynccontextmanager
async def embedded_server(data_dir: Path) -> AsyncIterator[Server]:
    """Run an embedded server on free ports, without a console, and stop it at the end."""
    server = await start(ServerSpec(data_dir, port=0, ui_port=None))
    try:
        await register_attributes(await connected(server))
        yield server
    finally:
        await stop(data_dir)


async def connected(server: Server) -> Client:
    """Connect a client as the product does."""
    return await Client.connect(server.address, plugins=plugins())


async def end_all(client: Client) -> None:
    """Terminate every workflow but the gate, which grants nothing for a while after that."""
    left = [each.id async for each in client.list_workflows("ExecutionStatus = 'Running'")]
    at_once = asyncio.Semaphore(20)
    await asyncio.gather(*(_end(client, each, at_once) for each in left if each != GATE))


async def _end(client: Client, workflow_id: str, at_once: asyncio.Semaphore) -> None:
    async with at_once:
        with suppress(RPCError):
            await client.get_workflow_handle(workflow_id).terminate("the test is over")


@asynccontextmanager
async def working(
    client: Client,
    workflows: Sequence[type] = (),
    activities: Sequence[Callable[..., Any]] = (),
    queue: str | None = None,
) -> AsyncIterator[str]:
    """Run a worker and yield its task queue. A bug in a workflow fails the workflow at once."""
    name = queue or unique("queue")
    async with Worker(
        client,
        task_queue=name,
        workflows=workflows,
        activities=activities,
        workflow_failure_exception_types=[Exception],
    ):
        yield name
