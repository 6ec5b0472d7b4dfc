"""A server in virtual time whose incidents must go on as new after a few dozen events."""

from contextlib import AbstractAsyncContextManager

from workers.virtual import VirtualTime, virtual_time


def short_histories() -> AbstractAsyncContextManager[VirtualTime]:
    """Run a server that suggests to continue as new at 40 events instead of 4,096."""
    return virtual_time("limit.historyCount.suggestContinueAsNew=40")
