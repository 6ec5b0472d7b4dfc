"""`holdline sandbox`: the simulated vendors."""

from pathlib import Path

import click

from holdline.cli.exits import Exit, Stop
from holdline.cli.serving import child, prepared
from holdline.cli.simulated import sandbox_settings
from holdline.simulators.sandbox import run_sandbox


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Listen on this address.")
@click.option("--sites", type=click.IntRange(1, 1000), default=1, show_default=True, help="How many sites there are.")
@child
@click.pass_obj
def sandbox(config: Path | None, /, host: str, sites: int, child: bool) -> None:
    """Run the simulated vendors at the addresses that the configuration has for the real ones.

    They accept the configured credentials and send their events to the configured gateway. A vendor that is not
    configured gets a free port and public credentials of its own. One JSON line says where they listen.
    """
    settings = sandbox_settings(prepared(config, child), host, sites)
    try:
        run_sandbox(settings)
    except OSError as error:
        raise Stop(Exit.CONFLICT, f"The sandbox cannot listen on {host}: {error.strerror or error}.") from None
