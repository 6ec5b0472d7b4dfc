"""Looking into Temporal's own list whether an incident is one of many, and whether its parent still runs."""

import asyncio
import re
from datetime import timedelta
from typing import Final

from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError, RPCStatusCode

from holdline.domain import attributes, keys
from holdline.domain.lifecycle import OVER
from holdline.domain.messages import EPOCH_MEMO, WORKFLOW
from holdline.domain.storm import Crowd, Look

# For each of the two questions of a look; a page that waits for an answer longer is sent.
PATIENCE: Final = timedelta(seconds=1.5)
_STATE: Final = SearchAttributeKey.for_keyword(attributes.STATE)
_SITE: Final = SearchAttributeKey.for_keyword(attributes.SITE)
_PLAIN: Final = re.compile(r"[^'\"\\\x00-\x1f\x7f]*")


async def look(client: Client, wanted: Look) -> Crowd | None:
    """Whether there are others of one cause: their parent runs, or enough of them were opened together.

    None where there are too few, and where Temporal's list is away or slow: then the incident pages.
    """
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            if await _parent(client, wanted.parent) is not None:
                return Crowd(count=1)
        await asyncio.sleep(wanted.wait.total_seconds())
        async with asyncio.timeout(PATIENCE.total_seconds()):
            return await _crowd(client, wanted)
    except (TimeoutError, RPCError, RuntimeError):
        # RuntimeError is the bridge's word for a connection that cannot be made.
        return None


async def pages_for(client: Client, parent: str, epoch: int) -> bool:
    """Whether this episode of a parent is open: it answers for its members. Raises RPCError."""
    found = await _parent(client, parent)
    if found is None or found.typed_search_attributes.get(_STATE) in OVER:
        return False
    return await found.memo_value(EPOCH_MEMO, 0, type_hint=int) == epoch


async def running(client: Client, prefix: str) -> frozenset[str]:
    """The ids with this beginning of incidents that are not over, as far as Temporal's list knows. Raises RPCError."""
    query = f"{_open(prefix)} AND {_not_over()}"
    return frozenset([each.id async for each in client.list_workflows(query)])


async def _parent(client: Client, workflow_id: str) -> WorkflowExecutionDescription | None:
    """The run of a parent; asked for by id, which is never behind."""
    try:
        found = await client.get_workflow_handle(workflow_id).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return found if found.status is WorkflowExecutionStatus.RUNNING else None


async def _crowd(client: Client, wanted: Look) -> Crowd | None:
    """Count with those whose site nobody knows yet, and where that is many, without them."""
    loose = bool(wanted.site) and not wanted.strict
    if loose and await _count(client, wanted, or_unknown=True) < wanted.at_least:
        return None
    count = await _count(client, wanted, or_unknown=False)
    if count >= wanted.at_least:
        return Crowd(count=count)
    return Crowd(count=count, certain=False) if loose else None


async def _count(client: Client, wanted: Look, or_unknown: bool) -> int:
    query = (
        f"{_open(keys.prefix(wanted.kind))} AND {_not_over()} AND WorkflowId != '{wanted.parent}' AND {_opened(wanted)}"
    )
    nowhere = f"{attributes.SITE} IS NULL"
    if not wanted.site:
        return await _counted(client, f"{query} AND {nowhere}")
    if not _PLAIN.fullmatch(wanted.site):
        # Servers disagree about how a quote is escaped.
        return await _listed(client, query, wanted.site, or_unknown)
    there = f"{attributes.SITE} = '{wanted.site}'"
    return await _counted(client, f"{query} AND ({there} OR {nowhere})" if or_unknown else f"{query} AND {there}")


async def _counted(client: Client, query: str) -> int:
    return (await client.count_workflows(query)).count


async def _listed(client: Client, query: str, site: str, or_unknown: bool) -> int:
    wanted = (site, None) if or_unknown else (site,)
    found = [each async for each in client.list_workflows(query)]
    return sum(each.typed_search_attributes.get(_SITE) in wanted for each in found)


def _open(prefix: str) -> str:
    return f"WorkflowType = '{WORKFLOW}' AND ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH '{prefix}'"


def _not_over() -> str:
    states = ", ".join(f"'{each}'" for each in sorted(OVER))
    return f"{attributes.STATE} NOT IN ({states})"


def _opened(wanted: Look) -> str:
    first, last = wanted.opened_at - wanted.within, wanted.opened_at + wanted.within
    return f"StartTime BETWEEN '{first.isoformat()}' AND '{last.isoformat()}'"
