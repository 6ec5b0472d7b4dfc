"""`holdline temporal`: the embedded Temporal server with its console."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import click

from holdline.cli import session
from holdline.cli.exits import Exit, Stop
from holdline.cli.serving import child, prepared
from holdline.cli.terminal import line
from workers.binary import BinaryMissing
from workers.embedded import server_spec
from workers.server import ServerFailed, ServerHeld, ServerSpec, become, running, start, stop

_POLL: Final = timedelta(milliseconds=200)


@click.command()
@click.option("--host", help="Listen on this address. Default: the one of the configuration.")
@child
@click.pass_obj
def temporal(config: Path | None, /, host: str | None, child: bool) -> None:
    """Run the embedded Temporal server, with its console, on the data directory."""
    spec = server_spec(prepared(config, child))
    spec = replace(spec, host=host) if host else spec
    session.run(_tended(spec) if child else _become(spec))


async def _become(spec: ServerSpec) -> None:
    """Turn into the server: for a terminal or a container, whose signals it understands."""
    with _troubles():
        await become(spec)


async def _tended(spec: ServerSpec) -> None:
    """Run the server as long as this process lives, and end when either does.

    A server that still runs on the data directory belonged to a process like this one that was killed; it is taken on.
    """
    ended = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, ended.set)
    with _troubles():
        server = running(spec.data_dir) or await start(spec)
    line(f"Temporal answers at {server.address}, its console at {server.ui_url or 'no address'}.")
    while not ended.is_set():
        if running(spec.data_dir) != server:
            raise Stop(Exit.UNEXPECTED, "The Temporal server has ended.")
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), _POLL.total_seconds())
    await stop(spec.data_dir)


@contextmanager
def _troubles() -> Iterator[None]:
    """Turn what keeps the server from starting into Stop."""
    try:
        yield
    except ServerHeld as error:
        raise Stop(Exit.CONFLICT, str(error)) from None
    except (ServerFailed, BinaryMissing) as error:
        raise Stop(Exit.CONFIG, str(error)) from None
