"""The table of incidents: fields as text, journals that only grow, and what people do to a record."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from holdline.simulators.clock import now
from holdline.simulators.ledger import Ledger

JOURNALS = ("work_notes", "comments")
CLOSED = ("6", "7", "8")
LIMITS = {"short_description": 160, "description": 4000, "correlation_id": 100, "correlation_display": 100}

FIELDS = (
    *("number", "sys_id", "sys_class_name", "sys_created_on", "sys_created_by", "sys_updated_on", "sys_updated_by"),
    *("short_description", "description", "impact", "urgency", "priority", "category", "subcategory", "state"),
    *("active", "assignment_group", "assigned_to", "caller_id", "correlation_id", "correlation_display", "cmdb_ci"),
    *("close_code", "close_notes", "resolved_by", "resolved_at", "closed_by", "contact_type", "business_service"),
)

_LABELS = {"work_notes": "Work notes", "comments": "Additional comments"}


@dataclass(frozen=True)
class Entry:
    """One entry of a journal."""

    element: str
    text: str
    by: str
    at: datetime

    def shown(self) -> str:
        """How the display value of the journal has it."""
        return f"{self.at:%Y-%m-%d %H:%M:%S} - {self.by} ({_LABELS[self.element]})\n{self.text}\n\n"


@dataclass
class Record:
    """An incident; `journal` is oldest first."""

    values: dict[str, str]
    journal: list[Entry] = field(default_factory=list)

    def shown(self, name: str) -> str:
        """The display value of a journal: newest first."""
        return "".join(each.shown() for each in reversed(self.journal) if each.element == name)


class Records:
    """The incidents by sys_id, oldest first; `people` gives each user's sys_id a name."""

    def __init__(self, ledger: Ledger, custom: tuple[str, ...], people: dict[str, str]) -> None:
        self._ledger = ledger
        self._known = {*FIELDS, *custom}
        self._number = 0
        self.people = people
        self.all: dict[str, Record] = {}

    def insert(self, body: dict[str, str], by: str, caller: str | None) -> Record:
        """Create an incident; unknown fields are passed over."""
        self._number += 1
        id, at = uuid4().hex, _instant()
        blank = dict.fromkeys(sorted(self._known), "")
        born = {"sys_id": id, "number": f"INC{self._number:07d}", "sys_class_name": "incident", "state": "1"}
        stamps = {"sys_created_on": at, "sys_created_by": by, "active": "true"}
        record = Record({**blank, **born, **stamps})
        self.all[id] = record
        self._write(record, body, by)
        values = record.values
        key = values["correlation_id"]
        self._ledger.commit("ticket.created", key, caller, id=id, correlation=key, number=values["number"])
        self._note(record, body, by, caller)
        return record

    def update(self, record: Record, body: dict[str, str], by: str, caller: str | None) -> Record:
        """Change an incident; what is so already is no effect, an entry of a journal always is."""
        before = dict(record.values)
        self._write(record, body, by)
        changed = sorted(n for n in record.values if record.values[n] != before[n] and not n.startswith("sys_"))
        values = record.values
        seen = {"id": values["sys_id"], "correlation": values["correlation_id"]}
        if changed:
            self._ledger.commit(
                _kind(before["state"], values["state"]), values["sys_id"], caller, **seen, fields=changed
            )
        self._note(record, body, by, caller)
        return record

    def _write(self, record: Record, body: dict[str, str], by: str) -> None:
        for name, value in body.items():
            if name in self._known and name not in ("sys_id", "number", "priority"):
                record.values[name] = value[: LIMITS.get(name, 8000)]
        values = record.values
        values |= {"sys_updated_on": _instant(), "sys_updated_by": by, "priority": _priority(values)}
        values["active"] = "false" if values["state"] in ("7", "8") else "true"
        if values["state"] not in CLOSED:
            values["resolved_by"] = ""
        elif not values["resolved_by"]:
            values["resolved_by"] = by

    def _note(self, record: Record, body: dict[str, str], by: str, caller: str | None) -> None:
        for element in JOURNALS:
            text = body.get(element, "")
            if text:
                record.journal.append(Entry(element, text, by, now()))
                id = record.values["sys_id"]
                self._ledger.commit("ticket.commented", f"{id} {text}", caller, id=id, text=text, by=by)

    def clear(self) -> None:
        """No incidents."""
        self.all.clear()
        self._number = 0


def _kind(before: str, state: str) -> str:
    """What became of a record whose state was another one, or the same."""
    if (before in CLOSED) == (state in CLOSED):
        return "ticket.changed"
    return "ticket.closed" if state in CLOSED else "ticket.reopened"


def _instant() -> str:
    return f"{now():%Y-%m-%d %H:%M:%S}"


def _priority(values: dict[str, str]) -> str:
    marks = [values[name] for name in ("impact", "urgency")]
    if not all(mark in ("1", "2", "3") for mark in marks):
        return "5"
    return str(int(marks[0]) + int(marks[1]) - 1)
