"""`holdline ticket preview`: what a ticket of an incident would say, before there is any (S4.1)."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from holdline.cli import session
from holdline.cli.exits import Exit, Stop
from holdline.cli.terminal import as_json, console, data, put
from holdline.domain.case import Case
from holdline.domain.entity import Entity
from holdline.domain.incident import ABOUT, IncidentKind, Severity
from holdline.domain.keys import workflow_id
from holdline.domain.lifecycle import State
from holdline.domain.ticket import Stage, TicketForm, TicketSystem, rendered
from holdline.domain.timeline import Entry, Fact
from holdline.settings import Settings
from workflows.told import facts

_PARTS: Final = {
    "fields": "When it is opened",
    "minimal": "When a rule of the system refuses that",
    "changing": "At each change",
    "closing": "When it is closed",
    "reopening": "When it is opened again",
}


@click.command()
@click.argument("system", required=False, type=click.Choice([each.value for each in TicketSystem]))
@click.option(
    "--kind",
    type=click.Choice([each.value for each in IncidentKind]),
    default=IncidentKind.QUEUE_OVERFLOW.value,
    show_default=True,
    help="The kind of incident.",
)
@click.option(
    "--severity",
    type=click.Choice([each.value for each in Severity], case_sensitive=False),
    default=Severity.HIGH.value,
    show_default=True,
    help="How bad it is.",
)
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def preview(config: Path | None, system: str | None, kind: str, severity: str, in_json: bool) -> None:
    """Show what the ticket of a made-up incident would say in SYSTEM, by the field mapping of the configuration.

    Nothing is sent. SYSTEM may be left out where only one is configured.
    """
    settings = session.settings(config)
    chosen = _chosen(settings, system)
    parts = _parts(_form(settings, chosen), _case(IncidentKind(kind), Severity(severity)))
    if in_json:
        as_json({"system": chosen.value, **parts})
    else:
        put(console(), *_told(chosen, parts))


def _chosen(settings: Settings, system: str | None) -> TicketSystem:
    known = [each for each in TicketSystem if getattr(settings, each.value, None) is not None]
    if system is not None and TicketSystem(system) in known:
        return TicketSystem(system)
    if system is None and len(known) == 1:
        return known[0]
    names = ", ".join(known)
    if not known:
        raise Stop(Exit.CONFIG, "No ticket system is configured; write a section such as [servicenow].")
    if system is None:
        raise Stop(Exit.USAGE, f"Say which: {names}.")
    raise Stop(Exit.CONFIG, f"There is no [{system}] section; those configured are: {names}.")


def _form(settings: Settings, system: TicketSystem) -> TicketForm:
    section = getattr(settings, system.value)
    assert isinstance(section, TicketForm)
    return section


def _parts(form: TicketForm, case: Case) -> dict[str, dict[str, str]]:
    now = case.opened_at
    changed = Entry(at=now, fact=Fact.STATE, text="RESOLVED: two healthy observations in a row")
    told = facts(case) | {"link": "https://temporal.example.com/…", "note": changed.text}
    over = told | {"state": State.RESOLVED.value, "stage": Stage.RESOLVED.value}
    return {name: rendered(getattr(form, name), over if name == "closing" else told) for name in _PARTS}


def _case(kind: IncidentKind, severity: Severity) -> Case:
    """An incident as it stands a moment after it was confirmed."""
    about, now = ABOUT[kind], datetime.now(UTC)
    entity = Entity(kind=about, id=f"example-{about}", name=f"Example {about}", site="Vienna")
    reason = "average wait 412 s, above 300 s, three times in a row"
    return Case(
        workflow_id=workflow_id(kind, entity.id),
        kind=kind,
        entity=entity,
        epoch=1,
        state=State.REMEDIATING,
        severity=severity,
        opened_at=now,
        event_id="example-event",
        reason=reason,
        metrics={"wait_seconds": 412},
        timeline=(Entry(at=now, fact=Fact.SEEN, text=reason),),
    )


def _told(system: TicketSystem, parts: dict[str, dict[str, str]]) -> list[RenderableType]:
    shown: list[RenderableType] = [data(f"A ticket in {system}, made up: nothing is sent.")]
    for name, values in parts.items():
        shown += ["", Text(_PARTS[name], style="bold"), _grid(values)]
    return shown


def _grid(values: dict[str, str]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in values.items():
        for number, row in enumerate(value.splitlines()):
            grid.add_row(data("" if number else name), data(row))
    return grid
