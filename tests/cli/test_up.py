"""`holdline up`: everything on one machine, kept running, and nothing left behind."""

import asyncio
import os
import signal
import socket
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.cli.console import eventually, holdline, started
from tests.cli.yard import alive
from workers.server import running


class House:
    """A running `holdline up --sandbox`."""

    def __init__(self, process: Process, environ: dict[str, str], data_dir: Path) -> None:
        self.process = process
        self.environ = environ
        self.data_dir = data_dir
        self.told: list[str] = []

    @property
    def config(self) -> str:
        """The configuration that it made up."""
        return str(self.data_dir / "sandbox" / "holdline.toml")

    async def tells(self, part: str) -> str:
        """Read what it tells until a line has this part."""
        assert self.process.stderr is not None
        async with asyncio.timeout(90):
            while line := (await self.process.stderr.readline()).decode():
                self.told.append(line)
                if part in line:
                    return line
        raise AssertionError(f"it ended without {part!r}: {''.join(self.told)}")

    async def runs(self) -> dict[str, int]:
        """Wait until everything runs; the pids by name."""
        assert self.process.stdout is not None
        async with asyncio.timeout(90):
            head = await self.process.stdout.readline()
        assert head.startswith(b"Events go to http://127.0.0.1:"), b"".join([head, *await self._rest()])
        pids: dict[str, int] = {}
        while len(pids) < 4:
            words = (await self.tells(" runs, pid ")).split()
            pids[words[0]] = int(words[-1])
        return pids

    async def _rest(self) -> list[bytes]:
        assert self.process.stderr is not None
        return [await self.process.stderr.read()]


@asynccontextmanager
async def up(data_dir: Path) -> AsyncIterator[House]:
    """Run it with a data directory and free ports of its own."""
    environ = chosen(data_dir)
    async with started("up", "--sandbox", environ=environ, cwd=data_dir) as process:
        yield House(process, environ, data_dir)


def chosen(data_dir: Path) -> dict[str, str]:
    """A data directory, and free ports instead of the usual ones."""
    ports = ("HOLDLINE_TEMPORAL__EMBEDDED__PORT", "HOLDLINE_TEMPORAL__EMBEDDED__UI_PORT", "HOLDLINE_GATEWAY__PORT")
    return {"HOLDLINE_DATA_DIR": str(data_dir)} | dict.fromkeys(ports, "0")


async def gone(pids: dict[str, int], data_dir: Path) -> None:
    """Wait until none of the processes runs, nor Temporal."""

    async def none() -> bool:
        return running(data_dir) is None and not any(alive(pid) for pid in pids.values())

    await eventually(none)


@pytest.mark.timeout(300)
async def test_the_whole_house(tmp_path: Path) -> None:
    """Everything starts, an event becomes an incident, a killed worker starts again, and SIGTERM ends all of it."""
    async with up(tmp_path) as house:
        pids = await house.runs()
        assert {"temporal", "sandbox", "worker", "gateway"} == set(pids)
        second = await holdline("up", "--sandbox", environ=house.environ)
        assert (9, f"Another `holdline up` runs on {tmp_path}; end that one first.\n") == (second.code, second.err)
        os.kill(pids["worker"], signal.SIGKILL)
        await house.tells("worker was ended by SIGKILL; it starts again in 1 s")
        pids["worker"] = int((await house.tells("worker runs again, pid ")).split()[-1])
        house.process.terminate()
        await house.tells("Ending …")
        assert 0 == await house.process.wait()
    await gone(pids, tmp_path)
    assert {"temporal.log", "sandbox.log", "worker.log", "gateway.log"} == {*os.listdir(tmp_path / "logs")}


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_a_killed_keeper_leaves_no_server(tmp_path: Path) -> None:
    """When the process that looks after Temporal is killed, the next one takes the server on; a hurried end ends it."""
    async with up(tmp_path) as house:
        pids = await house.runs()
        before = running(tmp_path)
        os.kill(pids["temporal"], signal.SIGKILL)
        await house.tells("temporal runs again, pid ")
        assert before == running(tmp_path)
        house.process.terminate()
        await house.tells("Ending …")
        await asyncio.sleep(1)
        house.process.terminate()
        await house.process.wait()
    await gone(pids, tmp_path)


@pytest.mark.timeout(300)
async def test_nothing_outlives_it(tmp_path: Path) -> None:
    """When it is killed with SIGKILL, its processes and Temporal end by themselves."""
    async with up(tmp_path) as house:
        pids = await house.runs()
        house.process.kill()
        await house.process.wait()
        await gone(pids, tmp_path)
        assert [] == [name for name, pid in pids.items() if alive(pid)]


async def test_without_a_vendor_it_says_what_to_do(tmp_path: Path) -> None:
    """A configuration that names no vendor ends with 3 and the way to the sandbox."""
    done = await holdline("up", environ={"HOLDLINE_DATA_DIR": str(tmp_path)}, cwd=tmp_path)
    assert 3 == done.code
    assert "`holdline up --sandbox` runs with simulated ones" in done.err


async def test_the_sandbox_never_stands_in_for_real_vendors(tmp_path: Path) -> None:
    """With the addresses of real vendors --sandbox is refused."""
    file = tmp_path / "holdline.toml"
    file.write_text('[pagerduty]\ntoken = "env:TOKEN"\n', encoding="utf-8")
    done = await holdline("--config", str(file), "up", "--sandbox", environ={"HOLDLINE_DATA_DIR": str(tmp_path)})
    assert 3 == done.code
    assert "names real vendors (pagerduty at https://events.pagerduty.com)" in done.err


async def test_no_card_goes_to_a_real_room_from_the_sandbox(tmp_path: Path) -> None:
    """The workflows and mail servers of real people are vendors too; of a workflow's address only the host is told."""
    address = "https://prod-01.westeurope.logic.azure.com/workflows/a/triggers/manual/paths/invoke?sig=canary-signature"
    file = tmp_path / "holdline.toml"
    mail = '[email]\nhost = "smtp.example.com"\nfrom_address = "a@example.com"\n'
    file.write_text(f'{mail}[teams.rooms]\nincidents = "env:WORKFLOW"\n', encoding="utf-8")
    environ = {"HOLDLINE_DATA_DIR": str(tmp_path), "WORKFLOW": address}
    done = await holdline("--config", str(file), "up", "--sandbox", environ=environ)
    assert 3 == done.code
    assert "teams.rooms.incidents at https://prod-01.westeurope.logic.azure.com)" in done.err
    assert "email at smtp://smtp.example.com:587" in done.err
    assert "canary-signature" not in done.out + done.err


@pytest.mark.long
async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """When a process cannot start, the sentence names it, its log and its last words, and nothing is left."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environ = chosen(tmp_path) | {"HOLDLINE_TEMPORAL__EMBEDDED__PORT": str(port)}
        done = await holdline("up", "--sandbox", environ=environ, cwd=tmp_path)
    assert 1 == done.code
    assert "temporal ended with exit code 3 while it started." in done.err
    assert f"Port {port} on 127.0.0.1 cannot be taken" in done.err
    assert running(tmp_path) is None
