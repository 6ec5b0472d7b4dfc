"""The embedded Temporal server: a child process with its own lifetime, on a file in the data directory."""

import asyncio
import errno
import os
import signal
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NoReturn

from temporalio.client import Client
from temporalio.service import RetryConfig, RPCError

from holdline.freeport import free_port
from workers.binary import find_binary
from workers.datadir import DataDir, Server
from workers.tuning import dynamic_config, pragmas

_POLL = timedelta(milliseconds=20)
# What was killed lets go of its files a moment before it lets go of its ports.
_LINGERING: Final = timedelta(seconds=2)
# The server gets no secret of ours through its environment.
_ENVIRONMENT = ("PATH", "HOME", "TMPDIR", "TZ", "LANG", "GOMAXPROCS", "GOMEMLIMIT", "GOGC")


class ServerFailed(Exception):
    """The embedded server did not start; the sentence says why."""


class ServerHeld(ServerFailed):
    """Another embedded server runs on this data directory."""


@dataclass(frozen=True)
class ServerSpec:
    """How to run the embedded server. Port 0 takes a free port; a `ui_port` of None runs no console."""

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 7233
    ui_port: int | None = 8233
    durable: bool = False
    plain: bool = False
    binary: Path | None = None


async def start(spec: ServerSpec, patience: timedelta = timedelta(seconds=30)) -> Server:
    """Start the server and return when its frontend answers.

    It runs in a session of its own, so it outlives whoever started it. Raises ServerHeld when one already runs on
    this data directory, ServerFailed or BinaryMissing when none can be started.
    """
    directory = DataDir(spec.data_dir)
    lock = await _hold(directory)
    try:
        server = _launch(await _with_ports(spec), directory, lock)
    finally:
        os.close(lock)
    ready = False
    try:
        await _await_frontend(server, directory, patience)
        ready = True
    finally:
        if not ready:
            await kill(server)
    return server


async def stop(data_dir: Path, patience: timedelta = timedelta(seconds=10)) -> bool:
    """Stop the server of this data directory: SIGTERM, then SIGKILL of that one process. False when none runs."""
    server = running(data_dir)
    if server is None:
        return False
    if not await _end(server, signal.SIGTERM, patience):
        await _end(server, signal.SIGKILL, patience)
    return True


async def kill(server: Server) -> None:
    """Kill this server at once, as a crash would."""
    await _end(server, signal.SIGKILL, timedelta(seconds=10))


def running(data_dir: Path) -> Server | None:
    """Return the server that runs on this data directory, or None."""
    directory = DataDir(data_dir)
    return None if directory.released() else directory.read()


async def become(spec: ServerSpec) -> NoReturn:
    """Turn this process into the server, for a container whose only process it is."""
    directory = DataDir(spec.data_dir)
    lock = await _hold(directory)
    chosen = await _with_ports(spec)
    command = _command(chosen, directory)
    os.set_inheritable(lock, True)
    directory.write(_server(chosen, directory, os.getpid()))
    os.execve(command[0], command, _environment())  # noqa: S606 - the program that was found, without a shell


async def _hold(directory: DataDir) -> int:
    try:
        directory.create()
        for _ in range(10):
            lock = directory.take()
            if lock is not None:
                return lock
            await asyncio.sleep(_POLL.total_seconds())
    except OSError as error:
        raise ServerFailed(f"The data directory {directory.path} cannot be used: {error.strerror}.") from error
    raise ServerHeld(_held(directory))


def _held(directory: DataDir) -> str:
    server = directory.read()
    who = "one that is just starting"
    if server is not None:
        who = f"process {server.pid} at {server.address}, started {server.started_at:%Y-%m-%d %H:%M:%S} UTC"
    return (
        f"An embedded Temporal server already runs on {directory.path}: {who}. Connect to that one, stop it, or set "
        "another data_dir."
    )


def _launch(spec: ServerSpec, directory: DataDir, lock: int) -> Server:
    command = _command(spec, directory)
    log = directory.open_log()
    try:
        os.set_inheritable(lock, True)
        streams = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, log, 1),
            (os.POSIX_SPAWN_DUP2, log, 2),
        ]
        pid = os.posix_spawn(command[0], command, _environment(), file_actions=streams, setsid=True)
    finally:
        os.close(log)
    server = _server(spec, directory, pid)
    directory.write(server)
    return server


def _server(spec: ServerSpec, directory: DataDir, pid: int) -> Server:
    return Server(pid, spec.host, spec.port, spec.ui_port, datetime.now(UTC), directory.path)


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}


def _command(spec: ServerSpec, directory: DataDir) -> list[str]:
    console = ["--headless"] if spec.ui_port is None else ["--ui-port", str(spec.ui_port)]
    return [
        str(find_binary(spec.binary)),
        *("server", "start-dev", "--ip", spec.host, "--port", str(spec.port)),
        *console,
        *("--ui-disable-news-fetch", "--output", "none", "--log-level", "warn", "--log-format", "json"),
        *("--db-filename", str(directory.database)),
        *pragmas(durable=spec.durable, plain=spec.plain),
        *dynamic_config(plain=spec.plain),
    ]


async def _with_ports(spec: ServerSpec) -> ServerSpec:
    ui_port = None if spec.ui_port is None else await _claim(spec.host, spec.ui_port)
    return replace(spec, port=await _claim(spec.host, spec.port), ui_port=ui_port)


async def _claim(host: str, port: int) -> int:
    """Return the port once it is free, a free one for 0. Raises ServerFailed."""
    deadline = time.monotonic() + _LINGERING.total_seconds()
    while True:
        try:
            return _bound(host, port) if port else free_port(host)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise ServerFailed(
                    f"Port {port} on {host} cannot be taken ({error.strerror}). Set another port under "
                    "[temporal.embedded], or 0 for any free one."
                ) from error
        await asyncio.sleep(_POLL.total_seconds())


def _bound(host: str, port: int) -> int:
    with socket.create_server((host, port)):
        return port


async def _await_frontend(server: Server, directory: DataDir, patience: timedelta) -> None:
    deadline = time.monotonic() + patience.total_seconds()
    while not await _answers(server):
        if directory.released():
            raise ServerFailed(f"The embedded Temporal server ended while starting. {directory.last_words()}")
        if time.monotonic() > deadline:
            raise ServerFailed(f"The embedded Temporal server does not answer. {directory.last_words()}")
        await asyncio.sleep(_POLL.total_seconds())


async def _answers(server: Server) -> bool:
    once = RetryConfig(max_retries=1, max_elapsed_time_millis=500)
    try:
        client = await Client.connect(server.address, retry_config=once)
        return await client.service_client.check_health(timeout=timedelta(seconds=1))
    except (RuntimeError, RPCError):
        return False


async def _end(server: Server, how: signal.Signals, patience: timedelta) -> bool:
    """Send the signal and wait until the process has let go. Its lock and record prove that the pid is still its."""
    directory = DataDir(server.data_dir)
    deadline = time.monotonic() + patience.total_seconds()
    if _runs(server, directory):
        with suppress(ProcessLookupError):
            os.kill(server.pid, how)
    while _runs(server, directory):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_POLL.total_seconds())
    _reap(server.pid)
    return True


def _runs(server: Server, directory: DataDir) -> bool:
    return not directory.released() and directory.read() == server


def _reap(pid: int) -> None:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
