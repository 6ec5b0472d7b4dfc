"""A command group that loads a command's module only when that command runs, so that `--help` is quick."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click

from holdline.cli.abrupt import abrupt


@dataclass(frozen=True)
class Place:
    """Where a command is (`package.module:name`) and the line that `--help` says about it."""

    path: str
    line: str

    def load(self) -> click.Command:
        """Import the module and return the command."""
        module, _, name = self.path.partition(":")
        with abrupt():
            command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command


class LazyGroup(click.Group):
    """A group over a table of places, listed in the order of the table."""

    def __init__(self, *args: Any, places: Mapping[str, Place], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names in the order of the table."""
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Load one command."""
        place = self._places.get(cmd_name)
        return None if place is None else place.load()

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """List the commands without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.line) for name, place in self._places.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or refuse with the names that look like it."""
        if args and args[0] not in self._places and not args[0].startswith("-"):
            ctx.fail(f"There is no command {args[0]!r}.{self._alike(args[0])}")
        return super().resolve_command(ctx, args)

    def _alike(self, name: str) -> str:
        alike = get_close_matches(name, self._places, n=3, cutoff=0.5)
        return f" Did you mean {' or '.join(alike)}?" if alike else ""
