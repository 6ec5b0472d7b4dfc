"""`holdline completion`: the script that makes a shell complete our commands."""

from typing import Final

import click
from click.shell_completion import get_completion_class

_SHELLS: Final = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of SHELL.

    For bash or zsh put `eval "$(holdline completion bash)"` into its start-up file; fish reads the script itself.
    """
    complete = get_completion_class(shell)
    assert complete is not None
    click.echo(complete(ctx.find_root().command, {}, "holdline", "_HOLDLINE_COMPLETE").source())
