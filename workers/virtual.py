"""Virtual time: a real Temporal server on which every workflow has a clock of its own, moved by hand."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from workers.binary import find_binary
from workers.bootstrap import register_attributes
from workers.plugin import plugins
from workers.tuning import dynamic_config

Handle = WorkflowHandle[Any, Any]


class VirtualTime:
    """Two clients of one server: what `client` starts stays in real time until it is moved, `skipping` never waits."""

    def __init__(self, environment: WorkflowEnvironment, client: Client) -> None:
        self._environment = environment
        self.client = client
        self.skipping = environment.client

    async def now(self, handle: Handle) -> datetime:
        """What the workflow's clock shows."""
        return await self._environment.get_current_time(handle)

    async def elapsed(self, handle: Handle) -> timedelta:
        """How much of its own time the workflow's run has seen."""
        described = await handle.describe()
        return await self.now(handle) - described.start_time

    async def move(self, handle: Handle, to: timedelta) -> bool:
        """Move the workflow's clock to exactly `to` after its start; False when it ended before.

        Returns when the clock is there and goes on in real time, so that a signal sent now arrives at that moment.
        The clock waits for whatever the workflow has under way: an activity, a workflow task, a child. Its start is
        the server's; the first workflow task, from which a workflow reckons, comes a few milliseconds later.
        """
        ahead = to - await self.elapsed(handle)
        if ahead <= timedelta(0):
            raise ValueError(f"the workflow's clock is already {-ahead} past {to}")
        return await self._environment.fast_forward(handle, ahead)

    async def finish(self, handle: Handle) -> None:
        """Let the workflow's clock skip whatever it waits for until it ends; one that has ended has no clock."""
        if (await handle.describe()).status is WorkflowExecutionStatus.RUNNING:
            await self._environment.fast_forward(handle)


@asynccontextmanager
async def virtual_time(*values: str) -> AsyncIterator[VirtualTime]:
    """Start a server in memory with virtual time, and stop it at the end. Raises BinaryMissing.

    `values` are more of its dynamic configuration, such as `limit.historyCount.suggestContinueAsNew=40`.
    """
    more = [part for value in values for part in ("--dynamic-config-value", value)]
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=str(find_binary()),
        dev_server_extra_args=["--output", "none", *dynamic_config(time_skipping=True), *more],
        dev_server_log_level="error",
        dev_server_startup_timeout=timedelta(seconds=30),
        plugins=plugins(),
    )
    async with environment:
        client = await environment.connect_client(plugins=plugins())
        await register_attributes(client)
        yield VirtualTime(environment, client)
