"""Opening the gate: once for all workers, and never so that two of them grant the same lock."""

import asyncio
from datetime import timedelta
from typing import Any, Final

from temporalio import activity
from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from holdline.domain import queues
from holdline.domain.claim import Claim
from holdline.domain.frozen import Frozen
from holdline.domain.gate import Limits
from holdline.domain.gate_messages import ADOPT, ASK, CLAIM, GATE, LEASE_MEMO, WORKFLOW, Answer, Opening

_TITLE: Final = "One change at a time"
_DETAILS: Final = (
    "Who may change something now, and who waits. Never terminate it: nothing is granted for a lease then."
)


class Claiming(Frozen):
    """The gate that a claim is said to."""

    gate: str
    claim: Claim


class Gatehouse:
    """Speaks to the gate, and opens it where it does not run, with the limits of this worker's configuration.

    Who asks waits `patience` for the answer; what takes longer comes by signal.
    """

    def __init__(self, limits: Limits, patience: timedelta = timedelta(seconds=1)) -> None:
        self._limits = limits
        self._patience = patience

    @activity.defn(name="claim_at_gate")
    async def claim_at_gate(self, claiming: Claiming) -> Answer:
        """Say the claim, and return the answer where the gate has one at once; else it is a signal.

        Saying it twice is saying it once. The gate takes ten questions at a time: the next ones are only said.
        """
        client, claim = activity.client(), claiming.claim
        gate = client.get_workflow_handle(claiming.gate)
        answer = await _asked(gate, claim, self._patience)
        while answer is None and not await _said(gate, CLAIM, claim):
            await open_gate(client, self._limits, claiming.gate)
            answer = await _asked(gate, claim, self._patience)
        return answer or Answer()


async def open_gate(client: Client, limits: Limits, gate: str = GATE) -> None:
    """See that the gate runs and knows the configuration; repeating it changes nothing. Raises RPCError.

    The server takes the first start only where there has never been a gate. After one that was terminated or has
    failed, nothing is granted until every lease of it must have ended.
    """
    try:
        await _start(client, gate, Opening(limits=limits), WorkflowIDReusePolicy.REJECT_DUPLICATE)
    except WorkflowAlreadyStartedError:
        while not await _said(client.get_workflow_handle(gate), ADOPT, limits):
            lease = await _longest(client.get_workflow_handle(gate), limits)
            await _start(client, gate, Opening(limits=limits, quiet=lease), WorkflowIDReusePolicy.ALLOW_DUPLICATE)


async def _start(client: Client, gate: str, opening: Opening, reuse: WorkflowIDReusePolicy) -> None:
    anew = reuse is WorkflowIDReusePolicy.ALLOW_DUPLICATE
    await client.start_workflow(
        WORKFLOW,
        opening,
        id=gate,
        task_queue=queues.INCIDENTS,
        id_reuse_policy=reuse,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING if anew else WorkflowIDConflictPolicy.FAIL,
        memo={LEASE_MEMO: max(opening.limits.lease, opening.quiet).total_seconds()},
        static_summary=_TITLE,
        static_details=_DETAILS,
        # Fifty incidents wait for this one workflow.
        priority=Priority(priority_key=1),
    )


async def _asked(gate: WorkflowHandle[Any, Any], claim: Claim, patience: timedelta) -> Answer | None:
    """Say a claim with an answer; None where there is none in time, or no gate.

    Raises CancelledError where the activity is being cancelled, which the SDK tells like a call that took too long.
    """
    try:
        async with asyncio.timeout(patience.total_seconds()):
            answer: Answer = await gate.execute_update(ASK, claim, result_type=Answer)
            return answer
    except (TimeoutError, RPCError, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError):
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError from None
        return None


async def _said(gate: WorkflowHandle[Any, Any], signal: str, word: Claim | Limits) -> bool:
    """Signal the gate; False where it does not run."""
    try:
        await gate.signal(signal, word)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True


async def _longest(gate: WorkflowHandle[Any, Any], limits: Limits) -> timedelta:
    """The longest lease that the gate before may have granted."""
    described = await gate.describe()
    before = (await described.memo()).get(LEASE_MEMO, 0)
    seconds = float(before) if isinstance(before, int | float) else 0.0
    return max(limits.lease, timedelta(seconds=seconds))
