"""A server in virtual time whose incidents must go on as new after a few dozen events."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio.testing import WorkflowEnvironment

from workers.binary import find_binary
from workers.bootstrap import register_attributes
from workers.plugin import plugins
from workers.tuning import dynamic_config
from workers.virtual import VirtualTime

_SHORT = ("--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=40")


@asynccontextmanager
async def short_histories() -> AsyncIterator[VirtualTime]:
    """Run a server that suggests to continue as new at 40 events instead of 4,096."""
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=str(find_binary()),
        dev_server_extra_args=["--output", "none", *dynamic_config(time_skipping=True), *_SHORT],
        dev_server_log_level="error",
        dev_server_startup_timeout=timedelta(seconds=30),
        plugins=plugins(),
    )
    async with environment:
        client = await environment.connect_client(plugins=plugins())
        await register_attributes(client)
        yield VirtualTime(environment, client)
