"""`holdline gateway`: webhooks in, events to Temporal."""

from pathlib import Path

import click

from holdline.cli.exits import Exit, Stop
from holdline.cli.serving import child, prepared, serve
from holdline.gateway.config import GatewayRefused
from holdline.gateway.main import run_gateway
from holdline.settings import Settings


@click.command()
@child
@click.pass_obj
def gateway(config: Path | None, /, child: bool) -> None:
    """Run the gateway: it stores what webhooks and probes say, answers at once, and hands it to Temporal."""
    settings = prepared(config, child)
    serve(settings, "holdline-gateway", _open(settings))


async def _open(settings: Settings) -> None:
    try:
        await run_gateway(settings)
    except GatewayRefused as error:
        raise Stop(Exit.CONFIG, str(error)) from None
