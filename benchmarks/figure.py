"""What a benchmark finds: our figure, the floor's, and how far the one is from the other."""

import asyncio
import json
import os
import signal
import sys
import traceback
from collections.abc import Coroutine
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One result. `ratio` is how much dearer ours is than the floor: 1.0 is the floor itself, 2.0 twice its cost."""

    name: str
    ours: float
    floor: float
    ratio: float
    unit: str

    def __str__(self) -> str:
        return json.dumps({key: _short(value) for key, value in asdict(self).items()})


def cost(name: str, ours: float, floor: float, unit: str) -> Figure:
    """A figure of which less is better."""
    return Figure(name, ours, floor, ours / floor, unit)


def rate(name: str, ours: float, floor: float, unit: str) -> Figure:
    """A figure of which more is better."""
    return Figure(name, ours, floor, floor / ours, unit)


def _short(value: object) -> object:
    return round(value, 2) if isinstance(value, float) else value


def run(benchmark: Coroutine[Any, Any, Figure]) -> None:
    """Run a benchmark, print its figure as the last line, and end without the interpreter's farewell.

    The SDK's threads sometimes hold or crash a process that ends in the ordinary way.
    """
    status = 1
    try:
        print(asyncio.run(_interruptible(benchmark)))
        status = 0
    finally:
        if status:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


async def _interruptible(benchmark: Coroutine[Any, Any, Figure]) -> Figure:
    """Clear away what the benchmark has started also when it is asked to end."""
    task = asyncio.ensure_future(benchmark)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task
