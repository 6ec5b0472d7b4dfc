"""An issue, the statuses it can have, and how it is shown."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from holdline.simulators.clock import millis

STATUSES = {"To Do": "new", "In Progress": "indeterminate", "Done": "done", "Declined": "done"}
WAYS = {"11": ("Back to To Do", "To Do"), "21": ("Start", "In Progress"), "31": ("Resolve", "Done")}


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    id: str
    name: str
    email: str

    def resource(self) -> dict[str, Any]:
        """The account as others see it."""
        return {"accountId": self.id, "displayName": self.name, "emailAddress": self.email, "active": True}


@dataclass
class Issue:
    """One issue; `fields` are as they were written, documents included."""

    id: str
    key: str
    fields: dict[str, Any]
    created: datetime
    creator: Person
    status: str = "To Do"
    assignee: Person | None = None
    comments: list[dict[str, Any]] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether its status is in the category of what is over."""
        return STATUSES[self.status] == "done"

    def resource(self, base: str, wanted: list[str] | None = None) -> dict[str, Any]:
        """The issue with the fields that are wanted; None shows all."""
        known = {
            **self.fields,
            "status": status(self.status),
            "assignee": self.assignee.resource() if self.assignee else None,
            "created": millis(self.created),
            "creator": self.creator.resource(),
            "labels": self.fields.get("labels", []),
            "comment": {"comments": self.comments, "total": len(self.comments)},
        }
        shown = known if wanted is None or "*all" in wanted else {name: known[name] for name in wanted if name in known}
        return {"id": self.id, "key": self.key, "self": f"{base}/rest/api/3/issue/{self.id}", "fields": shown}


def status(name: str) -> dict[str, Any]:
    """A status with its category."""
    key = STATUSES[name]
    return {"name": name, "id": str(list(STATUSES).index(name) + 1), "statusCategory": {"key": key, "name": key}}


def ways(dead_end: bool) -> list[dict[str, Any]]:
    """The transitions of the workflow; in a dead end none leads to a done status."""
    open_ = {id: way for id, way in WAYS.items() if not dead_end or STATUSES[way[1]] != "done"}
    return [{"id": id, "name": name, "to": status(to)} for id, (name, to) in open_.items()]
