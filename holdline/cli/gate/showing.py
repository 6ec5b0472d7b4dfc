"""`holdline gate show`: who changes something now, who waits, what for, and how far automation has reached."""

from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from holdline.cli import session
from holdline.cli.gate import asking
from holdline.cli.incident import look
from holdline.cli.terminal import as_json, console, data, joined, put
from holdline.domain.duration import say
from holdline.domain.gate_messages import Board, Held, InLine


@click.command()
@click.option("--utc", is_flag=True, help="Times in UTC instead of the local zone.")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(config: Path | None, utc: bool, in_json: bool) -> None:
    """Show who changes something now, who waits and what for, and how far automation has reached."""
    board = session.run(_read(config))
    if in_json:
        as_json(board.model_dump(mode="json"))
    else:
        put(console(), *_told(board, datetime.now(UTC), utc))


async def _read(config: Path | None) -> Board:
    client = await session.connected(session.settings(config))
    return await asking.board(await asking.running(client))


def _told(board: Board, now: datetime, utc: bool) -> list[RenderableType]:
    parts: list[RenderableType] = [_head(board), _reach(board)]
    if board.quiet_until is not None:
        parts.append(_quiet(board.quiet_until, utc))
    if board.holders:
        parts += ["", Text("Under way", style="bold"), _holders(board.holders, now)]
    if board.waiting:
        parts += ["", Text("Waiting, in this order", style="bold"), _line(board.waiting, now)]
    if board.rows:
        parts += ["", Text("What was changed here", style="bold"), look.timeline(board.rows, console().width, utc)]
    return parts


def _head(board: Board) -> Text:
    count = Text(f"{len(board.holders)} of {board.cap} changes under way", style="bold")
    by = f"cap set by {board.cap_by}, configured: {board.configured_cap}" if board.cap_by else ""
    rest = joined((f"{len(board.waiting)} waiting", f"lease {say(board.lease)}", by))
    return count.append_text(data(f" · {rest}"))


def _reach(board: Board) -> Text:
    kinds = [f"{each.touched} of {each.most} {each.kind}s touched in {say(each.window)}" for each in board.tallies]
    spent = any(each.touched >= each.most for each in board.tallies)
    return data(joined(kinds), "bold red" if spent else "")


def _quiet(until: datetime, utc: bool) -> Text:
    at = look.clock(until, utc)
    return data(f"The gate was opened anew; nothing is granted before {at}: older leases may still last.", "yellow")


def _holders(holders: tuple[Held, ...], now: datetime) -> Table:
    table = _table("severity", "holder", "locks", "lease", "change")
    for each in holders:
        left = f"{look.brief(each.until - now)} left"
        table.add_row(look.severity(each.severity), *_cells(each.holder, ", ".join(each.resources), left, each.summary))
    return table


def _line(waiting: tuple[InLine, ...], now: datetime) -> Table:
    table = _table("severity", "holder", "locks", "since", "waits because")
    for each in waiting:
        since = look.ago(each.arrived_at, now)
        table.add_row(
            look.severity(each.severity), *_cells(each.holder, ", ".join(each.resources), since, each.because)
        )
    return table


def _table(*headings: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in headings:
        table.add_column(heading.upper(), overflow="fold")
    return table


def _cells(*texts: str) -> tuple[Text, ...]:
    return tuple(data(each) for each in texts)
