"""What a command needs before it can work: the settings, an event loop, and words for what may go wrong."""

import asyncio
import getpass
import logging
import os
import socket
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from holdline.cli.exits import Exit, Stop
from holdline.settings import ConfigInvalid, Settings, load
from workers.connection import TemporalUnreachable, connect

OPERATOR: Final = "HOLDLINE_OPERATOR"

_PATIENCE: Final = timedelta(seconds=5)
_AWAY = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)
_FORBIDDEN = (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED)

T = TypeVar("T")


def settings(path: Path | None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the configuration, or stop with every mistake in it."""
    try:
        return load(path, os.environ if environ is None else environ)
    except ConfigInvalid as invalid:
        raise Stop(Exit.CONFIG, problems(invalid)) from None


def problems(invalid: ConfigInvalid) -> str:
    """The mistakes of a configuration, one on each line."""
    head = "The configuration is wrong:" if len(invalid.problems) > 1 else "The configuration is wrong."
    return "\n".join((head, *(f"  {problem}" for problem in invalid.problems)))


async def connected(settings: Settings, patience: timedelta = _PATIENCE) -> Client:
    """A Temporal client of this operator, or stop when Temporal does not answer."""
    quiet = settings.telemetry.model_copy(update={"metrics": None})
    try:
        return await connect(settings.model_copy(update={"telemetry": quiet}), patience, _identity())
    except TemporalUnreachable as error:
        raise Stop(Exit.UNREACHABLE, str(error)) from None


def whoever() -> str:
    """The operator's name: $HOLDLINE_OPERATOR, else the login name."""
    try:
        return os.environ.get(OPERATOR) or getpass.getuser()
    except (OSError, KeyError):
        return ""


def _identity() -> str:
    return f"holdline-cli {whoever()}@{socket.gethostname()}"


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run the command's work; what Temporal refuses or leaves unanswered stops it with a sentence."""
    logging.getLogger().addHandler(logging.NullHandler())
    with answered():
        return asyncio.run(work)


@contextmanager
def answered() -> Iterator[None]:
    """Turn Temporal's refusals into Stop."""
    try:
        yield
    except RPCError as error:
        if error.status in _AWAY:
            raise Stop(Exit.UNREACHABLE, f"Temporal does not answer ({error.status.name.lower()}).") from None
        if error.status in _FORBIDDEN:
            raise Stop(Exit.REFUSED, "Temporal refuses this client; check its key or certificate.") from None
        raise
