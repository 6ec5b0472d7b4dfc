"""Genesys Cloud queues: the flow that callers hear while they wait, and so where they go.

https://developer.genesys.cloud/devapps/api-explorer (Routing; permissions routing:queue:view and :edit, for the flow
architect:flow:view). A queue has no version, and a PUT replaces all of it: it is read right before it is written.
"""

from datetime import timedelta
from typing import Any, Final

from holdline.clients.absolute import Absolute, Found
from holdline.clients.exchange import Ask
from holdline.clients.genesys_documents import Document, Reference, WholeDocument
from holdline.clients.genesys_queue_count import counted
from holdline.clients.wire import Attempt, Wire
from holdline.domain import evacuation
from holdline.domain.change import Change, Plan
from holdline.domain.entity import Entity
from holdline.domain.evacuation import BY, NONE, OVERFLOW
from holdline.domain.runbook import ActionRule
from holdline.ports import Call, ChangeReceipt, OutcomeUnknown, Rejected

_QUEUE: Final = "/api/v2/routing/queues/{queueId}"
_FLOW: Final = "/api/v2/flows/{flowId}"
_KIND: Final = "INQUEUECALL"


class QueueDocument(WholeDocument):
    """A queue."""

    id: str
    name: str
    queue_flow: Reference | None = None
    joined_member_count: int | None = None

    @property
    def flow(self) -> str:
        """The in-queue flow, NONE without one."""
        return self.queue_flow.id if self.queue_flow is not None else NONE

    @property
    def queue(self) -> evacuation.Queue:
        """The queue as the plan sees it."""
        return evacuation.Queue(id=self.id, name=self.name, flow=self.flow, joined=self.joined_member_count or 0)

    def flowing(self, wanted: str) -> dict[str, Any]:
        """The whole document with another flow and nothing else changed."""
        kept = {name: value for name, value in self.raw.items() if name != "queueFlow"}
        return kept if wanted == NONE else {**kept, "queueFlow": {"id": wanted}}


class FlowDocument(Document):
    """A flow; it can be used where a version is published."""

    id: str
    name: str | None = None
    type: str | None = None
    published_version: Reference | None = None

    @property
    def flow(self) -> evacuation.Flow:
        """The flow as the plan sees it."""
        fit = self.type == _KIND and self.published_version is not None
        return evacuation.Flow(id=self.id, name=self.name or "", fit=fit)


class GenesysQueues:
    """The lever `evacuate_queue`: an absolute state without a version, so one at a time for each queue (class A).

    `ways_out` are the flows by which queues are evacuated: nobody is sent to a queue that has one of them.
    """

    def __init__(self, wire: Wire, looks: tuple[timedelta, ...], ways_out: frozenset[str] = frozenset()) -> None:
        self._wire = wire
        self._vendor = wire.endpoint.vendor
        self._absolute = Absolute(self._vendor, looks)
        self._ways_out = ways_out

    async def plan(self, rule: ActionRule, entity: Entity, call: Call) -> Plan:
        """Say whether new callers of the queue can be sent on."""
        queue = rule.queue_for(entity)
        if not queue:
            return Plan(reason=f"the {entity.kind} {entity.label} is no queue, and the runbook names none")
        attempt = self._wire.glance(call)
        found = await self._read(attempt, queue)
        overflow = await self._read(attempt, str(rule.overflow))
        flow = await attempt.read(Ask(method="GET", route=_FLOW, parts={"flowId": str(rule.flow)}), FlowDocument)
        return await counted(attempt, evacuation.plan(found.queue, overflow.queue, flow.flow, self._ways_out))

    async def _read(self, attempt: Attempt, queue: str) -> QueueDocument:
        return await attempt.read(Ask(method="GET", route=_QUEUE, parts={"queueId": queue}), QueueDocument)

    async def change(self, change: Change, call: Call) -> ChangeReceipt:
        """Exchange the flow where nobody else has."""
        attempt = self._wire.attempt(call)

        async def read() -> Found[QueueDocument]:
            found = await self._read(attempt, change.target)
            return Found(state=(found.flow,), proof=f"in-queue flow {found.flow}", document=found)

        async def write(found: Found[QueueDocument]) -> None:
            await self._stays(attempt, change)
            await self._put(attempt, change, found.document)

        return await self._absolute.make(change, read, write)

    async def _stays(self, attempt: Attempt, change: Change) -> None:
        """Whoever takes the callers may have been evacuated since the plan was made; both queues are ours now."""
        overflow, by = change.parameters.get(OVERFLOW), change.parameters.get(BY)
        if overflow is None or by is None or change.wanted != (by,):
            return
        found = (await self._read(attempt, overflow)).queue
        if evacuation.leaves(found, {by, *self._ways_out}):
            raise Rejected(self._vendor, f"{change.label}: {evacuation.sent_on(found)}; nothing was changed")

    async def _put(self, attempt: Attempt, change: Change, found: QueueDocument) -> None:
        body = found.flowing(change.wanted[0])
        ask = Ask(method="PUT", route=_QUEUE, parts={"queueId": change.target}, json=body)
        answer = await attempt.write(ask, QueueDocument)
        if (answer.flow,) != change.wanted:
            raise OutcomeUnknown(self._vendor, f"the answer to the change of {change.label} shows another flow")
