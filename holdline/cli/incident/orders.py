"""`holdline incident ack`, `hold`, `resolve` and `escalate`: what a person tells an incident."""

import asyncio
import hashlib
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import click
from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from holdline.cli import session
from holdline.cli.exits import Exit, Stop
from holdline.cli.incident.completing import incidents
from holdline.cli.incident.finding import find
from holdline.cli.incident.reading import NoWorker, ask
from holdline.cli.incident.visibility import Row
from holdline.cli.options import DURATION
from holdline.cli.terminal import complain, line
from holdline.domain.duration import say
from holdline.domain.messages import ACKNOWLEDGE, ESCALATE, FORBIDDEN, HOLD, RESOLVE, Reply, Request, Snapshot
from holdline.domain.timeline import Fact

Command = Callable[..., None]

# What changes the meaning of an order: given again after one of these, it is a new order.
_DECISIVE: Final = (
    Fact.PAGED,
    Fact.PAGE_FAILED,
    Fact.ACKNOWLEDGED,
    Fact.LAPSED,
    Fact.OPERATOR,
    Fact.TERMINAL,
    Fact.STATE,
)
_PAUSE: Final = timedelta(milliseconds=500)


def _named(_context: click.Context, _option: click.Parameter, by: str) -> str:
    if not by.strip():
        raise click.UsageError("Say who you are with --by NAME or in HOLDLINE_OPERATOR.")
    return by.strip()


def options(command: Command) -> Command:
    """Give an order its options: which incident, who, why, how long to wait."""
    for option in (
        click.option("--wait", type=DURATION, default="20s", show_default=True, help="How long to wait for a worker."),
        click.option("--reason", default="", help="Why; it is written into the timeline."),
        click.option(
            "--by",
            default=session.whoever,
            callback=_named,
            help="Who you are; default: $HOLDLINE_OPERATOR, else your login name.",
        ),
        click.argument("incident", shell_complete=incidents),
    ):
        command = option(command)
    return command


@click.command()
@options
@click.pass_obj
def ack(config: Path | None, /, **given: Any) -> None:
    """Take INCIDENT: no further tier is paged while your acknowledgement lasts."""
    _give(config, ACKNOWLEDGE, **given)


@click.command()
@options
@click.pass_obj
def hold(config: Path | None, /, **given: Any) -> None:
    """Stop the automation of INCIDENT: nothing more is changed, and nothing is put back."""
    _give(config, HOLD, **given)


@click.command()
@options
@click.pass_obj
def resolve(config: Path | None, /, **given: Any) -> None:
    """Say that INCIDENT is over: what was changed is put back unless it is held, and its pages are closed."""
    _give(config, RESOLVE, **given)


@click.command()
@options
@click.pass_obj
def escalate(config: Path | None, /, **given: Any) -> None:
    """Page the next tier of INCIDENT now, whoever has it."""
    _give(config, ESCALATE, **given)


def _give(config: Path | None, verb: str, incident: str, by: str, reason: str, wait: timedelta) -> None:
    request = Request(by=by, reason=reason)
    found, reply = session.run(_carry(config, incident, verb, request, wait))
    line(f"{found.workflow_id}: {reply.text}")


async def _carry(config: Path | None, name: str, verb: str, request: Request, wait: timedelta) -> tuple[Row, Reply]:
    client = await session.connected(session.settings(config))
    found = await find(client, name)
    if not found.running:
        raise closed(found)
    story = await patiently(client, found, wait)
    return found, await order(client, story, verb, request, wait)


async def order(client: Client, story: Snapshot, verb: str, request: Request, wait: timedelta) -> Reply:
    """Tell the incident; a repetition of the same order in the same situation is the same order."""
    handle = client.get_workflow_handle(story.workflow_id)
    try:
        async with asyncio.timeout(wait.total_seconds()):
            reply = await handle.execute_update(
                verb, request, id=update_id(story, verb, request.by), result_type=Reply, rpc_timeout=wait
            )
    except WorkflowUpdateFailedError as error:
        raise _refused(error) from None
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
        raise _late(story.workflow_id, wait) from None
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise Stop(Exit.CONFLICT, f"{story.workflow_id} has just been closed; nothing was changed.") from None
        raise
    assert isinstance(reply, Reply)
    return reply


def update_id(story: Snapshot, verb: str, by: str) -> str:
    """The id of an order: the same while nothing decisive has happened, so that a lost answer may be asked for again.

    It is a new one after a page, an answer or an order, so that escalating twice on purpose works.
    """
    last = max((entry.at.isoformat() for entry in story.timeline if entry.fact in _DECISIVE), default="")
    parts = (story.workflow_id, str(story.epoch), str(story.opening), verb, by, last)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


async def patiently(client: Client, found: Row, wait: timedelta) -> Snapshot:
    """What the incident tells, waiting for a worker as long as the operator does."""
    deadline = time.monotonic() + wait.total_seconds()
    told = False
    while (left := deadline - time.monotonic()) > 0:
        try:
            return await ask(client, found.workflow_id, found.run_id, timedelta(seconds=left))
        except NoWorker:
            if not told:
                complain(f"No worker answers for {found.workflow_id} yet; waiting up to {say(wait)} …")
            told = True
        await asyncio.sleep(_PAUSE.total_seconds())
    raise _late(found.workflow_id, wait)


def _late(workflow_id: str, wait: timedelta) -> Stop:
    return Stop(
        Exit.TIMED_OUT,
        f"No worker answered for {workflow_id} within {say(wait)}. Start a worker (`holdline worker`), look at the "
        "incident with `holdline incident show`, and say it again if it was not heard.",
    )


def _refused(error: WorkflowUpdateFailedError) -> Stop:
    cause = error.cause
    reason = cause.message if isinstance(cause, ApplicationError) else "the incident refused"
    forbidden = isinstance(cause, ApplicationError) and cause.type == FORBIDDEN
    return Stop(Exit.REFUSED if forbidden else Exit.CONFLICT, f"Nothing was changed: {reason}.")


def closed(found: Row) -> Stop:
    """Say that it is too late."""
    state = f"{found.state} and closed" if found.state else "closed"
    at = f" since {found.closed_at:%Y-%m-%d %H:%M} UTC" if found.closed_at else ""
    return Stop(Exit.CONFLICT, f"Nothing was changed: {found.workflow_id} is {state}{at}.")
