"""What the commands that serve have in common: their settings, their log and traces, how they end."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from holdline.cli import lifeline, session
from holdline.cli.exits import Exit, Stop
from holdline.settings import Settings
from holdline.telemetry import start_telemetry
from workers.connection import TemporalUnreachable
from workers.runtime import MetricsUnavailable

Command = Callable[..., None]


def child(command: Command) -> Command:
    """Give a command the hidden switch by which it ends with the process that has started it."""
    return click.option("--lifeline", "child", is_flag=True, hidden=True)(command)


def prepared(config: Path | None, child: bool) -> Settings:
    """The settings of a process that serves."""
    if child:
        lifeline.hold()
    return session.settings(config)


def serve(settings: Settings, service: str, work: Coroutine[Any, Any, None]) -> None:
    """Work until a signal ends it; `service` names the process in traces."""
    close = start_telemetry(settings, service)
    try:
        with _troubles():
            session.run(work)
    finally:
        close()


@contextmanager
def _troubles() -> Iterator[None]:
    try:
        yield
    except MetricsUnavailable as error:
        raise Stop(Exit.CONFIG, str(error)) from None
    except TemporalUnreachable as error:
        raise Stop(Exit.UNREACHABLE, str(error)) from None
