"""Workers at work, and at their end."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio import activity
from temporalio.client import Client

from holdline.domain.entity import Entity, EntityKind
from holdline.settings.sections import Worker as WorkerSettings
from tests.support.temporal import embedded_server, unique
from tests.support.workflows import Relay, Slow, echo
from workers.datadir import Server
from workers.health import health, reaches
from workers.plugin import plugins
from workers.server import kill
from workers.serving import serve
from workers.spec import WorkerSpec

SETTINGS = WorkerSettings(graceful_shutdown=timedelta(seconds=10))
TRUNK = Entity(kind=EntityKind.TRUNK, id="t-1", name="Carrier A")


class Vendor:
    """A vendor that takes its time: `called` is set once it works, it answers after `answer` is set."""

    def __init__(self) -> None:
        self.called = asyncio.Event()
        self.answer = asyncio.Event()
        self.attempts: list[int] = []

    @activity.defn(name="slow")
    async def slow(self) -> str:
        """Answer late."""
        self.attempts.append(activity.info().attempt)
        self.called.set()
        await self.answer.wait()
        return "answered"


async def test_a_running_call_may_end(client: Client) -> None:
    """A call under way when the process is stopped ends by itself, and is not made a second time."""
    vendor, stop, queue = Vendor(), asyncio.Event(), unique("slow")
    specs = [WorkerSpec(queue, workflows=(Slow,)), WorkerSpec(f"{queue}-vendor", activities=(vendor.slow,))]
    working = asyncio.create_task(serve(client, specs, SETTINGS, stop))
    handle = await client.start_workflow(Slow.run, f"{queue}-vendor", id=queue, task_queue=queue)
    await vendor.called.wait()
    stop.set()
    vendor.answer.set()
    await working
    again = asyncio.Event()
    working = asyncio.create_task(serve(client, specs, SETTINGS, again))
    assert "answered" == await handle.result()
    again.set()
    await working
    assert [1] == vendor.attempts


async def test_one_failing_worker_ends_all(server: Server) -> None:
    """A worker that cannot poll takes the process down, so that somebody notices."""
    elsewhere = await Client.connect(server.address, namespace="nowhere", plugins=plugins())
    specs = [WorkerSpec(unique("one"), activities=(echo,)), WorkerSpec(unique("two"), activities=(echo,))]
    with pytest.raises((ExceptionGroup, RuntimeError)):
        await serve(elsewhere, specs, SETTINGS, asyncio.Event())


async def test_workers_end_without_a_server(tmp_path: Path) -> None:
    """A process that is asked to stop while Temporal is dead stops."""
    async with embedded_server(tmp_path) as server:
        client, stop, queue = await Client.connect(server.address, plugins=plugins()), asyncio.Event(), unique("relay")
        specs = [WorkerSpec(queue, workflows=(Relay,), activities=(echo,))]
        working = asyncio.create_task(serve(client, specs, SETTINGS, stop))
        await client.execute_workflow(Relay.run, TRUNK, id=queue, task_queue=queue)
        await kill(server)
        stop.set()
        await working
    assert working.done()


async def test_models_keep_their_class_in_the_sandbox(client: Client) -> None:
    """A model of the domain that comes out of the converter is an instance of the class that a workflow imports."""
    stop, queue = asyncio.Event(), unique("relay")
    working = asyncio.create_task(
        serve(client, [WorkerSpec(queue, workflows=(Relay,), activities=(echo,))], SETTINGS, stop)
    )
    assert "Carrier A" == await client.execute_workflow(Relay.run, TRUNK, id=queue, task_queue=queue)
    stop.set()
    await working


async def ask(address: str | None, request: bytes) -> bytes:
    """What the health port answers, whole."""
    assert address is not None
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


async def test_health_and_readiness(tmp_path: Path) -> None:
    """Alive while the process runs; ready only while Temporal answers, and says why not."""
    async with embedded_server(tmp_path) as server:
        client = await Client.connect(server.address, plugins=plugins())
        async with health("127.0.0.1:0", reaches(client)) as address:
            assert (await ask(address, _get("/healthz"))).startswith(b"HTTP/1.1 200 ")
            assert (await ask(address, _get("/readyz"))).startswith(b"HTTP/1.1 200 ")
            await kill(server)
            assert (await ask(address, _get("/healthz"))).startswith(b"HTTP/1.1 200 ")
            refused = await ask(address, _get("/readyz"))
    assert refused.startswith(b"HTTP/1.1 503 ")
    assert b"Temporal does not answer" in refused


@pytest.mark.parametrize("nonsense", [b"\r\n\r\n", b"x" * 200_000, b"GET"])
async def test_nonsense_is_no_harm(nonsense: bytes, server: Server, tmp_path: Path) -> None:
    """What is no request gets no answer, and the next question does."""
    client = await Client.connect(server.address, plugins=plugins())
    async with health("127.0.0.1:0", reaches(client)) as address:
        host, _, port = str(address).rpartition(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(nonsense)
        writer.close()
        assert b" 404 " in await ask(address, _get("/other"))


async def test_no_health_port_by_default(server: Server) -> None:
    """Nothing listens unless it is asked for."""
    client = await Client.connect(server.address, plugins=plugins())
    async with health(None, reaches(client)) as address:
        assert address is None
