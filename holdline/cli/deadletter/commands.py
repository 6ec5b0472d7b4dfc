"""`holdline deadletter list`, `show`, `replay` and `drop`."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from holdline.cli import session
from holdline.cli.deadletter.letters import Letter
from holdline.cli.deadletter.places import every, of, places
from holdline.cli.exits import Exit, Stop
from holdline.cli.incident import look
from holdline.cli.terminal import as_json, complain, console, data, line, show

_HEADINGS: Final = ("id", "source", "age", "why")
_NARROW: Final = 100

Command = Callable[..., None]

_gateway = click.option("--gateway", help="The gateway's address; default: the one of the configuration.")
_by = click.option(
    "--by", default=session.whoever, help="Who you are; default: $HOLDLINE_OPERATOR, else your login name."
)


@click.command("list")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
@_gateway
@click.pass_obj
def list_(config: Path | None, /, in_json: bool, gateway: str | None) -> None:
    """List what could not be understood or delivered, the newest first."""
    found, stops = session.run(every(places(config, gateway)))
    if in_json:
        as_json([_json(each) for each in found])
    elif found:
        show(_table(found, datetime.now(UTC)))
    elif not stops:
        complain("There are no dead letters.")
    if stops:
        raise stops[0]


@click.command("show")
@click.argument("letter")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
@_gateway
@click.pass_obj
def show_(config: Path | None, /, letter: str, in_json: bool, gateway: str | None) -> None:
    """Show LETTER: where it comes from, what is wrong with it, and its body without numbers and secrets."""
    found = session.run(of(places(config, gateway), letter).one(letter))
    if in_json:
        as_json(_json(found) | {"body": found.body})
        return
    rows = {"source": found.source, "id there": found.about, "received": f"{found.at:%Y-%m-%d %H:%M:%S} UTC"}
    show(*(data(f"{name}: {value}") for name, value in (rows | {"why": found.reason}).items()), _body(found.body))


@click.command()
@click.argument("letter")
@_by
@_gateway
@click.pass_obj
def replay(config: Path | None, /, letter: str, by: str, gateway: str | None) -> None:
    """Try LETTER again with today's code: after an update, or when the receiver is back."""
    line(session.run(of(places(config, gateway), letter).replay(letter, by.strip())))


@click.command()
@click.argument("letter")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_by
@_gateway
@click.pass_obj
def drop(config: Path | None, /, letter: str, yes: bool, by: str, gateway: str | None) -> None:
    """Give LETTER up for good: its body is gone then."""
    place = of(places(config, gateway), letter)
    found = session.run(place.one(letter))
    if not yes:
        complain(f"{found.id} from {found.source}: {found.reason}")
        _sure()
    line(session.run(place.drop(letter, by.strip())))


def _sure() -> None:
    if not sys.stdin.isatty():
        raise Stop(Exit.USAGE, "Nothing was dropped: confirm it with --yes.")
    if not click.confirm("Drop it for good?", err=True):
        raise Stop(Exit.CONFLICT, "Nothing was dropped.")


def _table(found: list[Letter], now: datetime) -> RenderableType:
    rows = [(each.id, each.source, look.ago(each.at, now), each.reason) for each in found]
    if console().width < _NARROW:
        return Text("\n").join(data(" · ".join(row)) for row in rows)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in _HEADINGS:
        table.add_column(heading.upper(), overflow="fold", justify="left")
    for row in rows:
        table.add_row(*(data(cell) for cell in row))
    return table


def _body(text: str) -> RenderableType:
    """JSON with a line for each field, anything else as it was kept; each line without control characters."""
    try:
        lines = json.dumps(json.loads(text), indent=2, ensure_ascii=False).splitlines()
    except ValueError:
        lines = text.splitlines()
    return Text("\n").join(data(each) for each in lines)


def _json(letter: Letter) -> dict[str, Any]:
    known = asdict(letter) | {"at": letter.at.isoformat()}
    return {name: value for name, value in known.items() if name != "body"}
