"""The stage of the demonstration: a folder, a configuration with short waits, the processes, a way to talk to them."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from temporalio.client import Client

from holdline.cli import household, session
from holdline.cli.demo.world import World
from holdline.cli.ending import Ending
from holdline.cli.exits import Exit, Stop
from holdline.cli.stage import Pace, Ports, build
from holdline.cli.supervisor import ChildFailed, Program, Supervisor
from holdline.domain.duration import say
from holdline.settings import Settings
from workers.plugin import plugins
from workers.server import stop

Tell = Callable[[str], None]

PACE: Final = Pace(
    wait=timedelta(seconds=12),
    stale_after=timedelta(minutes=2),
    confirm_after=timedelta(seconds=5),
    reading=timedelta(seconds=20),
    linger=timedelta(minutes=5),
    ticket=timedelta(seconds=5),
    finish=timedelta(seconds=3),
)
_ELSEWHERE: Final = ("HOLDLINE_", "TEMPORAL_")
_WORKER_AWAY: Final = timedelta(seconds=3)
_WORDS: Final = {
    "wait": "each tier has {} to answer instead of {}",
    "confirm_after": "recovery is confirmed after {} instead of {}",
    "ticket": "its ticket is told every {} instead of {}",
    "linger": "a relapse re-opens the incident for {} instead of {}",
}


@dataclass(frozen=True)
class Stage:
    """Everything that runs for one demonstration."""

    config: Path
    settings: Settings
    supervisor: Supervisor
    client: Client
    world: World


def shortened(pace: Pace) -> str:
    """Say which waits are shorter than they are by default."""
    usual = Pace()
    names = [field.name for field in fields(Pace) if field.name in _WORDS]
    said = [_WORDS[name].format(say(getattr(pace, name)), say(getattr(usual, name))) for name in names]
    return f"Waits are shortened by configuration: {', '.join(said)}."


@asynccontextmanager
async def stage(folder: Path, ending: Ending, tell: Tell) -> AsyncIterator[Stage | None]:
    """Set everything up, and end it afterwards; None where somebody asked for the end while it was set up."""
    config = build(folder, Ports.free(), PACE)
    settings = session.settings(config, {})
    embedded = settings.temporal.embedded
    address = f"{embedded.host}:{embedded.port}"
    supervisor = Supervisor(folder / "logs", tell, _environment(address))
    ending.hurried_by(supervisor.abandon)
    world = World(**household.vendors(settings))
    try:
        ready = await ending.unless(supervisor.start(*_programs(config, settings)))
        client = await Client.connect(address, plugins=plugins(), identity="holdline demo") if ready else None
        yield Stage(config, settings, supervisor, client, world) if client else None
    except ChildFailed as failed:
        raise Stop(Exit.UNEXPECTED, str(failed)) from None
    finally:
        await world.close()
        await supervisor.stop()
        # Whoever looked after the server may have been killed before it could end it.
        await stop(folder)


def _programs(config: Path, settings: Settings) -> list[Program]:
    return [
        household.temporal(config, settings),
        household.sandbox(config, settings),
        replace(household.worker(config, settings), pause=_WORKER_AWAY),
        household.gateway(config, settings),
    ]


def _environment(address: str) -> dict[str, str]:
    """The environment of the processes, without what configures some other Holdline or Temporal."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_ELSEWHERE)}
    return kept | {"TEMPORAL_ADDRESS": address}
