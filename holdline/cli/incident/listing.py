"""`holdline incident list`: the incidents, open ones first, the worst and oldest at the top."""

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.client import Client
from temporalio.service import RPCError

from holdline.cli import session
from holdline.cli.incident import look
from holdline.cli.incident.reading import Late, NoWorker, ask
from holdline.cli.incident.visibility import Row, query, rows
from holdline.cli.terminal import as_json, complain, console, data, joined, show
from holdline.domain.lifecycle import State
from holdline.domain.messages import Snapshot
from workers.sharing import pollers

Told = Snapshot | Text
"""What an incident tells of itself, or why it tells nothing."""

Stories = dict[str, Told]

_ASKED_AT_MOST: Final = 50
_PATIENCE: Final = timedelta(seconds=2)
_NARROW: Final = 100
_LATE: Final = Text("busy: no answer in time", style="yellow")
_SILENT: Final = Text("no worker answers", style="red")
_UNASKED: Final = Text("not asked: there are too many", style="dim")


@click.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([each.value for each in State], case_sensitive=False),
    help="Only incidents in this state; may be given several times.",
)
@click.option("--site", help="Only incidents of this site, by its exact name.")
@click.option("--all", "closed", is_flag=True, help="Closed ones too, as far as Temporal keeps them.")
@click.option("--limit", type=click.IntRange(1, 1000), default=200, show_default=True, help="How many at most.")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(
    config: Path | None, states: tuple[str, ...], site: str | None, closed: bool, limit: int, in_json: bool
) -> None:
    """List the incidents: open ones first, the worst and oldest at the top."""
    wanted = query([State(each) for each in states], site, closed)
    found, stories = session.run(_read(config, wanted, site, limit))
    if in_json:
        as_json([_json(each, stories.get(each.run_id)) for each in found])
    elif not found:
        complain("There is no such incident." if states or site or closed else "There is no open incident.")
    else:
        show(_listed(found, stories, datetime.now(UTC)))


async def _read(config: Path | None, wanted: str, site: str | None, limit: int) -> tuple[list[Row], Stories]:
    client = await session.connected(session.settings(config))
    found = (await rows(client, wanted, site))[:limit]
    return found, await _stories(client, [each for each in found if each.running][:_ASKED_AT_MOST])


async def _stories(client: Client, found: list[Row]) -> Stories:
    answers = await asyncio.gather(*(_story(client, each) for each in found))
    pairs = list(zip(found, answers, strict=True))
    late = {row.queue for row, told in pairs if told is _LATE}
    deserted = {queue for queue in late if not await _polled(client, queue)}
    return {row.run_id: _SILENT if told is _LATE and row.queue in deserted else told for row, told in pairs}


async def _story(client: Client, row: Row) -> Told:
    try:
        return await ask(client, row.workflow_id, row.run_id, _PATIENCE)
    except Late:
        return _LATE
    except (NoWorker, RPCError):
        return _SILENT


async def _polled(client: Client, queue: str) -> bool:
    """Whether somebody works on incidents; in doubt nobody does."""
    try:
        return await pollers(client, queue, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW) > 0
    except RPCError:
        return False


def _listed(found: list[Row], stories: Stories, now: datetime) -> RenderableType:
    cells = [_cells(each, stories.get(each.run_id, _UNASKED), now) for each in found]
    return _stacked(cells) if console().width < _NARROW else _table(cells)


_HEADINGS: Final = ("severity", "state", "trunk", "site", "asked", "who has it", "age", "code", "next")


def _cells(row: Row, told: Told, now: datetime) -> tuple[Text, ...]:
    story = told if isinstance(told, Snapshot) else None
    return (
        look.severity(row.severity),
        look.state(row.state if row.running else f"{row.state}, closed"),
        data(story.entity.label if story else row.label),
        data(story.entity.site if story else row.site),
        data(look.tier(row.tier)),
        data(row.acknowledged_by or "nobody"),
        data(look.ago(row.opened_at, row.closed_at or now)),
        data(row.ack_code),
        _next(row, told, now),
    )


def _next(row: Row, told: Told, now: datetime) -> Text:
    if not row.running:
        return Text("")
    if isinstance(told, Text):
        return told
    due = f" in {look.brief(told.next_at - now)}" if told.next_at and told.next_at > now else ""
    return data(told.next_step + due)


def _table(cells: list[tuple[Text, ...]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in _HEADINGS:
        table.add_column(heading.upper(), overflow="fold", no_wrap=heading != "next", justify="left")
    for row in cells:
        table.add_row(*row)
    return table


def _stacked(cells: list[tuple[Text, ...]]) -> Text:
    """One incident after the other, for a terminal too narrow for the table."""
    parts: list[Text] = []
    for severity, state, trunk, site, asked, who, age, code, due in cells:
        head = Text(" ").join((severity, state, code))
        where = Text(joined((trunk.plain, site.plain)))
        standing = Text(joined((age.plain, asked.plain, f"{who.plain} has it")))
        parts.append(Text("\n  ").join(part for part in (head, where, standing, due) if part.plain))
    return Text("\n").join(parts)


def _json(row: Row, told: Told | None) -> dict[str, Any]:
    story = told if isinstance(told, Snapshot) else None
    known = asdict(row) | {"label": story.entity.label if story else row.label}
    del known["queue"]
    known |= {"opened_at": row.opened_at.isoformat(), "over": row.over}
    known["closed_at"] = row.closed_at.isoformat() if row.closed_at else None
    known["next_at"] = story.next_at.isoformat() if story and story.next_at else None
    known["next_step"] = story.next_step if story else None
    return known
