"""The way to Temporal: its own environment configuration, our plugins, and patience while it starts."""

import asyncio
import logging
import time
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RetryConfig

from holdline.domain.duration import say
from holdline.settings import Settings
from workers.plugin import plugins
from workers.runtime import runtime
from workers.server import running

log = logging.getLogger(__name__)

_PAUSES = (0.25, 0.5, 1.0, 2.0, 5.0)
# A dead server answers an attempt at once and a frozen one never; a webhook waits for neither.
_AT_ONCE = RetryConfig(initial_interval_millis=100, max_retries=1, max_elapsed_time_millis=800)


class TemporalUnreachable(Exception):
    """Temporal does not answer, or its configuration cannot be used; the sentence says what to do."""


async def connect(settings: Settings, patience: timedelta = timedelta(seconds=60), identity: str = "") -> Client:
    """Connect to Temporal; while it does not answer, try again until the patience is over.

    The address is the one of TEMPORAL_ADDRESS or the TEMPORAL_PROFILE, else of the embedded server that runs on the
    data directory, else localhost:7233. `identity` is who the server says did something. Raises TemporalUnreachable.
    """
    options = _options(settings, identity)
    deadline = time.monotonic() + patience.total_seconds()
    for attempt in range(1_000_000):
        try:
            return await Client.connect(**options)
        except RuntimeError as error:
            pause = _PAUSES[min(attempt, len(_PAUSES) - 1)]
            if time.monotonic() + pause > deadline:
                raise TemporalUnreachable(_silent(options["target_host"], patience, error)) from None
            log.warning("Temporal at %s does not answer yet; trying again in %gs", options["target_host"], pause)
            await asyncio.sleep(pause)
    raise AssertionError("the patience never ended")


async def connect_later(settings: Settings, identity: str = "") -> Client:
    """Return a client that connects with its first call and gives up within a second, for whoever may not wait.

    Give each call an `rpc_timeout` as well: a frozen server holds an attempt. No worker can use this client.
    """
    return await Client.connect(**_options(settings, identity), lazy=True, retry_config=_AT_ONCE)


def _options(settings: Settings, identity: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = dict(ClientConfig.load_client_connect_config())
    except (RuntimeError, ValueError, OSError) as error:
        raise TemporalUnreachable(
            f"Temporal's own configuration cannot be used: {error}. See TEMPORAL_PROFILE and TEMPORAL_CONFIG_FILE."
        ) from None
    if "target_host" not in found:
        server = running(settings.data_dir)
        found["target_host"] = "localhost:7233" if server is None else server.address
    return found | {
        "plugins": plugins(),
        "runtime": runtime(settings.telemetry.metrics),
        "identity": identity or None,
    }


def _silent(address: str, patience: timedelta, error: RuntimeError) -> str:
    reason = str(error).splitlines()[0][:200]
    return (
        f"Temporal at {address} did not answer within {say(patience)} ({reason}). Start it with `holdline up`, or set "
        "TEMPORAL_ADDRESS to where it runs."
    )
