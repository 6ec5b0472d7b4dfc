"""The sandbox as a process: one line when ready, a quiet end on a signal."""

import asyncio
import json
import signal
import sys

import httpx
import pytest

from holdline.simulators.sandbox import Sandbox, SandboxSettings

PROGRAM = """
from holdline.simulators.sandbox import SandboxSettings, run_sandbox
run_sandbox(SandboxSettings())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_process_says_where_it_is_and_ends_on_a_signal(number: signal.Signals) -> None:
    """One JSON line with the addresses; after the signal exit code 0 and nothing on stderr."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, stdout=pipe, stderr=pipe)
    assert process.stdout is not None
    ready = json.loads(await process.stdout.readline())
    async with httpx.AsyncClient(trust_env=False) as http:
        answers = [await http.get(f"{ready[name]}/_sim/ledger") for name in ("genesys", "pagerduty", "twilio")]
        process.send_signal(number)
        _, complaints = await process.communicate()
    assert [[], [], []] == [answer.json() for answer in answers]
    assert (0, b"") == (process.returncode, complaints)


async def test_a_port_that_is_taken_is_an_error() -> None:
    """A second sandbox on the same port raises OSError and leaves nothing running."""
    async with Sandbox().running() as first:
        port = int(first.genesys_url.rsplit(":", 1)[1])
        with pytest.raises(OSError, match="in use"):
            async with Sandbox(SandboxSettings(twilio_port=port)).running():
                raise AssertionError("two servers listen on one port")
