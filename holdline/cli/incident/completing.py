"""Completes the name of an incident in a shell: the trunks of the open ones, with where they stand."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Final

import click
from click.shell_completion import CompletionItem

from holdline.cli import session
from holdline.cli.exits import Stop
from holdline.cli.incident.visibility import Row, query, rows
from holdline.cli.terminal import printable

_PATIENCE: Final = timedelta(seconds=1)


def incidents(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The open incidents whose trunk begins so; nothing where Temporal does not answer at once."""
    try:
        found = session.run(_open(ctx.find_root().params.get("config_path")))
    except (Stop, TimeoutError):
        return []
    items = {each.workflow_id.rpartition("/")[2]: f"{each.severity} {each.state}" for each in found}
    return [CompletionItem(name, help=printable(text)) for name, text in items.items() if name.startswith(incomplete)]


async def _open(config: Path | None) -> list[Row]:
    async with asyncio.timeout(3 * _PATIENCE.total_seconds()):
        client = await session.connected(session.settings(config), _PATIENCE)
        return await rows(client, query())
