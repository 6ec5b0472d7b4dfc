"""How a scene ends: nothing of it walks into the next one."""

from contextlib import suppress
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from holdline.domain import messages
from holdline.domain.gate_messages import BOARD, FREE, GATE, Board, FreeOrder


async def terminated(handle: WorkflowHandle[Any, Any]) -> None:
    """End an incident that is open, so that it does not walk into the next scene."""
    try:
        await handle.terminate("the scene is over")
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise


async def gives_way(handle: WorkflowHandle[Any, Any]) -> None:
    """Take the locks of an incident that has just been terminated: the lease of these tests outlasts them all."""
    gate = handle._client.get_workflow_handle(GATE)
    with suppress(RPCError):
        board: Board = await gate.query(BOARD, result_type=Board)
        for held in [each for each in board.holders if each.holder == handle.id]:
            order = FreeOrder(resource=held.resources[0], by="the scene", reason="it is over")
            await gate.execute_update(FREE, order, result_type=messages.Reply)
