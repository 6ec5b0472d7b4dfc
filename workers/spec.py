"""What one worker polls: a task queue, and what it can do with the tasks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class WorkerSpec:
    """One worker of a process; without `max_concurrent_activities` the setting of that name counts."""

    task_queue: str
    workflows: tuple[type, ...] = ()
    activities: tuple[Callable[..., Any], ...] = ()
    max_concurrent_activities: int | None = None
