"""`holdline worker`: incidents, and the calls to the vendors."""

from pathlib import Path

import click

from holdline.cli.exits import Exit, Stop
from holdline.cli.serving import child, prepared, serve
from holdline.settings import Role, Settings
from workers.main import WorkerFailed, run_worker


@click.command()
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([each.value for each in Role]),
    help="Work on this only; may be given several times. Default: the roles of the configuration.",
)
@child
@click.pass_obj
def worker(config: Path | None, /, roles: tuple[str, ...], child: bool) -> None:
    """Run a worker: incidents, and the calls to the vendors.

    SIGTERM ends it after the calls that are under way; a second signal ends it at once.
    """
    settings = prepared(config, child)
    serve(settings, "holdline-worker", _work(settings, [Role(each) for each in roles]))


async def _work(settings: Settings, roles: list[Role]) -> None:
    try:
        await run_worker(settings, roles or None)
    except WorkerFailed as error:
        raise Stop(Exit.UNEXPECTED, str(error)) from None
