"""A queue whose callers are sent on: it is given an in-queue flow that transfers them to an overflow queue."""

from collections.abc import Collection, Iterable
from typing import Final

from holdline.domain.change import ActionKind, Plan, Step, Touch
from holdline.domain.entity import EntityId, EntityKind
from holdline.domain.frozen import Frozen
from holdline.domain.text import Line

NONE: Final = "none"
"""The state of a queue without an in-queue flow."""

OVERFLOW: Final = "overflow"
"""The parameter of a change that names the queue which takes the callers."""

BY: Final = "by"
"""The parameter of a change that names the flow which sends them there; the way back wants another one."""


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


def plan(queue: Queue, overflow: Queue, flow: Flow, ways_out: Collection[str] = ()) -> Plan:
    """The step that exchanges the flow; none where nobody would answer, or callers would go round in circles.

    `ways_out` are the flows by which any runbook evacuates a queue: one that has such a flow sends its callers on.
    """
    reason = _against(queue, overflow, flow, {flow.id, *ways_out})
    steps = () if reason else (_step(queue, overflow, flow),)
    return Plan(steps=steps, found={queue.id: (queue.flow,)}, reason=reason or f"{queue.label} can be evacuated")


def _against(queue: Queue, overflow: Queue, flow: Flow, ways_out: Collection[str]) -> str:
    if leaves(queue, {flow.id}):
        return f"{queue.label} has {flow.label} already"
    if queue.id == overflow.id:
        return f"{queue.label} cannot overflow into itself"
    if not flow.fit:
        return f"{flow.label} is no published in-queue call flow"
    if leaves(overflow, ways_out):
        return sent_on(overflow)
    return "" if overflow.joined else f"nobody is joined to {overflow.label}"


def leaves(queue: Queue, ways_out: Collection[str]) -> bool:
    """Whether a queue has one of these flows; an operator may have written their ids in capitals."""
    return queue.flow.lower() in {each.lower() for each in ways_out}


def sent_on(overflow: Queue) -> str:
    """Why a queue takes no callers of another."""
    return f"{overflow.label} is being evacuated itself"


def circle(ways: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The queues through which callers would come back to where they began, that one twice; none without a circle.

    `ways` are pairs of a queue and the one that takes its callers.
    """
    onward: dict[str, list[str]] = {}
    for source, overflow in ways:
        onward.setdefault(source, []).append(overflow)
    return next(filter(None, (_back_to(start, (start,), onward) for start in onward)), ())


def _back_to(start: str, path: tuple[str, ...], onward: dict[str, list[str]]) -> tuple[str, ...]:
    for queue in onward.get(path[-1], ()):
        if queue == start:
            return (*path, queue)
        if queue not in path and (found := _back_to(start, (*path, queue), onward)):
            return found
    return ()


def _step(queue: Queue, overflow: Queue, flow: Flow) -> Step:
    return Step(
        action=ActionKind.EVACUATE_QUEUE,
        target=queue.id,
        label=f"{queue.label}: new callers go to {overflow.label} by {flow.label}; those who wait stay",
        back=f"{queue.label}: new callers stay again",
        expected=(queue.flow,),
        wanted=(flow.id,),
        parameters={OVERFLOW: overflow.id, BY: flow.id},
        resources=tuple(sorted((f"queue:{queue.id}", f"queue:{overflow.id}"))),
        touches=tuple(Touch(kind=EntityKind.QUEUE, id=each.id) for each in (queue, overflow)),
    )
