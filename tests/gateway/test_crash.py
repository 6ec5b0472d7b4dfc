"""The gateway dies at any moment, and Temporal with it: nothing that was answered is lost, nothing is told twice."""

import asyncio
import os
import random
import signal
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from temporalio.client import Client

from holdline.freeport import free_port
from tests.gateway.events import event, raw, signed, trunk
from tests.gateway.process import Process
from tests.gateway.running import eventually, rows, told
from tests.support.temporal import connected, embedded_server
from workers.datadir import Server


@asynccontextmanager
async def process(temporal: str, folder: Path) -> AsyncIterator[Process]:
    """A gateway process, killed at the end."""
    gateway = Process(free_port(), temporal, folder)
    await gateway.start()
    try:
        yield gateway
    finally:
        await gateway.kill()


class Sender:
    """Sends events one after the other as a vendor does: again and again until each is answered 202."""

    def __init__(self, url: str, entity: str) -> None:
        self.entity = entity
        self.accepted: list[str] = []
        self._url = url

    async def send(self, events: int) -> None:
        """Send so many."""
        async with httpx.AsyncClient(base_url=self._url, timeout=5, trust_env=False) as http:
            for _ in range(events):
                await self._deliver(http)

    async def _deliver(self, http: httpx.AsyncClient) -> None:
        value = event(self.entity)
        body = raw(value)

        async def answered() -> bool:
            with suppress(httpx.TransportError):
                answer = await http.post("/v1/events", content=body, headers=signed(body))
                assert answer.status_code in (202, 503)
                return answer.status_code == 202
            return False

        await eventually(answered)
        self.accepted.append(value["event_id"])


async def heard(client: Client, sender: Sender) -> list[str]:
    """What the incident of a sender was told, in order, once everything that was accepted is among it."""

    async def look() -> list[str] | None:
        found = [event_id for each in await told(client, sender.entity) for event_id in each.ids]
        return found if set(sender.accepted) <= set(found) else None

    found = await eventually(look)
    assert {1} == set(Counter(found).values())
    return found


@pytest.mark.long
async def test_kills_at_random_moments_lose_and_double_nothing(client: Client, tmp_path: Path) -> None:
    """G1: between commit and answer, between answer and drain, mid-drain: whenever SIGKILL comes."""
    chance = random.Random(20260329)
    senders: list[Sender] = []
    async with process(client.service_client.config.target_host, tmp_path) as gateway:
        senders += [Sender(gateway.url, trunk()) for _ in range(5)]
        sending = asyncio.gather(*(sender.send(40) for sender in senders))
        for _ in range(5):
            await asyncio.sleep(chance.uniform(0.02, 0.5))
            await gateway.kill()
            await gateway.start()
        await sending
        for sender in senders:
            assert sender.accepted == await heard(client, sender)
    ledger = {event_id for (event_id,) in rows(tmp_path / "journal.db", "SELECT event_id FROM events")}
    assert {event_id for sender in senders for event_id in sender.accepted} == ledger


@asynccontextmanager
async def frozen(server: Server) -> AsyncIterator[None]:
    """Temporal stands still and keeps its connections."""
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGCONT)


async def test_a_kill_while_temporal_stands_still_doubles_nothing(tmp_path: Path) -> None:
    """Mid-drain for sure: the signal is under way, nobody knows whether it arrived, and the gateway is gone."""
    async with embedded_server(tmp_path / "temporal") as server:
        client = await connected(server)
        async with process(server.address, tmp_path) as gateway:
            senders = [Sender(gateway.url, trunk()) for _ in range(4)]
            for sender in senders:
                await sender.send(1)
            async with frozen(server):
                await asyncio.gather(*(sender.send(3) for sender in senders))
                await eventually(lambda: bound_batches(tmp_path))
                await gateway.kill()
            await gateway.start()
            for sender in senders:
                assert sender.accepted == await heard(client, sender)


async def bound_batches(folder: Path) -> int:
    """How many batches are written down and not confirmed."""
    ((count,),) = rows(folder / "journal.db", "SELECT count(*) FROM batches WHERE state = 'batched'")
    return int(count)


async def test_sigterm_finishes_and_leaves_the_rest(tmp_path: Path) -> None:
    """It ends with status 0 although Temporal is away, and what was answered is in the journal."""
    async with process("127.0.0.1:1", tmp_path) as gateway:
        sender = Sender(gateway.url, trunk())
        await sender.send(20)
        assert 0 == await gateway.stop()
        assert "Traceback" not in gateway.log()
    ledger = {event_id for (event_id,) in rows(tmp_path / "journal.db", "SELECT event_id FROM events")}
    assert set(sender.accepted) == ledger


async def test_the_event_is_on_disk_before_the_answer(tmp_path: Path) -> None:
    """S3.3, by the order of system calls: the request is read, the journal synced, the answer written."""
    trace = tmp_path / "trace"
    async with process("127.0.0.1:1", tmp_path) as gateway:
        strace = await traced(gateway.pid, trace)
        try:
            await Sender(gateway.url, trunk()).send(3)
        finally:
            strace.terminate()
            await strace.wait()
    calls = [line for line in trace.read_text().splitlines() if any(word in line for word in _WORDS)]
    kinds = ["read" if "POST /v1/events" in each else "answer" if "HTTP/1.1 202" in each else "sync" for each in calls]
    story = "".join({"read": "R", "sync": "s", "answer": "A"}[kind] for kind in kinds)
    assert 3 == story.count("A"), story
    for part in story.split("A")[:3]:
        assert "s" in part.partition("R")[2], story


_WORDS = ("POST /v1/events", "fdatasync(", "fsync(", "HTTP/1.1 202")


async def traced(pid: int, output: Path) -> asyncio.subprocess.Process:
    """strace, attached to a process and its threads."""
    try:
        strace = await asyncio.create_subprocess_exec(
            *("strace", "-f", "-s", "200", "-e", "trace=read,recvfrom,write,writev,sendto,fsync,fdatasync"),
            *("-p", str(pid), "-o", str(output)),
            stderr=subprocess.PIPE,
        )
    except FileNotFoundError:
        pytest.skip("there is no strace here")
    assert strace.stderr is not None
    line = await asyncio.wait_for(strace.stderr.readline(), 20)
    if b"attached" not in line:
        await strace.wait()
        pytest.skip("attaching to a process is not permitted here")
    return strace
