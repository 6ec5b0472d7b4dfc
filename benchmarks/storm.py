"""A storm at the gateway's door: 20,000 signed events of 20 trunks, against bare Starlette with the same check."""

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from temporalio.client import Client

from benchmarks.figure import Figure, cost, rate, run
from benchmarks.stage import Stage, stage
from benchmarks.storm_load import Seen
from benchmarks.storm_requests import KEYS, trunk
from holdline.domain.incident import IncidentKind
from holdline.domain.keys import workflow_id

EVENTS = 20_000
ROUNDS = 3
# On a machine too busy for all rounds no new one begins after this.
WITHIN = timedelta(seconds=36)
_PATIENCE = timedelta(seconds=120)
_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Server:
    """A process that stands in the storm."""

    port: int
    pid: int

    def cpu(self) -> timedelta:
        """The processor time it has used (Linux)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return timedelta(seconds=(int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))


async def storm() -> Figure:
    """Let both stand in a storm in turns; the medians count, and the incidents are counted after each."""
    floor: list[Seen] = []
    ours: list[Seen] = []
    async with stage() as here, _floor() as bare, _gateway(here) as gateway:
        until = time.perf_counter() + WITHIN.total_seconds()
        while len(ours) < ROUNDS and (not ours or time.perf_counter() < until):
            floor.append(await _send("floor", bare, len(floor)))
            ours.append(await _send("ours", gateway, len(ours)))
            print(await _incidents(here.client, gateway, len(ours)), flush=True)
    print(cost("gateway_storm_p99", _middle(each.p99 for each in ours), _middle(each.p99 for each in floor), "ms"))
    return rate("gateway_storm", _middle(each.rate for each in ours), _middle(each.rate for each in floor), "events/s")


def _middle(values: Iterable[float]) -> float:
    return statistics.median(values)


async def _send(name: str, server: Server, number: int) -> Seen:
    """One storm, from a process of its own."""
    before = server.cpu()
    arguments = ("-m", "benchmarks.storm_load", str(server.port), str(number), str(EVENTS))
    sender = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=_ROOT, stdout=asyncio.subprocess.PIPE)
    output, _ = await sender.communicate()
    assert 0 == sender.returncode, "the sender could not send everything"
    seen = Seen(**json.loads(output))
    assert EVENTS == seen.accepted, f"{EVENTS - seen.accepted} events were not accepted"
    cpu = (server.cpu() - before) / EVENTS / timedelta(microseconds=1)
    print(
        f"{name:6} {seen.rate:7.0f} events/s   p50 {seen.p50:6.1f} ms   p99 {seen.p99:6.1f} ms   "
        f"{cpu:4.0f} µs CPU an event",
        flush=True,
    )
    return seen


async def _incidents(client: Client, gateway: Server, storms: int) -> str:
    """Wait until the journal is empty; each storm must have opened one incident a trunk, and nothing else."""
    began = time.perf_counter()
    await _drained(gateway)
    seconds = time.perf_counter() - began
    names = [workflow_id(IncidentKind.TRUNK_FAILURE, trunk(storms - 1, key)) for key in range(KEYS)]
    longest = max([(await client.get_workflow_handle(name).describe()).history_length for name in names])
    started = await _started(client, KEYS * storms) - KEYS * (storms - 1)
    assert KEYS == started, f"{started} incidents started instead of {KEYS}"
    return f"       incidents started = {started}, longest history {longest} events, drained {seconds:.1f} s later"


async def _started(client: Client, expected: int) -> int:
    """How many incidents the server knows; its list is a moment behind."""
    found = 0
    async with asyncio.timeout(_PATIENCE.total_seconds()):
        while found < expected:
            found = (await client.count_workflows("WorkflowType = 'Incident'")).count
            await asyncio.sleep(0.2 if found < expected else 0)
    return found


async def _drained(gateway: Server) -> None:
    """Wait until nothing is left to deliver."""
    url = f"http://127.0.0.1:{gateway.port}/readyz"
    async with httpx.AsyncClient(timeout=30, trust_env=False) as http, asyncio.timeout(_PATIENCE.total_seconds()):
        waiting = 1
        while waiting:
            waiting = (await http.get(url)).json()["waiting"]
            await asyncio.sleep(0.2 if waiting else 0)


@asynccontextmanager
async def _floor() -> AsyncIterator[Server]:
    async with _process("benchmarks.storm_floor") as server:
        yield server


@asynccontextmanager
async def _gateway(here: Stage) -> AsyncIterator[Server]:
    with TemporaryDirectory(prefix="holdline-storm-") as folder:
        async with _process("benchmarks.storm_gateway", here.server.address, f"{folder}/journal.db") as server:
            yield server


@asynccontextmanager
async def _process(module: str, *arguments: str) -> AsyncIterator[Server]:
    """Run a server that prints its port once it listens."""
    command = (sys.executable, "-m", module, *arguments)
    process = await asyncio.create_subprocess_exec(*command, cwd=_ROOT, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        port = await process.stdout.readline()
        assert port, f"{module} did not start"
        yield Server(int(port), process.pid)
        assert process.returncode is None, f"{module} ended with status {process.returncode}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


if __name__ == "__main__":
    run(storm())
