"""What the server must know before the first incident."""

from temporalio.api.enums.v1 import IndexedValueType, TaskQueueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, DescribeTaskQueueRequest
from temporalio.client import Client

from holdline.domain.attributes import INTEGERS, KEYWORDS
from tests.support.temporal import unique
from workers.bootstrap import RETENTION, bootstrap


async def test_bootstrap_twice_is_bootstrap_once(client: Client) -> None:
    """Repeating it changes nothing and reports nothing."""
    queue = unique("limited")
    assert [] == await bootstrap(client, {queue: 4.0})
    assert [] == await bootstrap(client, {queue: 4.0})


async def test_every_search_attribute_is_registered(client: Client) -> None:
    """An operator can filter by every attribute that a workflow sets."""
    await bootstrap(client, {})
    found = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    kinds = found.custom_attributes
    assert {IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD} == {kinds[name] for name in KEYWORDS}
    assert {IndexedValueType.INDEXED_VALUE_TYPE_INT} == {kinds[name] for name in INTEGERS}


async def test_closed_incidents_are_kept_for_a_month(client: Client) -> None:
    """The namespace keeps what has ended for at least 30 days."""
    await bootstrap(client, {})
    found = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    assert found.config.workflow_execution_retention_ttl.ToTimedelta() >= RETENTION


async def test_a_queue_is_limited_on_the_server(client: Client) -> None:
    """The rate of a vendor's queue is set where all workers share it, and a new rate replaces the old one."""
    queue = unique("limited")
    await bootstrap(client, {queue: 4.0})
    await bootstrap(client, {queue: 2.5})
    request = DescribeTaskQueueRequest(namespace=client.namespace, report_config=True)
    request.task_queue.name = queue
    request.task_queue_type = TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
    found = await client.workflow_service.describe_task_queue(request)
    assert 2.5 == found.config.queue_rate_limit.rate_limit.requests_per_second
