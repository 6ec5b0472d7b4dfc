"""`holdline incident watch`: the timeline as it happens."""

import asyncio
from asyncio.subprocess import Process
from dataclasses import replace
from pathlib import Path

from holdline.domain.incident import Severity
from tests.cli.console import started
from tests.cli.floor import Floor, incident
from tests.support.temporal import connected
from workers.bootstrap import register_attributes
from workers.server import ServerSpec, kill, start, stop


async def test_plain_lines_until_it_is_over(floor: Floor) -> None:
    """Without a terminal every row is a line, what comes next is told, and the end of the incident ends it."""
    trunk = await floor.fails(Severity.CRITICAL, reason="no answer to OPTIONS")
    async with started("incident", "watch", trunk, environ=floor.environ) as process:
        assert process.stdout is not None
        first = [(await process.stdout.readline()).decode() for _ in range(3)]
        await floor.recovers(trunk)
        rest, _ = await process.communicate()
    shown = "".join(first) + rest.decode()
    assert 0 == process.returncode
    assert shown.startswith(incident(trunk))
    assert "\x1b" not in shown
    for entry in (await floor.ended(trunk)).timeline:
        assert 1 == shown.count(entry.text)
    assert "next at " in shown


async def test_a_terminal_shows_a_countdown(floor: Floor) -> None:
    """On a terminal a card at the bottom says who has it and what comes next; Ctrl-C leaves with 130."""
    trunk = await floor.fails(Severity.CRITICAL, name="Danube")
    async with floor.on_terminal("incident", "watch", trunk) as shown:
        await shown.shows("then the next tier is paged")
        await floor.runs("incident", "ack", trunk)
        await shown.shows("olga has it · tier 1")
        shown.press("\x03")
        assert 130 == await shown.ends()
    assert "Danube" in shown.seen
    assert "Traceback" not in shown.seen


async def test_forty_columns_are_enough(floor: Floor) -> None:
    """On a narrow terminal no line is wider than it."""
    trunk = await floor.fails(Severity.CRITICAL, name="A trunk with quite a long name, which is cut")
    async with floor.on_terminal("incident", "watch", trunk, columns=40) as shown:
        await shown.shows("tier 1 first")
        shown.press("\x03")
        await shown.ends()
    card = [line for line in shown.seen.replace("\r", "\n").splitlines() if line]
    assert 40 >= max(len(line) for line in card if not line.startswith(("incident/", "http", "namespaces")))


async def test_it_waits_for_a_worker(floor: Floor) -> None:
    """While no worker answers it says so and goes on."""
    trunk = await floor.abandoned()
    async with started("incident", "watch", trunk, environ=floor.environ) as process:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            lines = [(await process.stdout.readline()).decode() for _ in range(2)]
        assert "no worker answers; the incident is safe in Temporal" in lines[1]
        assert process.returncode is None


async def test_it_survives_temporal(tmp_path: Path) -> None:
    """While Temporal is away it says so, and goes on when it is back."""
    spec = ServerSpec(tmp_path, port=0, ui_port=None)
    server = await start(spec)
    try:
        client = await connected(server)
        await register_attributes(client)
        floor = Floor(client, server)
        trunk = await floor.abandoned()
        async with started("incident", "watch", trunk, environ=floor.environ) as process:
            await tells(process, "no worker answers")
            await kill(server)
            await tells(process, "Temporal does not answer")
            server = await start(replace(spec, port=server.port))
            await tells(process, "no worker answers")
            assert process.returncode is None
    finally:
        await stop(tmp_path)


async def tells(process: Process, part: str) -> None:
    """Read lines until one has this part."""
    assert process.stdout is not None
    async with asyncio.timeout(90):
        while part not in (await process.stdout.readline()).decode():
            assert process.returncode is None
