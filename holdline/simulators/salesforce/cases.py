"""The cases of the org, their comments, and what people do to them."""

from dataclasses import dataclass, field

from holdline.simulators.clock import millis, now
from holdline.simulators.ledger import Ledger
from holdline.simulators.salesforce.errors import SalesforceError, standard
from holdline.simulators.settings import SalesforceSettings

LENGTHS = {"Subject": 255, "Description": 32_000, "SuppliedName": 80}
PICKLISTS = {"Priority": ("High", "Medium", "Low"), "Origin": ("Phone", "Email", "Web")}
STATUSES = ("New", "Working", "Escalated", "Closed")
CLOSED = ("Closed",)
COMMENT = 4000

OURS = "005000000000001AAA"
QUEUE = "00G000000000001AAA"
PEOPLE = {
    OURS: "Holdline Integration",
    "005000000000002AAA": "Maria Huber",
    "005000000000003AAA": "Jonas Weber",
    QUEUE: "Telephony",
}


@dataclass
class Case:
    """A case; `comments` is oldest first."""

    values: dict[str, str]
    comments: list[dict[str, str]] = field(default_factory=list)

    @property
    def closed(self) -> bool:
        """Whether its status is a closed one."""
        return self.values["Status"] in CLOSED


class Cases:
    """The cases by id, oldest first. Without `to_queue` a new case is owned by whoever creates it."""

    def __init__(self, settings: SalesforceSettings, ledger: Ledger) -> None:
        self._external = settings.external_field
        self._known = {"Subject", "Description", "Status", "OwnerId", "Reason", *LENGTHS, *PICKLISTS, self._external}
        self._known |= set(settings.custom_fields)
        self._owner = QUEUE if settings.to_queue else OURS
        self._ledger = ledger
        self._commented = 0
        self._born = 0
        self.all: dict[str, Case] = {}

    @property
    def columns(self) -> set[str]:
        """The fields of a case, those included that only the org writes."""
        return {*self._known, "Id", "CaseNumber", "CreatedById", "CreatedDate", "LastModifiedById"}

    def create(self, fields: dict[str, str], caller: str | None, by: str = OURS) -> Case:
        """A new case. Raises what a field is refused for."""
        self._check(fields)
        self._born += 1
        id, at = f"500{self._born:012d}AAA", millis(now())
        born = {"Id": id, "CaseNumber": f"{self._born:08d}", "Status": "New", "OwnerId": self._owner}
        stamps = {"CreatedById": by, "CreatedDate": at, "LastModifiedById": by}
        case = Case({**dict.fromkeys(sorted(self._known), ""), **born, **stamps, **fields})
        self.all[id] = case
        key, number = case.values[self._external], case.values["CaseNumber"]
        self._ledger.commit("ticket.created", key, caller, id=id, correlation=key, number=number)
        return case

    def change(self, case: Case, fields: dict[str, str], caller: str | None, by: str = OURS) -> None:
        """Other values for a case; what is so already is no effect. Raises what a field is refused for."""
        self._check(fields)
        changed = sorted(name for name, value in fields.items() if case.values[name] != value)
        was = case.closed
        case.values |= {**fields, "LastModifiedById": by}
        if changed:
            turned = "ticket.closed" if case.closed else "ticket.reopened"
            kind = "ticket.changed" if case.closed is was else turned
            id, key = case.values["Id"], case.values[self._external]
            self._ledger.commit(kind, id, caller, id=id, correlation=key, fields=changed)

    def comment(self, parent: str, text: str, caller: str | None, by: str = OURS) -> str:
        """A comment on a case; its id. Raises where there is none, or the text is too long."""
        case = self.all.get(parent)
        if case is None:
            raise SalesforceError(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ("ParentId",))
        if len(text) > COMMENT:
            raise SalesforceError(400, "STRING_TOO_LONG", "Body: data value too large", ("CommentBody",))
        self._commented += 1
        id = f"00a{self._commented:012d}AAA"
        seen = {"Id": id, "ParentId": parent, "CommentBody": text, "CreatedById": by, "CreatedDate": millis(now())}
        case.comments.append(seen)
        self._ledger.commit("ticket.commented", f"{parent} {text}", caller, id=parent, text=text, by=by)
        return id

    def by_key(self, key: str) -> list[Case]:
        """Every case with this external id; it is compared without case."""
        return [case for case in self.all.values() if case.values[self._external].lower() == key.lower()]

    def one(self, id: str) -> Case:
        """The case of an id of 15 or 18 characters. Raises 404."""
        found = next((case for known, case in self.all.items() if id in (known, known[:15])), None)
        if found is None:
            raise standard(404)
        return found

    def _check(self, fields: dict[str, str]) -> None:
        for name, value in fields.items():
            if name not in self._known:
                raise SalesforceError(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type Case", (name,))
            if len(value) > LENGTHS.get(name, 255):
                raise SalesforceError(400, "STRING_TOO_LONG", f"{name}: data value too large", (name,))
            allowed = {**PICKLISTS, "Status": STATUSES}.get(name)
            if allowed is not None and value not in allowed:
                bad = f"{name}: bad value for restricted picklist field: {value}"
                raise SalesforceError(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", bad, (name,))

    def clear(self) -> None:
        """No cases."""
        self.all.clear()
        self._born = self._commented = 0
