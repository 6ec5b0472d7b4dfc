"""`holdline up`: Temporal, gateway and worker on this machine, kept running, with `--sandbox` the vendors too."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click

from holdline.cli import household, session
from holdline.cli.ending import Ending
from holdline.cli.exits import Exit, Stop
from holdline.cli.stage import FILE, Pace, Ports, build
from holdline.cli.supervisor import ChildFailed, Program, Supervisor
from holdline.cli.terminal import complain, line
from holdline.freeport import free_ports
from holdline.settings import Settings
from workers.embedded import is_elsewhere
from workers.server import running, stop

_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class House:
    """What runs: its configuration, the environment of its processes, and the programs in order."""

    config: Path | None
    settings: Settings
    environ: dict[str, str]
    programs: tuple[Program, ...]

    @property
    def tends_temporal(self) -> bool:
        """Whether the Temporal server is one of them, and not somebody else's."""
        return any(program.name == household.TEMPORAL for program in self.programs)


@click.command()
@click.option("--sandbox", is_flag=True, help="Run the simulated vendors, too; without a configuration, with theirs.")
@click.pass_obj
def up(config: Path | None, /, sandbox: bool) -> None:
    """Run everything on this machine: Temporal with its console, gateway and worker.

    Each is a process of its own, is started again when it dies, and writes its log into the data directory. Ctrl-C
    ends all of them; a second one does not wait. A Temporal server that TEMPORAL_ADDRESS names is used as it is.
    """
    path, settings = _chosen(config, sandbox)
    with _alone(settings.data_dir):
        session.run(_run(house(path, settings, sandbox)))


def house(config: Path | None, settings: Settings, sandbox: bool) -> House:
    """Everything that has to run for a configuration; ports that are left open get a number that stays."""
    environ = _environment(settings)
    settings = session.settings(config, environ)
    server = running(settings.data_dir)
    programs: list[Program] = []
    if is_elsewhere():
        pass
    elif server is not None:
        environ["TEMPORAL_ADDRESS"] = server.address
    else:
        environ["TEMPORAL_ADDRESS"] = f"{settings.temporal.embedded.host}:{settings.temporal.embedded.port}"
        programs.append(household.temporal(config, settings))
    if sandbox:
        programs.append(household.sandbox(config, settings))
    programs += [household.worker(config, settings), household.gateway(config, settings)]
    return House(config, settings, environ, tuple(programs))


def _chosen(config: Path | None, sandbox: bool) -> tuple[Path | None, Settings]:
    settings = session.settings(config)
    named = household.vendors(settings)
    if not sandbox:
        if not named:
            raise Stop(Exit.CONFIG, _NO_VENDOR)
        return config, settings
    real = {name: address for name, address in named.items() if urlsplit(address).hostname not in _LOCAL}
    if real:
        names = ", ".join(f"{name} at {address}" for name, address in real.items())
        raise Stop(
            Exit.CONFIG, f"The configuration names real vendors ({names}); --sandbox would not stand in for them."
        )
    return (config, settings) if named else _made_up(settings)


_NO_VENDOR: Final = (
    "The configuration names no vendor. `holdline up --sandbox` runs with simulated ones; holdline.example.toml shows "
    "how to name real ones."
)


def _made_up(settings: Settings) -> tuple[Path, Settings]:
    """The sandbox's own configuration, written once and kept."""
    folder = settings.data_dir / "sandbox"
    file = folder / FILE
    if not file.exists():
        given = settings.temporal.embedded
        fixed = {"temporal": given.port, "console": given.ui_port, "gateway": settings.gateway.port}
        build(folder, replace(Ports.free(), **{name: port for name, port in fixed.items() if port}), Pace())
    return file, session.settings(file)


async def _run(house: House) -> None:
    ending = Ending()
    supervisor = Supervisor(house.settings.data_dir / "logs", complain, house.environ)
    ending.hurried_by(supervisor.abandon)
    try:
        if await ending.unless(supervisor.start(*house.programs)):
            _tell(house)
            await ending.wait()
    except ChildFailed as failed:
        raise Stop(Exit.UNEXPECTED, str(failed)) from None
    finally:
        complain("Ending …")
        await supervisor.stop()
        if house.tends_temporal:
            # Whoever looked after the server may have been killed before it could end it.
            await stop(house.settings.data_dir)


def _tell(house: House) -> None:
    settings = house.settings
    gateway = f"http://{settings.gateway.host}:{settings.gateway.port}"
    server = running(settings.data_dir)
    option = f"--config {house.config} " if house.config else ""
    line(
        f"Events go to {gateway}/v1/events; what happens is seen at {server.ui_url if server else 'your Temporal UI'}."
    )
    line(f"`holdline {option}incident list` lists incidents. Logs: {settings.data_dir / 'logs'}. Ctrl-C ends it.")


def _environment(settings: Settings) -> dict[str, str]:
    """Give a number to every port that is left open, so that a process that starts again is found again."""
    temporal, console, gateway, health = free_ports(4)
    embedded = settings.temporal.embedded
    numbers = {
        "HOLDLINE_TEMPORAL__EMBEDDED__PORT": embedded.port or temporal,
        "HOLDLINE_TEMPORAL__EMBEDDED__UI_PORT": embedded.ui_port or console,
        "HOLDLINE_GATEWAY__PORT": settings.gateway.port or gateway,
    }
    environ = os.environ | {name: str(number) for name, number in numbers.items()}
    environ["HOLDLINE_WORKER__HEALTH"] = settings.worker.health or f"127.0.0.1:{health}"
    return environ


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Hold the data directory against a second `up`."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(data_dir / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Stop(Exit.CONFLICT, f"Another `holdline up` runs on {data_dir}; end that one first.") from None
    finally:
        os.close(lock)
