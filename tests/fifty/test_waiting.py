"""Reading from histories who was let through before whom."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import BaseModel
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

from activities.gatekeeping import Claiming
from holdline.domain.claim import Claim, Grant
from holdline.domain.gate_messages import GATE, GRANTED, Answer, Reached
from holdline.domain.incident import Severity
from tests.fifty.waiting import overtaken, stays

START = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def claim(name: str, severity: Severity, after: int) -> Claim:
    """A claim of the one lock, some seconds after the start."""
    arrived = START + timedelta(seconds=after)
    return Claim(id=name, holder=name, severity=severity, arrived_at=arrived, resources=("route:x",), summary=name)


def event(number: int, kind: EventType.ValueType, at: int) -> HistoryEvent:
    """An event some seconds after the start."""
    found = HistoryEvent(event_id=number, event_type=kind)
    found.event_time.FromDatetime(START + timedelta(seconds=at))
    return found


def asked(number: int, said: Claim, at: int) -> list[HistoryEvent]:
    """A claim is said, and stands in line in the same second."""
    scheduled = event(number, EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, at)
    asking = scheduled.activity_task_scheduled_event_attributes
    asking.activity_type.name = "claim_at_gate"
    asking.input.payloads.add(data=_json(Claiming(gate=GATE, claim=said)))
    completed = event(number + 1, EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, at)
    completed.activity_task_completed_event_attributes.scheduled_event_id = number
    completed.activity_task_completed_event_attributes.result.payloads.add(data=_json(Answer()))
    return [scheduled, completed]


def granted(number: int, to: Claim, at: int) -> HistoryEvent:
    """The gate grants a claim."""
    since = START + timedelta(seconds=at)
    grant = Grant(claim=to, token=at, since=since, until=since + timedelta(seconds=5))
    signalled = event(number, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, at)
    signalled.workflow_execution_signaled_event_attributes.signal_name = GRANTED
    signalled.workflow_execution_signaled_event_attributes.input.payloads.add(
        data=_json(Reached(claim=to.id, grant=grant))
    )
    return signalled


def _json(said: BaseModel) -> bytes:
    return said.model_dump_json().encode()


def history(name: str, events: Iterable[HistoryEvent]) -> WorkflowHistory:
    """What an incident has recorded."""
    return WorkflowHistory(workflow_id=name, events=list(events))


@pytest.mark.parametrize(("at", "broken"), [(3, []), (20, ["first (HIGH) went before second (CRITICAL)"])])
def test_what_became_worse_goes_first_from_then_on(at: int, broken: list[str]) -> None:
    """A claim that is CRITICAL after ten seconds may be overtaken by an older one of HIGH before, and not after."""
    first, second = claim("first", Severity.HIGH, 0), claim("second", Severity.HIGH, 1)
    worse = second.model_copy(update={"severity": Severity.CRITICAL})
    found = stays(
        (
            history("first", [*asked(1, first, 0), granted(3, first, at)]),
            history("second", [*asked(1, second, 1), *asked(3, worse, 10), granted(5, worse, at + 10)]),
        )
    )
    assert broken == overtaken(found)
