"""A queue whose callers are sent on: it is given an in-queue flow that transfers them to an overflow queue."""

from typing import Final

from holdline.domain.change import ActionKind, Plan, Step, Touch
from holdline.domain.entity import EntityId, EntityKind
from holdline.domain.frozen import Frozen
from holdline.domain.text import Line

NONE: Final = "none"
"""The state of a queue without an in-queue flow."""


class Queue(Frozen):
    """A queue as it stands: the in-queue flow of its callers (NONE without one), and how many agents are joined."""

    id: EntityId
    name: Line = ""
    flow: str = NONE
    joined: int = 0

    @property
    def label(self) -> str:
        """The name, else the id."""
        return f"queue {self.name or self.id}"


class Flow(Frozen):
    """The flow that sends callers on; `fit` where it is published and made for queues of calls."""

    id: str
    name: Line = ""
    fit: bool

    @property
    def label(self) -> str:
        """The name, else the id."""
        return f"flow {self.name or self.id}"


def plan(queue: Queue, overflow: Queue, flow: Flow) -> Plan:
    """The step that exchanges the flow; none where nobody would answer, or callers would go round in circles."""
    reason = _against(queue, overflow, flow)
    steps = () if reason else (_step(queue, overflow, flow),)
    return Plan(steps=steps, found={queue.id: (queue.flow,)}, reason=reason or f"{queue.label} can be evacuated")


def _against(queue: Queue, overflow: Queue, flow: Flow) -> str:
    if queue.flow == flow.id:
        return f"{queue.label} has {flow.label} already"
    if queue.id == overflow.id:
        return f"{queue.label} cannot overflow into itself"
    if not flow.fit:
        return f"{flow.label} is no published in-queue call flow"
    if overflow.flow == flow.id:
        return f"{overflow.label} is being evacuated itself"
    return "" if overflow.joined else f"nobody is joined to {overflow.label}"


def _step(queue: Queue, overflow: Queue, flow: Flow) -> Step:
    return Step(
        action=ActionKind.EVACUATE_QUEUE,
        target=queue.id,
        label=f"{queue.label}: new callers go to {overflow.label} by {flow.label}; those who wait stay",
        back=f"{queue.label}: new callers stay again",
        expected=(queue.flow,),
        wanted=(flow.id,),
        resources=tuple(sorted((f"queue:{queue.id}", f"queue:{overflow.id}"))),
        touches=tuple(Touch(kind=EntityKind.QUEUE, id=each.id) for each in (queue, overflow)),
    )
