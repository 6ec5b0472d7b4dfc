"""The one way to the keeper of a ticket: briefed by incidents, found and told by people."""

import asyncio
from datetime import timedelta
from typing import Final

from temporalio.client import Client, WorkflowExecution, WorkflowQueryFailedError
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from holdline.domain import attributes, queues
from holdline.domain.keys import workflow_of_keeper
from holdline.domain.messages import Reply
from holdline.domain.ticket_messages import BRIEF, LETTER, WORKFLOW, Brief, Letter, Order, Standing, TicketInput
from holdline.intake import NotTaken

PATIENCE: Final = timedelta(seconds=5)
_AT_ONCE: Final = 10
_DEAD: Final = (
    f"WorkflowType = '{WORKFLOW}' AND {attributes.STATE} = '{Standing.DEAD_LETTER}' AND ExecutionStatus = 'Running'"
)


async def brief(client: Client, order: TicketInput, said: Brief, patience: timedelta = PATIENCE) -> bool:
    """Say what the ticket is to say; the first brief begins to keep it. The same brief twice is one.

    False where nobody keeps it any more: it was closed for good, or dropped. Raises NotTaken.
    """
    try:
        await client.start_workflow(
            WORKFLOW,
            order,
            id=order.workflow_id,
            task_queue=queues.INCIDENTS,
            start_signal=BRIEF,
            start_signal_args=[said],
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            search_attributes=_shown(order, said),
            static_summary=f"ticket of {order.incident} in {order.rule.system}",
            rpc_timeout=patience,
        )
    except WorkflowAlreadyStartedError:
        return False
    except RPCError as error:
        raise NotTaken(f"Temporal did not take the brief ({error.status.name.lower()})", reached=True) from None
    return True


def _shown(order: TicketInput, said: Brief) -> TypedSearchAttributes:
    texts = {attributes.STATE: Standing.KEPT.value, attributes.ENTITY: said.facts.get("entity_id", "")}
    pairs = [SearchAttributePair(SearchAttributeKey.for_keyword(name), text) for name, text in texts.items()]
    epoch = SearchAttributePair(SearchAttributeKey.for_int(attributes.EPOCH), order.epoch)
    return TypedSearchAttributes([*pairs, epoch])


async def dead(client: Client, patience: timedelta = PATIENCE) -> int:
    """How many tickets their systems were not told. Raises RPCError."""
    return (await client.count_workflows(_DEAD, rpc_timeout=patience)).count


async def letters(client: Client, patience: timedelta = PATIENCE) -> list[Letter]:
    """Every ticket that its system was not told, as its keeper has it. Raises RPCError where none can be listed.

    A keeper that does not answer hides no other: its letter has no class of failure, and no system.
    """
    found = [each async for each in client.list_workflows(_DEAD, rpc_timeout=patience)]
    turn = asyncio.Semaphore(_AT_ONCE)
    asked = await asyncio.gather(*(_listed(client, each, patience, turn) for each in found))
    return [each for each in asked if each is not None]


async def _listed(
    client: Client, found: WorkflowExecution, patience: timedelta, turn: asyncio.Semaphore
) -> Letter | None:
    """None where it has been delivered meanwhile, for good."""
    try:
        async with turn:
            return await letter(client, found.id, patience)
    except WorkflowQueryFailedError:
        return _silent(found)
    except RPCError as error:
        return None if error.status is RPCStatusCode.NOT_FOUND else _silent(found)


def _silent(found: WorkflowExecution) -> Letter:
    return Letter(
        id=found.id,
        incident=workflow_of_keeper(found.id),
        system="",
        standing=Standing.DEAD_LETTER,
        reason="its keeper does not answer",
        failed_at=found.start_time,
    )


async def letter(client: Client, id: str, patience: timedelta = PATIENCE) -> Letter:
    """How a ticket stands. Raises RPCError where nobody keeps it, or no worker answers."""
    keeper = client.get_workflow_handle(id)
    answer = await keeper.query(LETTER, result_type=Letter, rpc_timeout=patience)
    assert isinstance(answer, Letter)
    return answer


async def tell(client: Client, id: str, verb: str, order: Order, patience: timedelta = PATIENCE) -> Reply:
    """Have a dead letter delivered (REPLAY) or given up (DROP). Raises RPCError and what an update raises."""
    keeper = client.get_workflow_handle(id)
    reply = await keeper.execute_update(verb, order, result_type=Reply, rpc_timeout=patience)
    assert isinstance(reply, Reply)
    return reply
