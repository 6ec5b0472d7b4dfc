"""Reading one incident: by query from its worker while it runs, from its result once it is closed."""

import asyncio
from datetime import timedelta
from typing import Any, Final

from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
)
from temporalio.service import RPCError, RPCStatusCode

from holdline.domain.messages import SNAPSHOT, Snapshot

PATIENCE: Final = timedelta(seconds=5)
_LATE: Final = (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)


class NoWorker(Exception):
    """Temporal answers, but no worker answered for the incident in time."""


class Late(NoWorker):
    """No answer came in time: the workers are busy, or there are none."""


class Ended(Exception):
    """The run ended without a story: somebody terminated or cancelled it, or it failed."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


async def snapshot(client: Client, workflow_id: str, run_id: str) -> Snapshot:
    """Everything the incident tells. Raises NoWorker, Ended, RPCError."""
    return await story(client, workflow_id, run_id) or await ask(client, workflow_id, run_id)


async def story(client: Client, workflow_id: str, run_id: str | None = None) -> Snapshot | None:
    """What a closed run has left behind, None while it is under way. Raises Ended, RPCError."""
    handle = client.get_workflow_handle(workflow_id, run_id=run_id, result_type=Snapshot)
    described = await handle.describe()
    if described.status is WorkflowExecutionStatus.RUNNING:
        return None
    return await _left(handle, described)


async def ask(client: Client, workflow_id: str, run_id: str | None, patience: timedelta = PATIENCE) -> Snapshot:
    """Query a run that is under way. Raises NoWorker, Late, RPCError."""
    handle = client.get_workflow_handle(workflow_id, run_id=run_id)
    try:
        async with asyncio.timeout(patience.total_seconds()):
            answer = await handle.query(SNAPSHOT, result_type=Snapshot, rpc_timeout=patience)
    except TimeoutError:
        raise Late from None
    except WorkflowQueryFailedError as error:
        raise NoWorker(error.message) from None
    except RPCError as error:
        if error.status in _LATE:
            raise Late from None
        if error.status is RPCStatusCode.FAILED_PRECONDITION:
            raise NoWorker from None
        raise
    assert isinstance(answer, Snapshot)
    return answer


async def _left(handle: WorkflowHandle[Any, Any], described: WorkflowExecutionDescription) -> Snapshot:
    if described.status is not WorkflowExecutionStatus.COMPLETED:
        raise Ended(described.status.name.lower().replace("_", " ") if described.status else "ended")
    try:
        left = await handle.result(follow_runs=False)
    except WorkflowFailureError as error:
        raise Ended("failed") from error
    assert isinstance(left, Snapshot)
    return left
