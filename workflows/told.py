"""What a ticket is told of an incident: the facts that fill its fields, and the news since it was told last."""

from datetime import datetime
from typing import Final

from holdline.domain.case import Case
from holdline.domain.entity import EntityKind
from holdline.domain.lifecycle import OVER
from holdline.domain.text import cut
from holdline.domain.ticket import Stage
from holdline.domain.ticket_messages import LONGEST_NOTE
from holdline.domain.timeline import Entry, Fact
from workflows import words
from workflows.markdown import clock

_ROWS: Final = 40
_LONGEST_ROW: Final = 400
"""A plan for many agents names each of them: the incident's own timeline has more of it."""
_UNTOLD: Final = frozenset({Fact.TICKET})
"""What the ticket itself has caused; told to it, it would never end."""


def stage(case: Case) -> Stage:
    """Where it stands for those who work on tickets."""
    if case.state in OVER:
        return Stage.RESOLVED
    return Stage.OPEN if case.acknowledgement is None else Stage.TAKEN


def news(case: Case) -> tuple[str, ...]:
    """What the ticket is updated for when it changes."""
    taken = case.acknowledgement.by if case.acknowledgement else ""
    count = str(case.storm.total) if case.storm else ""
    asks = case.waits_for.words if case.waits_for else ""
    return (stage(case), case.severity, case.state, taken, words.doing(case), count, case.held_by or "", asks)


def facts(case: Case) -> dict[str, str]:
    """What the fields are made from; every text was cleaned when it came in."""
    queue = case.entity.label if case.entity.kind is EntityKind.QUEUE else ""
    return {
        "summary": words.summary(case),
        "description": _description(case),
        "reason": case.reason,
        "severity": case.severity.value,
        "kind": case.kind.value,
        "state": case.state.value,
        "stage": stage(case).value,
        "entity": case.entity.label,
        "entity_id": case.entity.id,
        "entity_kind": case.entity.kind.value,
        "queue": queue,
        "site": case.entity.site or "",
        "metrics": metrics(case),
        "incident": case.workflow_id,
        "epoch": str(case.epoch),
        "event_id": case.event_id,
        "opened_at": case.opened_at.isoformat(),
        "acknowledged_by": case.acknowledgement.by if case.acknowledgement else "",
        "key": case.key.ticket_key(case.mark),
    }


def metrics(case: Case) -> str:
    """The values that were measured, by name."""
    return ", ".join(f"{name} {value:g}" for name, value in sorted(case.metrics.items()))


def since(case: Case, at: datetime | None) -> str:
    """The rows of the timeline since the ticket was told last, one a line."""
    rows = [row for row in case.timeline if row.fact not in _UNTOLD and (at is None or row.at > at)]
    return "\n".join(_row(row) for row in rows[-_ROWS:])[-LONGEST_NOTE:]


def _description(case: Case) -> str:
    measured = metrics(case)
    head = [
        case.reason,
        f"Measured: {measured}" if measured else "",
        f"Event: {case.event_id}" if case.event_id else "",
    ]
    commands = f"Take it: holdline incident ack {case.workflow_id}"
    rows = [_row(row) for row in case.timeline[-_ROWS:] if row.fact not in _UNTOLD]
    return "\n".join((*filter(None, head), commands, "", *rows))


def _row(entry: Entry) -> str:
    return cut(f"{clock(entry.at)} UTC {entry.fact}: {entry.text}", _LONGEST_ROW)
