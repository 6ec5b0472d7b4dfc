"""Asking at the gate while the worker that asks is being stopped."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, Interceptor, OutboundInterceptor, StartWorkflowUpdateInput, WorkflowUpdateHandle
from temporalio.testing import ActivityEnvironment

from activities.gatekeeping import Claiming, Gatehouse
from holdline.domain.claim import Claim
from holdline.domain.gate import Limits
from holdline.domain.incident import Severity
from tests.support.temporal import unique


class _Asking(Interceptor):
    """Tells when the gate is being asked."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        """Stand before the calls."""
        return _Heard(next, self.begun)


class _Heard(OutboundInterceptor):
    def __init__(self, following: OutboundInterceptor, begun: asyncio.Event) -> None:
        super().__init__(following)
        self._begun = begun

    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:
        """Say so, and go on."""
        self._begun.set()
        return await super().start_workflow_update(input)


async def test_who_is_cancelled_while_asking_says_nothing_more(client: Client) -> None:
    """The SDK tells a cancelled question like a late answer; a worker that stops must not go on to signal."""
    gate, asking = unique("gate"), _Asking()
    handle = await client.start_workflow("nobody-runs-it", id=gate, task_queue=unique("nobody"))
    outside = ActivityEnvironment(
        client=Client(client.service_client, data_converter=client.data_converter, interceptors=[asking])
    )
    claim = Claim(
        id="c1", holder="incident/x", resources=("trunk:x",), severity=Severity.HIGH, arrived_at=datetime.now(UTC)
    )
    gatehouse = Gatehouse(Limits(), patience=timedelta(seconds=30))
    said = asyncio.ensure_future(outside.run(gatehouse.claim_at_gate, Claiming(gate=gate, claim=claim)))
    await asking.begun.wait()
    outside.cancel()
    with pytest.raises(asyncio.CancelledError):
        await said
    events = [each.event_type for each in (await handle.fetch_history()).events]
    assert EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED not in events
