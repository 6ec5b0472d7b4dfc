"""What one worker polls: a task queue, and what it can do with the tasks."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol


class Connected(Protocol):
    """A client of a vendor, which keeps connections."""

    async def aclose(self) -> None:
        """Close them."""


@dataclass(frozen=True)
class WorkerSpec:
    """One worker of a process; without `max_concurrent_activities` the setting of that name counts.

    `clients` are those that its activities call.
    """

    task_queue: str
    workflows: tuple[type, ...] = ()
    activities: tuple[Callable[..., Any], ...] = ()
    max_concurrent_activities: int | None = None
    clients: tuple[Connected, ...] = ()


@asynccontextmanager
async def closing(specs: Sequence[WorkerSpec]) -> AsyncIterator[None]:
    """Close the clients of all of them at the end, when nobody works any more."""
    async with AsyncExitStack() as stack:
        for client in (each for spec in specs for each in spec.clients):
            await stack.enter_async_context(aclosing(client))
        yield
