"""The embedded server that the settings describe: the one that runs already, or a new one."""

import os

from holdline.settings import Settings
from workers.datadir import Server
from workers.server import ServerSpec, running, start


def server_spec(settings: Settings) -> ServerSpec:
    """Return how the settings want the embedded server to run."""
    section = settings.temporal.embedded
    return ServerSpec(
        data_dir=settings.data_dir,
        host=section.host,
        port=section.port,
        ui_port=section.ui_port if section.ui else None,
        durable=section.durable,
        plain=section.plain,
        binary=section.binary,
    )


async def up(settings: Settings) -> tuple[Server, bool]:
    """Return the server of the data directory and whether this call started it. Raises what `start` raises."""
    server = running(settings.data_dir)
    if server is not None:
        return server, False
    return await start(server_spec(settings)), True


def is_elsewhere() -> bool:
    """Whether Temporal's own configuration names a server, so that none has to be embedded."""
    return bool(os.environ.get("TEMPORAL_ADDRESS") or os.environ.get("TEMPORAL_PROFILE"))
