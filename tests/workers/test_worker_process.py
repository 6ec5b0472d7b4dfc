"""A worker process: ready, traced, ended by a signal."""

import json
import signal
from pathlib import Path

from temporalio.client import Client

from holdline.domain.gate_messages import BOARD, GATE, Board
from tests.support.processes import line, program
from workers.datadir import Server

# The interpreter's own end is left out, as the command line does: the SDK's threads may abort it.
WORK = """
import asyncio, logging, os, sys
from pathlib import Path
from holdline.settings import load
from holdline.telemetry import start_telemetry
from workers.main import WorkerFailed, run_worker

async def main():
    settings = load(None, os.environ)
    close = start_telemetry(settings, "holdline-worker")
    logging.getLogger("workers.serving").addHandler(Told())
    try:
        await run_worker(settings)
        print("ended", flush=True)
    except WorkerFailed as error:
        print(error, flush=True)
    close()

class Told(logging.Handler):
    def emit(self, record):
        print(record.getMessage(), flush=True)

asyncio.run(main())
os._exit(0)
"""

TRACED = """
import asyncio, os, sys
from opentelemetry.trace import get_tracer
from holdline.settings import load
from holdline.telemetry import start_telemetry
from holdline.domain.entity import Entity, EntityKind
from tests.support.temporal import working
from tests.support.workflows import Relay, echo
from workers.connection import connect

TRUNK = Entity(kind=EntityKind.TRUNK, id="t-1", name="Carrier A")

async def main():
    settings = load(None, os.environ)
    close = start_telemetry(settings, "holdline-test")
    client = await connect(settings)
    async with working(client, [Relay], [echo]) as queue:
        with get_tracer("tests").start_as_current_span("webhook"):
            await client.execute_workflow(Relay.run, TRUNK, id="traced", task_queue=queue)
    close()

asyncio.run(main())
os._exit(0)
"""


def environment(server: Server, tmp_path: Path) -> dict[str, str]:
    """Settings for a worker with a PagerDuty section, on the test's server."""
    return {
        "HOLDLINE_DATA_DIR": str(tmp_path),
        "HOLDLINE_PAGERDUTY__TOKEN": "x" * 20,
        "HOLDLINE_WORKER__GRACEFUL_SHUTDOWN": "1s",
        "TEMPORAL_ADDRESS": server.address,
    }


async def test_a_worker_ends_on_sigterm(server: Server, tmp_path: Path) -> None:
    """A worker process prepares the server, works, and ends with success when it is asked to."""
    async with program(WORK, environ=environment(server, tmp_path)) as worker:
        assert "working on holdline-incidents, holdline-pagerduty" == await line(worker)
        worker.send_signal(signal.SIGTERM)
        assert "stopping; running calls have 1s to end" == await line(worker)
        assert "ended" == await line(worker)
        assert 0 == await worker.wait()


async def test_a_worker_opens_the_gate(server: Server, client: Client, tmp_path: Path) -> None:
    """Each worker that starts sees that the gate runs, with the cap of its configuration where that has changed."""
    caps = []
    for cap in ("4", "5"):
        async with program(WORK, environ=environment(server, tmp_path) | {"HOLDLINE_GATE__CAP": cap}) as worker:
            assert (await line(worker)).startswith("working on holdline-incidents")
            board = await client.get_workflow_handle(GATE).query(BOARD, result_type=Board)
            caps.append((board.cap, board.configured_cap))
            worker.send_signal(signal.SIGTERM)
            await worker.wait()
    assert [(4, 4), (5, 5)] == caps


async def test_a_worker_that_waits_for_temporal_can_be_stopped(server: Server, tmp_path: Path) -> None:
    """A process that has not reached Temporal yet ends at once, with success, when it is asked to."""
    environ = environment(server, tmp_path) | {"TEMPORAL_ADDRESS": "127.0.0.1:1"}
    async with program(WORK.replace("workers.serving", "workers.connection"), environ=environ) as worker:
        assert "Temporal at 127.0.0.1:1 does not answer yet; trying again in 0.25s" == await line(worker)
        worker.send_signal(signal.SIGTERM)
        assert "ended" in [await line(worker) for _ in range(4)]
        assert 0 == await worker.wait()


async def test_nothing_to_work_on_is_a_sentence(server: Server, tmp_path: Path) -> None:
    """A role whose vendor has no section is told instead of idling."""
    environ = environment(server, tmp_path) | {"HOLDLINE_WORKER__ROLES": "twilio"}
    async with program(WORK, environ=environ) as worker:
        assert "There is nothing to work on" in await line(worker)


async def test_an_unknown_namespace_is_a_sentence(server: Server, tmp_path: Path) -> None:
    """A namespace that does not exist ends the process with its name, not with a traceback."""
    environ = environment(server, tmp_path) | {"TEMPORAL_NAMESPACE": "nowhere"}
    async with program(WORK, environ=environ) as worker:
        told = await line(worker)
    assert told.startswith("Temporal's namespace nowhere cannot be used")


async def test_one_trace_from_webhook_to_activity(server: Server, tmp_path: Path) -> None:
    """The span of whoever starts a workflow is the parent of its workflow and activities, through the sandbox."""
    spans = tmp_path / "spans.jsonl"
    environ = environment(server, tmp_path) | {"HOLDLINE_TELEMETRY__SPAN_FILE": str(spans)}
    async with program(TRACED, environ=environ) as traced:
        _, error = await traced.communicate()
    assert 0 == traced.returncode, error.decode()
    rows = [json.loads(row) for row in spans.read_text(encoding="utf-8").splitlines()]
    names = {row["name"] for row in rows}
    assert {"webhook", "StartWorkflow:Relay", "RunWorkflow:Relay", "relaying", "RunActivity:echo"} <= names
    assert 1 == len({row["context"]["trace_id"] for row in rows})
