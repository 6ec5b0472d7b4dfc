"""The work items of the project, and what its rules make of a patch."""

from dataclasses import dataclass, field
from html import unescape
from typing import Any

from pydantic import Field

from holdline.simulators.azure.errors import AzureError
from holdline.simulators.clock import millis, now
from holdline.simulators.ledger import Ledger
from holdline.simulators.settings import AzureSettings, Frozen

STATES = ("To Do", "Doing", "Done")
OVER = "Done"
OURS = {"displayName": "Holdline", "uniqueName": "holdline@example.com"}
PERSON = {"displayName": "Maria Huber", "uniqueName": "maria.huber@example.com"}
KNOWN = frozenset(
    {
        "System.Title",
        "System.Description",
        "System.History",
        "System.State",
        "System.Reason",
        "System.Tags",
        "System.AssignedTo",
        "System.AreaPath",
        "Microsoft.VSTS.Common.Priority",
        "Microsoft.VSTS.Common.Severity",
    }
)


class Oddities(Frozen):
    """How this project differs from the plain one.

    `required` are fields that a rule wants, `dropped` those that are taken and not kept; `conflicts` is how many of the
    next changes find that somebody was faster, `delay` makes answers ask for a rest of so many seconds. What is done
    stays done where `final`.
    """

    required: dict[str, str] = Field(default_factory=dict)
    dropped: frozenset[str] = frozenset()
    conflicts: int = Field(0, ge=0)
    delay: int | None = Field(None, ge=1)
    final: bool = False


@dataclass
class WorkItem:
    """One work item in its latest revision; `history` are its comments, as HTML."""

    id: int
    kind: str
    fields: dict[str, Any]
    rev: int = 1
    history: list[str] = field(default_factory=list)

    def resource(self, base: str, wanted: list[str] | None = None) -> dict[str, Any]:
        """The work item with the fields that are wanted; None shows all."""
        shown = self.fields if wanted is None else {name: self.fields[name] for name in wanted if name in self.fields}
        return {"id": self.id, "rev": self.rev, "fields": shown, "url": f"{base}/_apis/wit/workItems/{self.id}"}


class Items:
    """Every change is committed to the ledger."""

    def __init__(self, settings: AzureSettings, ledger: Ledger) -> None:
        self._settings = settings
        self._ledger = ledger
        self.all: dict[int, WorkItem] = {}
        self.oddities = Oddities()

    def create(self, kind: str, patch: Any, caller: str | None) -> WorkItem:
        """Create a work item. Raises AzureError."""
        if kind not in self._settings.types:
            raise AzureError(404, f"VS402323: Work item type {kind} does not exist in project.")
        fields, _ = self._read(patch)
        self._ruled({**fields, "System.State": fields.get("System.State", STATES[0])}, new=True)
        born = {"System.State": STATES[0], "System.CreatedDate": millis(now()), "System.CreatedBy": OURS}
        item = WorkItem(len(self.all) + 1, kind, born)
        self.all[item.id] = item
        self._write(item, fields)
        self._commit("ticket.created", item, caller, title=fields.get("System.Title", ""))
        self._noted(item, fields, caller)
        return item

    def change(self, item: WorkItem, patch: Any, caller: str | None) -> WorkItem:
        """Change a work item. Raises AzureError; 409 where the patch tests another revision."""
        fields, rev = self._read(patch)
        if self.oddities.conflicts:
            self.oddities = self.oddities.model_copy(update={"conflicts": self.oddities.conflicts - 1})
            item.rev += 1
        if rev is not None and rev != item.rev:
            raise AzureError(409)
        self._ruled({**item.fields, **fields}, new=False)
        was = item.fields["System.State"]
        if self.oddities.final and was == OVER:
            raise AzureError(
                400, "TF401320: Rule Error for field State. Error code: HasValues, LimitedToValues, ReadOnly."
            )
        item.rev += 1
        self._write(item, fields)
        self._commit("ticket.updated", item, caller, fields=sorted(fields))
        if (item.fields["System.State"] == OVER) is not (was == OVER):
            self._commit("ticket.reopened" if was == OVER else "ticket.closed", item, caller)
        self._noted(item, fields, caller)
        return item

    def act(self, item: WorkItem, fields: dict[str, Any]) -> None:
        """Let a person write fields."""
        was, item.rev = item.fields["System.State"], item.rev + 1
        item.fields.update(fields)
        if fields.get("System.State") == OVER != was:
            self._commit("ticket.closed", item, None)

    def found(self, tag: str) -> list[WorkItem]:
        """The work items with a tag, the oldest first."""
        return [each for each in self.all.values() if tag in str(each.fields.get("System.Tags", "")).split("; ")]

    def named(self, id: str) -> WorkItem:
        """The work item with an id. Raises AzureError 404."""
        item = self.all.get(int(id)) if id.isdigit() else None
        if item is None:
            raise AzureError(
                404, f"TF401232: Work item {id} does not exist, or you do not have permissions to read it."
            )
        return item

    def _read(self, patch: Any) -> tuple[dict[str, Any], int | None]:
        """The fields of a patch, and the revision that it tests. Raises AzureError 400."""
        if not isinstance(patch, list) or not all(isinstance(each, dict) for each in patch):
            raise AzureError(400, "You must pass a valid patch document in the body of the request.")
        tests = [each["value"] for each in patch if each.get("op") == "test" and each.get("path") == "/rev"]
        fields = {
            str(each["path"]).removeprefix("/fields/"): each.get("value") for each in patch if each.get("op") == "add"
        }
        return fields, tests[0] if tests else None

    def _ruled(self, fields: dict[str, Any], *, new: bool) -> None:
        known = (
            KNOWN | set(self._settings.custom_fields) | {"System.CreatedDate", "System.CreatedBy", "System.ChangedDate"}
        )
        strange = next((name for name in fields if name not in known), None)
        if strange is not None:
            raise AzureError(
                400, f"TF51535: Cannot find field {strange}.", "WorkItemTrackingFieldDefinitionNotFoundException"
            )
        missing = next((name for name in self.oddities.required if new and name not in fields), None)
        missing = missing or (None if fields.get("System.Title") else "System.Title")
        if missing is not None:
            raise AzureError(400, f"TF401320: Rule Error for field {missing}. Error code: Required, InvalidEmpty.")
        if fields["System.State"] not in STATES:
            said = f"The field 'State' contains the value '{fields['System.State']}' that is not in the list of values"
            raise AzureError(400, said)
        if len(str(fields["System.Title"])) > 255:
            raise AzureError(400, "TF401324: Title is too long.")

    def _write(self, item: WorkItem, fields: dict[str, Any]) -> None:
        kept = {name: value for name, value in fields.items() if name not in self.oddities.dropped}
        item.fields.update({name: value for name, value in kept.items() if name != "System.History"})
        item.fields["System.ChangedDate"] = millis(now())

    def _noted(self, item: WorkItem, fields: dict[str, Any], caller: str | None) -> None:
        if fields.get("System.History"):
            item.history.append(fields["System.History"])
            text = unescape(str(fields["System.History"])).replace("<br>", "\n")
            self._commit("ticket.commented", item, caller, text=text)

    def _commit(self, kind: str, item: WorkItem, caller: str | None, **more: object) -> None:
        state = item.fields["System.State"]
        self._ledger.commit(kind, str(item.id), caller, record=str(item.id), rev=item.rev, status=state, **more)

    def clear(self) -> None:
        """No work items, a plain project."""
        self.all.clear()
        self.oddities = Oddities()
