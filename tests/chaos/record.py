"""What the histories of a run say: who was told of which event, how each episode ended, what went wrong inside."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

from holdline.domain.messages import OBSERVE, Snapshot

_ENDS = (
    EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT,
    EventType.EVENT_TYPE_ACTIVITY_TASK_CANCELED,
)


@dataclass
class Record:
    """Event ids with the number of signals that held them, endings by workflow id, and sentences of what is wrong."""

    ids: Counter[str] = field(default_factory=Counter)
    endings: dict[str, list[Snapshot]] = field(default_factory=lambda: defaultdict(list))
    wrong: list[str] = field(default_factory=list)


def record(histories: Iterable[WorkflowHistory]) -> Record:
    """Read every event of every run."""
    found = Record()
    for history in histories:
        open_changes: set[int] = set()
        for event in history.events:
            _read(found, history.workflow_id, event)
            _follow(found, history.workflow_id, event, open_changes)
    return found


def _read(found: Record, workflow_id: str, event: HistoryEvent) -> None:
    match event.event_type:
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
            found.ids.update(_ids(event))
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED if workflow_id.startswith("incident/"):
            (payload,) = event.workflow_execution_completed_event_attributes.result.payloads
            found.endings[workflow_id].append(Snapshot.model_validate_json(payload.data))
        case EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            failed = event.workflow_task_failed_event_attributes
            # Whoever goes on as new while a signal arrives is asked to hear it first; that is no failure of ours.
            if failed.cause != WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND:
                found.wrong.append(f"{workflow_id}: a workflow task failed: {failed.failure.message}")


def _ids(event: HistoryEvent) -> list[str]:
    said = event.workflow_execution_signaled_event_attributes
    if said.signal_name != OBSERVE:
        return []
    observed = json.loads(said.input.payloads[0].data)
    return list(observed.get("ids") or [each["event_id"] for each in observed["observations"]])


def _follow(found: Record, workflow_id: str, event: HistoryEvent, open_changes: set[int]) -> None:
    """Note a change of route that begins while another one is under way."""
    if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
        if event.activity_task_scheduled_event_attributes.activity_type.name == "make_change":
            if open_changes:
                found.wrong.append(f"{workflow_id}: two changes of route were under way at once")
            open_changes.add(event.event_id)
    elif event.event_type in _ENDS:
        open_changes.discard(_scheduled(event))


def _scheduled(event: HistoryEvent) -> int:
    (name,) = (each.name for each, _ in event.ListFields() if each.name.startswith("activity_task_"))
    return int(getattr(event, name).scheduled_event_id)
