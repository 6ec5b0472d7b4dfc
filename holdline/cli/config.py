"""`holdline config`: check what is configured, and show what is in force."""

from pathlib import Path

import click

from holdline.cli import session
from holdline.cli.exits import Exit, Stop
from holdline.cli.terminal import as_json, line
from holdline.settings import check as look_closer
from holdline.settings import notices, render


@click.command()
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def check(path: Path | None, in_json: bool) -> None:
    """Find every mistake in the configuration; reads each secret once, calls nobody.

    Ends with 3 where it cannot be used, with 10 where something deserves a look. A note changes nothing about that.
    """
    settings = session.settings(path)
    found, said = look_closer(settings), notices(settings)
    if in_json:
        as_json({"problems": found, "notices": said})
    else:
        for sentence in (*found, *(f"Note: {each}" for each in said)):
            line(sentence)
    if found:
        raise Stop(Exit.PROBLEMS, f"The configuration can be used; {len(found)} of its settings deserve a look.")
    if not in_json:
        line("The configuration is fine.")


@click.command()
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(path: Path | None, in_json: bool) -> None:
    """Show every setting in force, the defaults included, as TOML; secrets stay references."""
    settings = session.settings(path)
    if in_json:
        as_json(settings.model_dump(mode="json"))
        return
    for each in render(settings).splitlines():
        line(each)
