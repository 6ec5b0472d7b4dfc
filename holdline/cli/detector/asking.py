"""Asking the detectors: what each of them knows, or why it does not say."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowQueryFailedError
from temporalio.service import RPCError, RPCStatusCode

from holdline.domain.detection import Source
from holdline.domain.watching import BOARD, Board, detector_id

PATIENCE: Final = timedelta(seconds=5)
_SILENT = (RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)


@dataclass(frozen=True)
class Post:
    """One source and its detector; without a board `state` says why: ended, or no worker answers."""

    source: Source
    state: str
    board: Board | None = None


async def posts(client: Client) -> list[Post]:
    """Every detector that was ever started, except those that ended because the configuration dropped them."""
    found = await asyncio.gather(*(_post(client, source) for source in Source))
    return [each for each in found if each is not None]


async def _post(client: Client, source: Source) -> Post | None:
    handle = client.get_workflow_handle(detector_id(source))
    try:
        described = await handle.describe(rpc_timeout=PATIENCE)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    if described.status is WorkflowExecutionStatus.COMPLETED:
        return None
    if described.status is not WorkflowExecutionStatus.RUNNING:
        return Post(source, f"stopped: {described.status.name.lower() if described.status else 'gone'}")
    board = await _board(client, source)
    return Post(source, "no worker answers") if board is None else Post(source, board.standing.value, board)


async def _board(client: Client, source: Source) -> Board | None:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            answer = await client.get_workflow_handle(detector_id(source)).query(
                BOARD, result_type=Board, rpc_timeout=PATIENCE
            )
    except (TimeoutError, WorkflowQueryFailedError):
        return None
    except RPCError as error:
        if error.status in _SILENT:
            return None
        raise
    assert isinstance(answer, Board)
    return answer
