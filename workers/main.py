"""A worker process: connect, prepare the server, work by role, end gracefully."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Sequence
from datetime import timedelta

from temporalio.client import Client
from temporalio.service import RPCError

from holdline.settings import Role, Settings
from workers.bootstrap import bootstrap
from workers.budgets import budgets
from workers.connection import connect
from workers.health import health, reaches
from workers.serving import serve
from workers.spec import WorkerSpec
from workers.wiring import build

log = logging.getLogger(__name__)

_BOOT = timedelta(minutes=5)


class WorkerFailed(Exception):
    """A worker process cannot work; the sentence says why."""


async def run_worker(
    settings: Settings, roles: Sequence[Role] | None = None, stop: asyncio.Event | None = None
) -> None:
    """Work on the roles (those of the settings unless others are given) until SIGTERM, SIGINT or `stop`.

    Raises WorkerFailed, or TemporalUnreachable after five minutes without an answer.
    """
    specs = build(settings, tuple(roles or settings.worker.roles))
    if not specs:
        raise WorkerFailed("There is nothing to work on: none of the vendors of these roles has a section.")
    client = await connect(settings, _BOOT, identity=f"holdline-worker-{os.getpid()}@{socket.gethostname()}")
    await prepare(client, settings)
    stopped = stop if stop is not None else _on_signals()
    async with health(settings.worker.health, reaches(client)):
        await _work(client, specs, settings, stopped)


async def prepare(client: Client, settings: Settings) -> None:
    """Register what the server must know; what somebody else has to do is logged. Raises WorkerFailed."""
    try:
        for sentence in await bootstrap(client, budgets(settings)):
            log.warning(sentence)
    except RPCError as error:
        raise WorkerFailed(f"Temporal's namespace {client.namespace} cannot be used: {error.message}.") from None


async def _work(client: Client, specs: list[WorkerSpec], settings: Settings, stop: asyncio.Event) -> None:
    try:
        await serve(client, specs, settings.worker, stop)
    except ExceptionGroup as group:
        log.debug("the workers ended", exc_info=group)
        reasons = "; ".join(str(error) for error in group.exceptions)
        raise WorkerFailed(f"The workers ended: {reasons}.") from group


def _on_signals() -> asyncio.Event:
    """Set an event on the first signal; the second one ends the process at once."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def ask() -> None:
        stop.set()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(each)

    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, ask)
    return stop
