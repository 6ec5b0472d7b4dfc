"""Who waited at the gate, and who was let through before whom: read from the histories of the incidents."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

from activities.gatekeeping import Claiming
from holdline.domain.claim import Claim, Grant
from holdline.domain.gate_messages import GRANTED, RELEASE, Answer, Reached, Release


@dataclass
class Stay:
    """One claim: since when the gate had it in line, what it answered, and when it was given back."""

    claim: Claim
    in_line: datetime | None = None
    grant: Grant | None = None
    released: datetime | None = None

    @property
    def turn(self) -> tuple[datetime, datetime] | None:
        """From the grant to its end; None where there was none."""
        if self.grant is None:
            return None
        return self.grant.since, min(self.grant.until, self.released or self.grant.until)

    def passed(self, other: "Stay") -> bool:
        """Whether it was let through while another waited that should have gone before it."""
        if self.grant is None or other.grant is None or other.in_line is None:
            return False
        waited = other.in_line < self.grant.since < other.grant.since
        return waited and other.claim.rank < self.claim.rank


@dataclass
class _Reading:
    """What is known half way through a history."""

    stays: dict[str, Stay] = field(default_factory=dict)
    saying: dict[int, str] = field(default_factory=dict)


def stays(histories: Iterable[WorkflowHistory]) -> list[Stay]:
    """Every claim that the incidents have made."""
    reading = _Reading()
    for history in sorted(histories, key=lambda each: _at(each.events[0])):
        reading.saying.clear()
        for event in history.events:
            _read(reading, event)
    return list(reading.stays.values())


def overtaken(found: list[Stay]) -> list[str]:
    """Whoever was let through before somebody worse, or as bad and earlier.

    Only where nothing else can have stood in that one's way: both need the same lock, or nobody else needs its locks.
    """
    alone = [each for each in found if not any(_shares(each, other) for other in found)]
    pairs = ((one, other) for one in found for other in found if one is not other)
    return [
        f"{one.claim.summary} ({one.claim.severity}) went before {other.claim.summary} ({other.claim.severity})"
        for one, other in pairs
        if one.passed(other) and (other in alone or _shares(one, other))
    ]


def outside(times: Iterable[tuple[str, datetime]], found: list[Stay]) -> Iterator[str]:
    """Writes, by the holder that made them, which came at a time that was not their holder's turn."""
    slack = timedelta(milliseconds=5)
    for holder, at in times:
        turns = [each.turn for each in found if each.claim.holder == holder]
        if not any(turn is not None and turn[0] - slack <= at <= turn[1] + slack for turn in turns):
            yield f"{holder} wrote at {at:%H:%M:%S.%f}, which was not its turn"


def _shares(one: Stay, other: Stay) -> bool:
    """Whether two different incidents need the same lock."""
    return one.claim.holder != other.claim.holder and not set(one.claim.resources).isdisjoint(other.claim.resources)


def _read(reading: _Reading, event: HistoryEvent) -> None:
    match event.event_type:
        case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            asked = event.activity_task_scheduled_event_attributes
            if asked.activity_type.name == "claim_at_gate":
                claim = Claiming.model_validate_json(asked.input.payloads[0].data).claim
                _claimed(reading.stays, claim)
                reading.saying[event.event_id] = claim.id
        case EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
            said = event.activity_task_completed_event_attributes
            if said.scheduled_event_id in reading.saying:
                answer = Answer.model_validate_json(said.result.payloads[0].data)
                _answered(reading.stays[reading.saying[said.scheduled_event_id]], answer, _at(event))
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
            told = event.workflow_execution_signaled_event_attributes
            if told.signal_name == GRANTED:
                _reached(reading.stays, Reached.model_validate_json(told.input.payloads[0].data))
        case EventType.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
            ended = event.signal_external_workflow_execution_initiated_event_attributes
            if ended.signal_name == RELEASE:
                release = Release.model_validate_json(ended.input.payloads[0].data)
                reading.stays[release.claim].released = _at(event)


def _claimed(found: dict[str, Stay], claim: Claim) -> None:
    """What becomes worse while it waits is said again and moves up; it stands there when the gate has answered."""
    stay = found.setdefault(claim.id, Stay(claim))
    if claim.rank != stay.claim.rank:
        stay.claim, stay.in_line = claim, None


def _answered(stay: Stay, answer: Answer, at: datetime) -> None:
    """Whoever is not answered at once stands in line by then, at the latest."""
    if answer.reached is None:
        stay.in_line = stay.in_line or at
    else:
        stay.grant = stay.grant or answer.reached.grant


def _reached(found: dict[str, Stay], reached: Reached) -> None:
    stay = found.get(reached.claim)
    if stay is not None:
        stay.grant = stay.grant or reached.grant


def _at(event: HistoryEvent) -> datetime:
    return event.event_time.ToDatetime(tzinfo=UTC)
