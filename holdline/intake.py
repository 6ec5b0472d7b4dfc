"""The one way to open or feed an incident: gateways, detectors and the command line all use it (S1.3)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.enums.v1 import WorkflowIdConflictPolicy, WorkflowIdReusePolicy
from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    ListWorkflowExecutionsRequest,
    SignalWithStartWorkflowExecutionRequest,
    SignalWorkflowExecutionRequest,
)
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.converter import DataConverter, PayloadConverter, WorkflowSerializationContext, encode_search_attributes
from temporalio.service import RPCError, RPCStatusCode

from holdline.domain import attributes, keys, queues
from holdline.domain.entity import Entity
from holdline.domain.incident import READABLE, IncidentKind, Severity, worst
from holdline.domain.lifecycle import State
from holdline.domain.messages import (
    ANSWER,
    EPOCH_MEMO,
    LABEL_MEMO,
    MEMBER,
    OBSERVE,
    WORKFLOW,
    Answer,
    Membership,
    Observed,
    Order,
)
from holdline.domain.observation import Verdict
from holdline.domain.runbook import Runbook

# Where temporalio's OpenTelemetry plugin looks for the trace; the raw calls here pass its interceptor by.
TRACE_HEADER: Final = "_tracer-data"
PATIENCE: Final = timedelta(seconds=2)
_UNREACHABLE = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)


class NotTaken(Exception):
    """Temporal did not confirm; the same request id may be sent again. `reached` is false where nobody answered."""

    def __init__(self, reason: str, reached: bool) -> None:
        super().__init__(reason)
        self.reached = reached


class Taken(StrEnum):
    """What became of something said to an incident."""

    STARTED = "started"
    FED = "fed"
    NOTHING_OPEN = "nothing is open"


@dataclass(frozen=True)
class Receipt:
    """The proof that the server has it: durable, whether or not a worker runs. `run_id` is empty where not known."""

    taken: Taken
    run_id: str = ""

    @property
    def started(self) -> bool:
        """Whether this opened the incident."""
        return self.taken is Taken.STARTED


async def observe(
    client: Client, observed: Observed, runbook: Runbook, request_id: str, patience: timedelta = PATIENCE
) -> Receipt:
    """Say what was seen: a breach opens the incident or feeds the open one, anything else only feeds.

    The same `request_id` twice is one signal while the incident is open. `patience` is for each of the at most two
    calls. Raises NotTaken.
    """
    first = observed.observations[0]
    workflow_id = keys.workflow_id(first.kind, first.entity.id)
    said = _Said(client, workflow_id, OBSERVE, observed, request_id, patience)
    breaches = [each for each in observed.observations if each.verdict is Verdict.BREACH]
    if not breaches:
        return await _signal(said)
    epoch = await latest_epoch(client, workflow_id, patience) + 1
    reads = first.kind in READABLE
    order = Order(
        kind=first.kind, entity=first.entity, epoch=epoch, runbook=runbook, reads=reads, bounded=True, marked=True
    )
    return await _signal_with_start(said, order, worst(*(each.severity for each in breaches)))


async def answer(
    client: Client, workflow_id: str, said: Answer, request_id: str, patience: timedelta = PATIENCE
) -> Receipt:
    """Tell an open incident what a person did; NOTHING_OPEN where there is none. Raises NotTaken."""
    return await _signal(_Said(client, workflow_id, ANSWER, said, request_id, patience))


async def join(
    client: Client,
    membership: Membership,
    parent: Entity,
    kind: IncidentKind,
    runbook: Runbook,
    patience: timedelta = PATIENCE,
) -> int:
    """Make an incident a member of its parent, which is opened where it does not run; returns the parent's epoch.

    Its event id is the request id: the same membership twice is one. `patience` is for each of the at most three
    calls. Raises NotTaken.
    """
    workflow_id = keys.workflow_id(kind, parent.id)
    said = _Said(client, workflow_id, MEMBER, membership, membership.event_id, patience)
    epoch = await latest_epoch(client, workflow_id, patience) + 1
    order = Order(kind=kind, entity=parent, epoch=epoch, runbook=runbook, storm=True, bounded=True, marked=True)
    taken = await _signal_with_start(said, order, membership.severity)
    return epoch if taken.started else await latest_epoch(client, workflow_id, patience)


async def coded(client: Client, code: str, patience: timedelta = PATIENCE) -> str | None:
    """The workflow id of the one open incident with an acknowledgement code, or None.

    The server's list lags a little behind: look again. Raises NotTaken.
    """
    wanted = code.replace("'", "''")
    query = f"WorkflowType = '{WORKFLOW}' AND ExecutionStatus = 'Running' AND {attributes.ACK_CODE} = '{wanted}'"
    request = ListWorkflowExecutionsRequest(namespace=client.namespace, page_size=2, query=query)
    async with _answered(patience):
        found = await client.workflow_service.list_workflow_executions(request, timeout=patience)
    return found.executions[0].execution.workflow_id if len(found.executions) == 1 else None


@dataclass(frozen=True)
class _Said:
    """A signal before it is sent."""

    client: Client
    workflow_id: str
    name: str
    argument: Observed | Answer | Membership
    request_id: str
    patience: timedelta

    @property
    def converter(self) -> DataConverter:
        context = WorkflowSerializationContext(namespace=self.client.namespace, workflow_id=self.workflow_id)
        return self.client.data_converter.with_context(context)


async def _signal(said: _Said) -> Receipt:
    request = SignalWorkflowExecutionRequest(
        namespace=said.client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=said.workflow_id),
        signal_name=said.name,
        identity=said.client.identity,
        request_id=said.request_id,
    )
    request.input.payloads.extend(await said.converter.encode([said.argument]))
    _trace(request.header.fields)
    try:
        async with _answered(said.patience):
            await said.client.workflow_service.signal_workflow_execution(request, timeout=said.patience)
    except _Missing:
        return Receipt(Taken.NOTHING_OPEN)
    return Receipt(Taken.FED)


async def _signal_with_start(said: _Said, order: Order, severity: Severity) -> Receipt:
    request = await _opening(said, order, severity)
    async with _answered(said.patience):
        reply = await said.client.workflow_service.signal_with_start_workflow_execution(request, timeout=said.patience)
    return Receipt(Taken.STARTED if reply.started else Taken.FED, reply.run_id)


async def _opening(said: _Said, order: Order, severity: Severity) -> SignalWithStartWorkflowExecutionRequest:
    """Everything but the signal is ignored by the server where the incident is open already."""
    request = SignalWithStartWorkflowExecutionRequest(
        namespace=said.client.namespace,
        workflow_id=said.workflow_id,
        signal_name=said.name,
        identity=said.client.identity,
        request_id=said.request_id,
        workflow_id_reuse_policy=WorkflowIdReusePolicy.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
        workflow_id_conflict_policy=WorkflowIdConflictPolicy.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
    )
    request.workflow_type.name = WORKFLOW
    request.task_queue.name = queues.INCIDENTS
    values = [order, said.argument, order.epoch, order.entity.label, _title(order), _details(said.argument)]
    order_, signal, epoch, label, summary, details = await said.converter.encode(values)
    request.input.payloads.append(order_)
    request.signal_input.payloads.append(signal)
    request.memo.fields[EPOCH_MEMO].CopyFrom(epoch)
    request.memo.fields[LABEL_MEMO].CopyFrom(label)
    request.user_metadata.summary.CopyFrom(summary)
    request.user_metadata.details.CopyFrom(details)
    encode_search_attributes(_attributes(said.workflow_id, order, severity), request.search_attributes)
    _trace(request.header.fields)
    return request


async def latest_epoch(client: Client, workflow_id: str, patience: timedelta) -> int:
    """The epoch of the latest run, 0 where there is none; by id the server is never behind. Raises NotTaken.

    It is asked for each time: the run that is open now may close before the signal arrives.
    """
    request = DescribeWorkflowExecutionRequest(
        namespace=client.namespace, execution=WorkflowExecution(workflow_id=workflow_id)
    )
    try:
        async with _answered(patience):
            found = await client.workflow_service.describe_workflow_execution(request, timeout=patience)
    except _Missing:
        return 0
    memo = found.workflow_execution_info.memo.fields
    if EPOCH_MEMO not in memo:
        return 0
    context = WorkflowSerializationContext(namespace=client.namespace, workflow_id=workflow_id)
    (epoch,) = await client.data_converter.with_context(context).decode([memo[EPOCH_MEMO]], [int])
    return int(epoch)


def _attributes(workflow_id: str, order: Order, severity: Severity) -> TypedSearchAttributes:
    """What an operator filters by, set with the start because there it costs nothing."""
    texts = {
        attributes.STATE: State.DETECTED.value,
        attributes.SEVERITY: severity.value,
        attributes.ENTITY: order.entity.id,
        attributes.SITE: order.entity.site,
        attributes.ACKED_BY: "nobody",
        attributes.ACK_CODE: keys.Incident(workflow_id, order.epoch).ack_code(),
    }
    numbers = {attributes.EPOCH: order.epoch, attributes.TIER: 0, attributes.RETRIES: 0}
    pairs: Sequence[SearchAttributePair[Any]] = [
        *(SearchAttributePair(SearchAttributeKey.for_keyword(name), text) for name, text in texts.items() if text),
        *(SearchAttributePair(SearchAttributeKey.for_int(name), number) for name, number in numbers.items()),
    ]
    return TypedSearchAttributes(pairs)


def _title(order: Order) -> str:
    kind, entity = order.kind.replace("_", " "), order.entity
    if order.storm:
        return f"Storm, {kind}: {entity.label}"
    site = f" ({entity.site})" if entity.site else ""
    return f"{kind.capitalize()}: {entity.label}{site}"


def _details(said: Observed | Answer | Membership) -> str:
    if isinstance(said, Membership):
        return f"The parent of many; the first is {said.label}. {said.reason}".strip()
    assert isinstance(said, Observed)
    first = said.observations[0]
    return f"First seen by {first.source} at {first.since:%Y-%m-%d %H:%M:%S} UTC. {first.reason}".strip()


def _trace(fields: Any) -> None:
    """Carry the current trace along (S3.15)."""
    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    if carrier:
        payload: Payload = PayloadConverter.default.to_payloads([carrier])[0]
        fields[TRACE_HEADER].CopyFrom(payload)


class _Missing(Exception):
    """There is no such workflow, or it is closed."""


@asynccontextmanager
async def _answered(patience: timedelta) -> AsyncIterator[None]:
    """Bound a call from outside as well: a server that is frozen never finishes the connection it accepted."""
    try:
        async with asyncio.timeout(1.5 * patience.total_seconds()):
            yield
    except TimeoutError:
        raise NotTaken("Temporal does not answer", reached=False) from None
    except RPCError as error:
        raise _told(error) from None
    except RuntimeError:
        # The bridge's word for a connection that cannot be made.
        raise NotTaken("Temporal cannot be reached", reached=False) from None


def _told(error: RPCError) -> Exception:
    if error.status is RPCStatusCode.NOT_FOUND and not no_namespace(error):
        return _Missing()
    if error.status in _UNREACHABLE:
        return NotTaken(f"Temporal does not answer ({error.status.name})", reached=False)
    return NotTaken(f"Temporal refused ({error.status.name}): {error.message[:200]}", reached=True)


def no_namespace(error: RPCError) -> bool:
    """Whether it is the namespace that was not found, which says nothing about a workflow."""
    kind = NamespaceNotFoundFailure.DESCRIPTOR
    return any(detail.Is(kind) for detail in error.grpc_status.details)
