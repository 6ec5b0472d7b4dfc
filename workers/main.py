"""A worker process: connect, prepare the server, work by role, end gracefully."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.service import RPCError

from activities.gatekeeping import open_gate
from holdline.clients.budgets import Budgets
from holdline.domain import queues
from holdline.settings import Role, Settings
from workers.bootstrap import bootstrap
from workers.budgets import budgets, limits
from workers.checkups import keep_checking
from workers.connection import connect
from workers.gauge import RuntimeGauge
from workers.health import health, reaches
from workers.runtime import runtime
from workers.sentinel import watch_detectors
from workers.serving import serve
from workers.sharing import share_out
from workers.spec import WorkerSpec, closing
from workers.throttling import watch_throttling
from workers.undelivered import watch_letters
from workers.wiring import build, credentials

log = logging.getLogger(__name__)

_PATIENCE = timedelta(minutes=5)


class WorkerFailed(Exception):
    """A worker process cannot work; the sentence says why."""


async def run_worker(
    settings: Settings, roles: Sequence[Role] | None = None, stop: asyncio.Event | None = None
) -> None:
    """Work on the roles (those of the settings unless others are given) until SIGTERM, SIGINT or `stop`.

    Raises WorkerFailed, or TemporalUnreachable after five minutes without an answer.
    """
    purse = Budgets(limits(settings), settings.worker.processes, RuntimeGauge(runtime(settings.telemetry.metrics)))
    specs = build(settings, tuple(roles or settings.worker.roles), purse)
    if not specs:
        raise WorkerFailed("There is nothing to work on: none of the vendors of these roles has a section.")
    stopping = stop if stop is not None else _on_signals()
    async with closing(specs):
        while not stopping.is_set():
            client = await _unless(stopping, _boot(settings, specs))
            if client is not None:
                await _work(client, specs, settings, stopping, purse)


async def _boot(settings: Settings, specs: Sequence[WorkerSpec]) -> Client:
    """Connect and tell the server what it must know; when it goes away meanwhile, begin again."""
    while True:
        client = await connect(settings, _PATIENCE, identity=f"holdline-worker-{os.getpid()}@{socket.gethostname()}")
        try:
            for sentence in await bootstrap(client, budgets(settings)):
                log.warning(sentence)
            if any(spec.task_queue == queues.INCIDENTS for spec in specs):
                await open_gate(client, settings.gate)
            await keep_checking(client, credentials(settings), settings.preflight.every)
        except RPCError as error:
            if await reaches(client)() is None:
                raise WorkerFailed(
                    f"Temporal's namespace {client.namespace} cannot be used: {error.message}."
                ) from None
            log.warning("Temporal went away while it was prepared; connecting again")
        else:
            return client


async def _work(
    client: Client, specs: list[WorkerSpec], settings: Settings, stopping: asyncio.Event, purse: Budgets
) -> None:
    """Work until asked to stop. A worker that could not start because Temporal was gone is no failure."""
    try:
        async with health(settings.worker.health, reaches(client)):
            beside = (share_out(client, purse, settings.worker.processes), watch_throttling(client, purse, settings))
            await serve(client, specs, settings.worker, stopping, [*_beside(client, specs, settings), *beside])
    except ExceptionGroup as group:
        log.debug("the workers ended", exc_info=group)
        if await reaches(client)() is None:
            reasons = "; ".join(str(error) for error in group.exceptions)
            raise WorkerFailed(f"The workers ended: {reasons}.") from group
        log.warning("Temporal went away while the workers started; connecting again")


def _beside(client: Client, specs: list[WorkerSpec], settings: Settings) -> list[Coroutine[Any, Any, None]]:
    """Whoever works on incidents looks after the detectors as well."""
    if any(spec.task_queue == queues.INCIDENTS for spec in specs):
        return [watch_detectors(client, settings), watch_letters(client, settings)]
    return []


async def _unless(stopping: asyncio.Event, work: Coroutine[Any, Any, Client]) -> Client | None:
    """Do the work, or give it up and return None as soon as the process is to stop."""
    doing, asked = asyncio.create_task(work), asyncio.create_task(stopping.wait())
    await asyncio.wait({doing, asked}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if doing.done():
        return doing.result()
    doing.cancel()
    return None


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
