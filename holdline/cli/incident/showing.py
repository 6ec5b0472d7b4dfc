"""`holdline incident show`: what happened and why, who was asked, what comes next."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from holdline.cli import session
from holdline.cli.exits import Exit, Stop
from holdline.cli.incident import look
from holdline.cli.incident.completing import incidents
from holdline.cli.incident.finding import find
from holdline.cli.incident.link import console_of, link
from holdline.cli.incident.reading import Ended, NoWorker, snapshot
from holdline.cli.incident.visibility import Row
from holdline.cli.terminal import as_json, console, data, joined, put
from holdline.domain.lifecycle import OVER
from holdline.domain.messages import Snapshot, StormLine


@dataclass(frozen=True)
class Found:
    """What could be learnt of an incident; without a story, `missing` says why."""

    row: Row
    url: str | None
    story: Snapshot | None = None
    missing: str = ""
    code: Exit = Exit.DONE


@click.command()
@click.argument("incident", shell_complete=incidents)
@click.option("--utc", is_flag=True, help="Times in UTC instead of the local zone.")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(config: Path | None, incident: str, utc: bool, in_json: bool) -> None:
    """Show INCIDENT: what happened and why, who was asked, what comes next."""
    found = session.run(_read(config, incident))
    if in_json:
        as_json(_json(found))
    elif found.story is not None:
        put(console(), *_told(found.story, found.url, utc))
    else:
        put(console(), _known(found.row, found.url, utc))
    if found.missing:
        raise Stop(found.code, found.missing)


async def _read(config: Path | None, name: str) -> Found:
    settings = session.settings(config)
    client = await session.connected(settings)
    row = await find(client, name)
    url = link(console_of(settings, client), client.namespace, row.workflow_id, row.run_id)
    try:
        return Found(row, url, await snapshot(client, row.workflow_id, row.run_id))
    except NoWorker:
        sentence = "No worker answers; this is what Temporal's own list knows. `holdline worker` starts one."
        return Found(row, url, None, sentence, Exit.TIMED_OUT)
    except Ended as ended:
        return Found(row, url, None, f"The run was {ended.how} and has left no story.", Exit.CONFLICT)


def _told(story: Snapshot, url: str | None, utc: bool) -> list[RenderableType]:
    parts: list[RenderableType] = [_head(story), "", _facts(story, url, utc), "", Text("What happened", style="bold")]
    if story.storm is not None:
        parts[3:3] = ["", Text("Members", style="bold"), _members(story.storm)]
    parts.append(look.timeline(story.timeline, console().width, utc))
    if story.pages:
        parts += ["", Text("Who was asked", style="bold"), _pages(story, utc)]
    return parts


def _head(story: Snapshot) -> Text:
    name = data(story.entity.label, "bold")
    place = data(story.entity.site)
    return Text("  ").join(
        part for part in (look.severity(story.severity), look.state(story.state), name, place) if part
    )


def _facts(story: Snapshot, url: str | None, utc: bool) -> Table:
    now = datetime.now(UTC)
    facts = {
        "incident": story.workflow_id,
        "code": f"{story.ack_code} (answer a text with ACK {story.ack_code})",
        "opened": f"{look.moment(story.opened_at, utc)}, {look.ago(story.opened_at, now)} ago{_times(story)}",
        "closed": look.moment(story.closed_at, utc) if story.closed_at else "",
        "who has it": story.acknowledged_by or "nobody",
        "asked": look.tier(story.escalation_tier),
        "automation": _automation(story, utc),
        "asks": _asks(story, utc),
        "ticket": joined((story.ticket.name, story.ticket.url)) if story.ticket else "",
        "one of many": f"{story.parent} pages for it" if story.parent else "",
        "many": story.storm.words if story.storm else "",
        "events": str(story.events),
        "next": _next(story, now, utc),
        "Temporal UI": url or "",
    }
    return _grid({name: value for name, value in facts.items() if value})


def _grid(facts: dict[str, str]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in facts.items():
        grid.add_row(name, data(value))
    return grid


def _times(story: Snapshot) -> str:
    again = f", re-opened {story.opening - 1} times" if story.opening > 2 else ", re-opened once"
    earlier = f"; episode {story.epoch} of this trunk" if story.epoch > 1 else ""
    return (again if story.opening > 1 else "") + earlier


def _asks(story: Snapshot, utc: bool) -> str:
    asked = story.proposal
    if asked is None:
        return ""
    given = f", {len(asked.approved_by)} of {asked.people} approved" if asked.people > 1 else ""
    return f"to be allowed until {look.clock(asked.expires_at, utc)}: {asked.words} (plan {asked.digest}{given})"


def _automation(story: Snapshot, utc: bool) -> str:
    if story.storm is not None:
        return joined(("each member by itself", f"held by {story.held_by}" if story.held_by else ""))
    last = f", the last at {look.clock(story.last_attempt_at, utc)}" if story.last_attempt_at else ""
    attempts = f"{story.retry_count} of {story.max_retries} attempts{last}"
    return joined((attempts, f"held by {story.held_by}" if story.held_by else ""))


def _next(story: Snapshot, now: datetime, utc: bool) -> str:
    if story.closed_at is not None:
        return ""
    step = story.next_step or ("nothing is due" if story.state in OVER else "waiting for what comes")
    if story.next_at is None or story.next_at <= now:
        return step
    return f"{step} (in {look.brief(story.next_at - now)}, at {look.clock(story.next_at, utc)})"


def _members(storm: StormLine) -> Table:
    """The first members, those that are open before the others, and the number of the rest."""
    grid = Table.grid(padding=(0, 2))
    for member in storm.members:
        grid.add_row(data(member.standing), data(member.label), data(member.workflow_id, "dim"))
    if storm.more:
        grid.add_row("…", data(f"and {storm.more} more"), "")
    return grid


def _pages(story: Snapshot, utc: bool) -> Table:
    grid = Table.grid(padding=(0, 2))
    for page in story.pages:
        grid.add_row(look.clock(page.at, utc), data(page.tier), data(page.target), data(page.receipt, "dim"))
    return grid


def _known(row: Row, url: str | None, utc: bool) -> Table:
    facts = {
        "incident": row.workflow_id,
        "code": row.ack_code,
        "severity": row.severity,
        "state": row.state,
        "trunk": joined((row.entity, row.site)),
        "opened": look.moment(row.opened_at, utc),
        "who has it": row.acknowledged_by,
        "asked": look.tier(row.tier),
        "Temporal UI": url or "",
    }
    return _grid({name: value for name, value in facts.items() if value})


def _json(found: Found) -> dict[str, Any]:
    known: dict[str, Any] = {"run_id": found.row.run_id, "running": found.row.running, "url": found.url}
    if found.story is not None:
        return found.story.model_dump(mode="json") | known
    row = asdict(found.row) | {"opened_at": found.row.opened_at.isoformat()}
    row["closed_at"] = found.row.closed_at.isoformat() if found.row.closed_at else None
    return row | known | {"missing": found.missing}
