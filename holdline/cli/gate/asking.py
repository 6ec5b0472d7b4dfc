"""Asking the gate: only one that runs is asked, because one that was ended still answers with its last board."""

import asyncio
from datetime import timedelta
from typing import Any, Final

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from holdline.cli.exits import Exit, Stop
from holdline.domain.gate_messages import BOARD, GATE, Board

PATIENCE: Final = timedelta(seconds=5)
_SILENT = (RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)
_AGAIN = "A worker that starts opens it (`holdline worker`), and so does the next change that is wanted."


async def running(client: Client) -> WorkflowHandle[Any, Any]:
    """The gate, or stop where it does not run."""
    gate = client.get_workflow_handle(GATE)
    try:
        found = await gate.describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise Stop(Exit.NOT_FOUND, f"The gate has never been opened. {_AGAIN}") from None
        raise
    if found.status is not WorkflowExecutionStatus.RUNNING:
        how = found.status.name.lower() if found.status else "ended"
        at = f" at {found.close_time:%Y-%m-%d %H:%M} UTC" if found.close_time else ""
        raise Stop(Exit.NOT_FOUND, f"The gate does not run: it was {how}{at}. {_AGAIN}")
    return gate


async def board(gate: WorkflowHandle[Any, Any], patience: timedelta = PATIENCE) -> Board:
    """What the gate says of itself, or stop where no worker answers."""
    try:
        async with asyncio.timeout(patience.total_seconds()):
            answer = await gate.query(BOARD, result_type=Board, rpc_timeout=patience)
    except (TimeoutError, WorkflowQueryFailedError):
        raise silent(patience) from None
    except RPCError as error:
        if error.status in _SILENT:
            raise silent(patience) from None
        raise
    assert isinstance(answer, Board)
    return answer


def silent(patience: timedelta) -> Stop:
    """No worker answers."""
    return Stop(
        Exit.TIMED_OUT,
        f"No worker answered for the gate within {patience.total_seconds():g}s; `holdline worker` starts one. "
        "What is held stays held until its lease ends.",
    )
