"""`holdline gate cap` and `free`: what a person tells the gate."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from holdline.cli import session
from holdline.cli.exits import Exit, Stop
from holdline.cli.gate import asking
from holdline.cli.options import DURATION
from holdline.cli.terminal import line
from holdline.domain.gate import MOST
from holdline.domain.gate_messages import FREE, SET_CAP, CapOrder, FreeOrder
from holdline.domain.messages import Reply

Command = Callable[..., None]


def _order(command: Command) -> Command:
    for option in (
        click.option("--wait", type=DURATION, default="20s", show_default=True, help="How long to wait for a worker."),
        click.option("--reason", required=True, help="Why; it is written down at the gate."),
        click.option(
            "--by", default=session.whoever, help="Who you are; default: $HOLDLINE_OPERATOR, else your login name."
        ),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("number", type=click.IntRange(1, MOST))
@_order
@click.pass_obj
def cap(config: Path | None, /, number: int, by: str, reason: str, wait: timedelta) -> None:
    """Let NUMBER changes be made at once, across all workers.

    What is under way goes on when the number is lowered. It counts until it is set again, here or in the configuration.
    """
    _signed(by, reason)
    _give(config, SET_CAP, CapOrder(cap=number, by=by, reason=reason), wait)


@click.command()
@click.argument("resource")
@_order
@click.pass_obj
def free(config: Path | None, /, resource: str, by: str, reason: str, wait: timedelta) -> None:
    """Take the lock RESOURCE, such as `queue:<id>`, from whoever holds it, with all that was granted with it.

    Its holder is not stopped: it may still act until its lease ends. Hold the incident first if it must not.
    """
    _signed(by, reason)
    _give(config, FREE, FreeOrder(resource=resource, by=by, reason=reason), wait)


def _signed(by: str, reason: str) -> None:
    if not by.strip():
        raise click.UsageError("Say who you are with --by NAME or in HOLDLINE_OPERATOR.")
    if not reason.strip():
        raise click.UsageError("Say why with --reason.")


def _give(config: Path | None, verb: str, order: CapOrder | FreeOrder, wait: timedelta) -> None:
    reply = session.run(_carry(config, verb, order, wait))
    line(f"gate: {reply.text}")


async def _carry(config: Path | None, verb: str, order: CapOrder | FreeOrder, wait: timedelta) -> Reply:
    client = await session.connected(session.settings(config))
    gate: Any = await asking.running(client)
    try:
        async with asyncio.timeout(wait.total_seconds()):
            reply = await gate.execute_update(verb, order, result_type=Reply, rpc_timeout=wait)
    except WorkflowUpdateFailedError as error:
        cause = error.cause
        reason = cause.message if isinstance(cause, ApplicationError) else "the gate refused"
        raise Stop(Exit.CONFLICT, f"Nothing was changed: {reason}.") from None
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
        raise asking.silent(wait) from None
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise Stop(Exit.CONFLICT, "The gate has just been ended; nothing was changed.") from None
        raise
    assert isinstance(reply, Reply)
    return reply
