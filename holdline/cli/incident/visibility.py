"""Asking Temporal which incidents there are; what a person types is quoted, never part of the query."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey, TypedSearchAttributes

from holdline.domain import attributes
from holdline.domain.incident import Severity
from holdline.domain.lifecycle import OVER, State
from holdline.domain.messages import LABEL_MEMO, WORKFLOW

MOST: Final = 1000
_PLAIN: Final = re.compile(r"[^'\"\\\x00-\x1f\x7f]*")


@dataclass(frozen=True)
class Row:
    """An incident as Temporal's list knows it; the list may be a second behind.

    `label` is what the entity was called when it was opened, the id where no name was known.
    """

    workflow_id: str
    run_id: str
    state: str
    severity: str
    entity: str
    label: str
    site: str
    acknowledged_by: str
    ack_code: str
    tier: int
    epoch: int
    opened_at: datetime
    closed_at: datetime | None
    running: bool
    queue: str

    @property
    def over(self) -> bool:
        """Whether the response has ended; a run that is over lingers for the re-open window."""
        return not self.running or self.state in OVER

    @property
    def urgency(self) -> tuple[bool, int, datetime]:
        """What the list is sorted by: open first, then the worst, then the oldest."""
        rank = Severity(self.severity).rank if self.severity in set(Severity) else len(Severity)
        return (self.over, -rank, self.opened_at)


def quoted(value: str) -> str:
    """A string of Temporal's query language: nothing in it can end it."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def query(states: Sequence[State] = (), site: str | None = None, closed: bool = False) -> str:
    """The incidents that run, or with `closed` all that Temporal still keeps.

    A site with a quote or a backslash is left to `rows`: servers disagree about how these are escaped.
    """
    clauses = [f"WorkflowType = {quoted(WORKFLOW)}"]
    if not closed:
        clauses.append("ExecutionStatus = 'Running'")
    if states:
        clauses.append(f"{attributes.STATE} IN ({', '.join(quoted(state) for state in states)})")
    if site is not None and _PLAIN.fullmatch(site):
        clauses.append(f"{attributes.SITE} = {quoted(site)}")
    return " AND ".join(clauses)


def by_code(code: str) -> str:
    """The incidents that run with this code in their pages."""
    return f"{query()} AND {attributes.ACK_CODE} = {quoted(code)}"


async def rows(client: Client, wanted: str, site: str | None = None) -> list[Row]:
    """The incidents of a query, the most urgent first. Runs that were continued are not incidents of their own."""
    found = [await row(each) async for each in client.list_workflows(wanted, limit=MOST) if not _continued(each)]
    return sorted((each for each in found if site in (None, each.site)), key=lambda row: row.urgency)


def _continued(execution: WorkflowExecution) -> bool:
    return execution.status is WorkflowExecutionStatus.CONTINUED_AS_NEW


async def row(execution: WorkflowExecution) -> Row:
    """The row of one execution."""
    known = execution.typed_search_attributes
    entity = _text(known, attributes.ENTITY) or execution.id.rpartition("/")[2]
    return Row(
        workflow_id=execution.id,
        run_id=execution.run_id,
        state=_text(known, attributes.STATE),
        severity=_text(known, attributes.SEVERITY),
        entity=entity,
        label=await execution.memo_value(LABEL_MEMO, entity, type_hint=str),
        site=_text(known, attributes.SITE),
        acknowledged_by=_text(known, attributes.ACKED_BY),
        ack_code=_text(known, attributes.ACK_CODE),
        tier=_number(known, attributes.TIER),
        epoch=_number(known, attributes.EPOCH),
        opened_at=execution.start_time,
        closed_at=execution.close_time,
        running=execution.status is WorkflowExecutionStatus.RUNNING,
        queue=execution.task_queue,
    )


def _text(known: TypedSearchAttributes, name: str) -> str:
    value: Any = known.get(SearchAttributeKey.for_keyword(name))
    return value if isinstance(value, str) else ""


def _number(known: TypedSearchAttributes, name: str) -> int:
    value: Any = known.get(SearchAttributeKey.for_int(name))
    return value if isinstance(value, int) else 0


def matching(found: Iterable[Row], part: str) -> list[Row]:
    """The rows whose id or entity contains a part, whatever its case."""
    small = part.casefold()
    return [each for each in found if small in each.workflow_id.casefold() or small in each.entity.casefold()]
