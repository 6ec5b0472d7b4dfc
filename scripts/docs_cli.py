"""The page of commands, as `--help` prints them, and the table of exit codes."""

from collections.abc import Iterator

import click

from holdline.cli.exits import MEANINGS
from holdline.cli.main import holdline

_WIDTH = 100


def page() -> str:
    """Every command with its help, then the exit codes."""
    parts = [_HEAD, *_commands(_context(holdline, "holdline")), _codes()]
    return "\n".join(parts)


_HEAD = """\
# Commands

Generated from the commands themselves; `make docs` writes this page.

Reads take `--json`. Errors are one sentence on standard error. `HOLDLINE_OPERATOR` is who you are, `HOLDLINE_CONFIG`
the configuration file, `NO_COLOR` switches colours off, `HOLDLINE_TRACEBACK=1` shows where something unexpected went
wrong.
"""


def _commands(ctx: click.Context) -> Iterator[str]:
    yield f"## {ctx.command_path}\n\n```text\n{ctx.get_help()}\n```\n"
    if isinstance(ctx.command, click.Group):
        for name in ctx.command.list_commands(ctx):
            command = ctx.command.get_command(ctx, name)
            assert command is not None
            yield from _commands(_context(command, name, ctx))


def _context(command: click.Command, name: str, parent: click.Context | None = None) -> click.Context:
    return click.Context(
        command,
        parent=parent,
        info_name=name,
        terminal_width=_WIDTH,
        max_content_width=_WIDTH,
        help_option_names=["-h", "--help"],
    )


def _codes() -> str:
    rows = [f"| {code.value} | {meaning} |" for code, meaning in MEANINGS.items()]
    return "\n".join(("## Exit codes", "", "| code | meaning |", "|---|---|", *rows, ""))
