"""`holdline detector list`: what each source sees, when it looked last, and what is failing."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from holdline.cli import session
from holdline.cli.detector.asking import Post, posts
from holdline.cli.incident import look
from holdline.cli.terminal import as_json, complain, console, data, joined, show
from holdline.domain.duration import say
from holdline.domain.tally import Tally

_STYLES: Final = {"watching": "green", "failing": "bold yellow"}
_HEADINGS: Final = ("source", "state", "sees", "last look", "next", "every")
_NARROW: Final = 100


@click.command("list")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(config: Path | None, in_json: bool) -> None:
    """List the detectors: what each source sees, when it looked last, what fails, what cannot be read."""
    found = session.run(_read(config))
    if in_json:
        as_json([_json(each) for each in found])
    elif not found:
        complain("Nothing is polled: [detection] names no sources, or no worker has started since it does.")
    else:
        now = datetime.now(UTC)
        show(_table(found, now), *[line for each in found for line in _below(each, now)])


async def _read(config: Path | None) -> list[Post]:
    return await posts(await session.connected(session.settings(config)))


def _table(found: list[Post], now: datetime) -> RenderableType:
    rows = [_cells(each, now) for each in found]
    if console().width < _NARROW:
        return Text("\n").join(Text(" · ").join(cell for cell in row if cell.plain) for row in rows)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in _HEADINGS:
        table.add_column(heading.upper(), overflow="fold", justify="left")
    for row in rows:
        table.add_row(*row)
    return table


def _cells(post: Post, now: datetime) -> tuple[Text, ...]:
    state = data(post.state, _STYLES.get(post.state, "bold red"))
    board = post.board
    if board is None:
        return (data(post.source), state, *(Text("") for _ in _HEADINGS[2:]))
    seen = joined([f"{number} {verdict}" for verdict, number in sorted(board.seen.items())], ", ")
    last = f"{look.ago(board.read_at, now)} ago" if board.read_at else "never"
    due = f"in {look.brief(board.next_at - now)}" if board.next_at > now else "now"
    return data(post.source), state, data(seen or "nothing yet"), data(last), data(due), data(say(board.plan.interval))


def _below(post: Post, now: datetime) -> list[Text]:
    """What a row has no room for: failures, gaps, names that nobody has."""
    if post.board is None:
        return []
    lines = [_failure(post, each, now) for each in post.board.entities if each.failures]
    lines += [
        f"{post.source}: {gap.what} not read, {post.board.blind} times in a row: {gap.reason}"
        for gap in post.board.gaps
    ]
    if post.board.missing:
        lines.append(f"{post.source}: configured, but nobody has it: {', '.join(post.board.missing)}")
    return [data(each) for each in lines]


def _failure(post: Post, tally: Tally, now: datetime) -> str:
    said = "announced" if tally.announced else "not announced yet"
    since = look.ago(tally.since, now)
    return f"{post.source}: {tally.entity.label} fails, {tally.failures} in a row for {since}, {said}: {tally.reason}"


def _json(post: Post) -> dict[str, Any]:
    board = post.board
    known: dict[str, Any] = {"source": post.source.value, "state": post.state}
    if board is None:
        return known
    dumped = board.model_dump(
        mode="json", include={"ticked_at", "read_at", "next_at", "seen", "blind", "gaps", "missing"}
    )
    return {
        **known,
        "interval": say(board.plan.interval),
        **dumped,
        "entities": [_entity(each) for each in board.entities],
    }


def _entity(tally: Tally) -> dict[str, Any]:
    return {
        **tally.entity.model_dump(mode="json"),
        "group": tally.group,
        "verdict": tally.verdict.value,
        "failures": tally.failures,
        "healthy": tally.healthy,
        "since": tally.since.isoformat(),
        "announced": tally.announced,
        "reason": tally.reason,
        "metrics": tally.metrics,
    }
