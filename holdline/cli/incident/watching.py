"""`holdline incident watch`: the timeline as it happens, with a countdown to what comes next."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Final

import click

from holdline.cli import session
from holdline.cli.incident.completing import incidents
from holdline.cli.incident.finding import find
from holdline.cli.incident.following import Following
from holdline.cli.incident.link import console_of, link
from holdline.cli.incident.screen import Screen, screen
from holdline.cli.terminal import joined, line
from holdline.domain.timeline import Entry

_BETWEEN_LOOKS: Final = timedelta(seconds=1)
_TICK: Final = timedelta(milliseconds=200)


@click.command()
@click.argument("incident", shell_complete=incidents)
@click.option("--closed", is_flag=True, help="Go on until the re-open window is over, too.")
@click.option("--utc", is_flag=True, help="Times in UTC instead of the local zone.")
@click.pass_obj
def watch(config: Path | None, incident: str, closed: bool, utc: bool) -> None:
    """Follow INCIDENT as it happens, until it is over.

    It goes on through a restart of the worker or of Temporal. Without a terminal it prints plain lines.
    """
    session.run(_watch(config, incident, closed, utc))


async def _watch(config: Path | None, name: str, closed: bool, utc: bool) -> None:
    settings = session.settings(config)
    client = await session.connected(settings)
    found = await find(client, name)
    url = link(console_of(settings, client), client.namespace, found.workflow_id, found.run_id)
    following = Following(client, found.workflow_id)
    line(joined((found.workflow_id, url or "")))
    with screen(utc, ["Ctrl-C leaves"]) as shown:
        await follow(following, shown, closed)


async def follow(following: Following, shown: Screen, closed: bool = False) -> None:
    """Show the incident until it is over, or with `closed` until it is closed for good."""
    while True:
        looking = asyncio.create_task(following.look())
        await _ticking(looking, following, shown)
        shown.rows(looking.result())
        shown.stand(following.story, following.trouble)
        if following.closed or (following.settled and not closed):
            return
        await _ticking(asyncio.create_task(asyncio.sleep(_BETWEEN_LOOKS.total_seconds())), following, shown)


async def _ticking(task: "asyncio.Task[list[Entry]] | asyncio.Task[None]", following: Following, shown: Screen) -> None:
    """Wait for a task; the countdown goes on."""
    while not (await asyncio.wait([task], timeout=_TICK.total_seconds()))[0]:
        shown.stand(following.story, following.trouble)
