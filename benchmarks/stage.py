"""Where a benchmark runs: a fresh embedded server with our tuning, our workers and the floor's."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client

from activities.gatekeeping import Gatehouse
from activities.paging import Paging
from activities.readings import Readings
from activities.remediation import Remediation
from benchmarks import bare
from benchmarks.arrivals import Arrivals
from benchmarks.calls import Calls
from benchmarks.outside import Outside
from benchmarks.vendors import Vendors
from holdline.domain import queues
from holdline.domain.change import ActionKind
from holdline.domain.gate import MOST, Limits
from holdline.domain.incident import IncidentKind
from holdline.settings import Role
from holdline.settings.sections import Worker as WorkerSettings
from workers.bootstrap import register_attributes
from workers.datadir import Server
from workers.plugin import plugins
from workers.server import ServerSpec, start, stop
from workers.serving import serve
from workers.spec import WorkerSpec
from workers.wiring import build
from workflows.gate import GateWorkflow
from workflows.incident import IncidentWorkflow

_WORKER = WorkerSettings(graceful_shutdown=timedelta(seconds=5))


@dataclass(frozen=True)
class Stage:
    """A server and a client of it."""

    server: Server
    client: Client

    def server_cpu(self) -> timedelta:
        """The processor time that the server's process has used (Linux)."""
        fields = Path(f"/proc/{self.server.pid}/stat").read_text().rpartition(")")[2].split()
        return timedelta(seconds=(int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Run a tuned server on a fresh data directory, and clear everything away."""
    with tempfile.TemporaryDirectory(prefix="holdline-bench-") as folder:
        directory = Path(folder)
        server = await start(ServerSpec(directory, port=0, ui_port=None))
        try:
            client = await Client.connect(server.address, plugins=plugins())
            await register_attributes(client)
            yield Stage(server, client)
        finally:
            await stop(directory)


@asynccontextmanager
async def working(client: Client, specs: Sequence[WorkerSpec]) -> AsyncIterator[None]:
    """Run workers as the product does."""
    ended = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(serve(client, specs, _WORKER, ended))
        try:
            yield
        finally:
            ended.set()


def floor(calls: Calls) -> list[WorkerSpec]:
    """The floor, spread over as many queues as ours."""
    return [
        WorkerSpec(bare.INCIDENTS, workflows=(bare.Bare,), activities=(calls.next,)),
        WorkerSpec(bare.GENESYS, activities=(calls.first, calls.next)),
        WorkerSpec(bare.PAGERDUTY, activities=(calls.next,)),
    ]


def in_memory(arrivals: Arrivals) -> list[WorkerSpec]:
    """Our workers before vendors that answer at once."""
    outside = Outside(arrivals)
    levers = dict.fromkeys(ActionKind, outside)
    remediation, paging = Remediation(levers), Paging(outside)
    readings = Readings({IncidentKind.TRUNK_FAILURE: outside}, remediation)
    gatehouse = Gatehouse(Limits(cap=MOST, blast_trunks=10_000))
    genesys = (readings.survey, readings.read, remediation.plan, remediation.change)
    return [
        WorkerSpec(queues.INCIDENTS, workflows=(IncidentWorkflow, GateWorkflow), activities=(gatehouse.claim_at_gate,)),
        WorkerSpec(queues.GENESYS, activities=genesys),
        WorkerSpec(queues.PAGERDUTY, activities=(paging.page, paging.ask_page, paging.silence_page, paging.close_page)),
    ]


def wired(vendors: Vendors) -> list[WorkerSpec]:
    """Our workers with the product's own clients, before the simulators."""
    return build(vendors.settings(), (Role.INCIDENTS, Role.GENESYS, Role.PAGERDUTY))
