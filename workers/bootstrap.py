"""What the server must know before the first incident: search attributes, retention, the queues' limits."""

from collections.abc import Mapping
from datetime import timedelta

from temporalio.api.enums.v1 import IndexedValueType, TaskQueueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import RateLimit
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    UpdateNamespaceRequest,
    UpdateTaskQueueConfigRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from holdline.domain.attributes import INTEGERS, KEYWORDS

RETENTION = timedelta(days=30)

# What a managed namespace answers to somebody who may not change it, and a server too old to know the call.
_NOT_OURS = (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.UNIMPLEMENTED)


async def bootstrap(client: Client, limits: Mapping[str, float]) -> list[str]:
    """Prepare the namespace; repeating it changes nothing. `limits` are requests per second by task queue.

    Returns one sentence for each thing that this client may not change and somebody else has to see to.
    """
    steps = [
        await _register_attributes(client),
        await _keep_closed(client),
        *[await _limit(client, queue, rate) for queue, rate in sorted(limits.items())],
    ]
    return [sentence for sentence in steps if sentence is not None]


async def register_attributes(client: Client) -> None:
    """Register the search attributes; those that exist already stay, and the server is not asked for them again."""
    asked = ListSearchAttributesRequest(namespace=client.namespace)
    known = (await client.operator_service.list_search_attributes(asked, retry=True)).custom_attributes
    kinds = dict.fromkeys(KEYWORDS, IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD)
    kinds |= dict.fromkeys(INTEGERS, IndexedValueType.INDEXED_VALUE_TYPE_INT)
    missing = {name: kind for name, kind in kinds.items() if name not in known}
    if not missing:
        return
    request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
    try:
        await client.operator_service.add_search_attributes(request, retry=True)
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise


async def _register_attributes(client: Client) -> str | None:
    try:
        await register_attributes(client)
    except RPCError as error:
        names = ", ".join((*KEYWORDS, *INTEGERS))
        return _refused(error, f"register the search attributes {names} in namespace {client.namespace}")
    return None


async def _keep_closed(client: Client) -> str | None:
    """Keep closed incidents for at least 30 days, where the namespace keeps them for less."""
    try:
        found = await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=client.namespace), retry=True
        )
        if found.config.workflow_execution_retention_ttl.ToTimedelta() >= RETENTION:
            return None
        config = NamespaceConfig()
        config.workflow_execution_retention_ttl.FromTimedelta(RETENTION)
        request = UpdateNamespaceRequest(namespace=client.namespace, config=config)
        await client.workflow_service.update_namespace(request, retry=True)
    except RPCError as error:
        return _refused(error, f"set the retention of namespace {client.namespace} to 30 days or more")
    return None


async def _limit(client: Client, queue: str, rate: float) -> str | None:
    """Cap an activity queue on the server, so that all workers share the budget (S3.12)."""
    update = UpdateTaskQueueConfigRequest.RateLimitUpdate(
        rate_limit=RateLimit(requests_per_second=rate), reason="holdline: the budget of this vendor credential"
    )
    request = UpdateTaskQueueConfigRequest(
        namespace=client.namespace,
        identity=client.identity,
        task_queue=queue,
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        update_queue_rate_limit=update,
    )
    try:
        await client.workflow_service.update_task_queue_config(request, retry=True)
    except RPCError as error:
        return _refused(error, f"limit task queue {queue} to {rate:g} activities a second")
    return None


def _refused(error: RPCError, what: str) -> str:
    if error.status not in _NOT_OURS:
        raise error
    return f"Holdline may not {what}; ask whoever administers Temporal to do it."
