"""Encoded queries and what a record looks like in an answer."""

from typing import Any

from starlette.requests import Request

from holdline.simulators.servicenow.records import JOURNALS, Record, Records

REFERENCES = ("assigned_to", "assignment_group", "caller_id", "cmdb_ci", "resolved_by", "closed_by")
STATES = {"1": "New", "2": "In Progress", "3": "On Hold", "6": "Resolved", "7": "Closed", "8": "Canceled"}


def found(records: Records, query: str) -> list[Record]:
    """The records that an encoded query finds; a condition on an unknown field is passed over, as the vendor does."""
    rows = list(records.all.values())
    for term in query.split("^"):
        name, equals, value = term.partition("=")
        if term.startswith("ORDERBY"):
            field = term.removeprefix("ORDERBY").removeprefix("DESC")
            rows.sort(key=lambda row: row.values.get(field, ""), reverse=term.startswith("ORDERBYDESC"))
        elif equals and name.endswith("!"):
            rows = [row for row in rows if row.values.get(name[:-1], "").lower() != value.lower()]
        elif equals and any(name in row.values for row in rows):
            rows = [row for row in rows if row.values.get(name, "").lower() == value.lower()]
    return rows


class View:
    """How a request wants to see records: `sysparm_fields`, `sysparm_display_value`, reference links or not."""

    def __init__(self, request: Request, records: Records) -> None:
        query = request.query_params
        self._fields = [name for name in query.get("sysparm_fields", "").split(",") if name]
        self._display = query.get("sysparm_display_value", "false")
        self._links = query.get("sysparm_exclude_reference_link", "false") != "true"
        self._host = f"{request.url.scheme}://{request.url.netloc}"
        self._records = records

    def row(self, record: Record) -> dict[str, Any]:
        """One record; a field that the table does not have is left out."""
        wanted = self._fields or [*record.values, *JOURNALS]
        return {name: self._seen(record, name) for name in wanted if name in record.values or name in JOURNALS}

    def _seen(self, record: Record, name: str) -> Any:
        value, shown = record.values.get(name, ""), self._shown(record, name)
        link = f"{self._host}/api/now/table/sys_user/{value}"
        linked = {"link": link} if self._links and name in REFERENCES and value else {}
        if self._display == "all":
            return {"display_value": shown, "value": value, **linked}
        if linked:
            return {**linked, "display_value": shown} if self._display == "true" else {**linked, "value": value}
        return shown if self._display == "true" else value

    def _shown(self, record: Record, name: str) -> str:
        if name in JOURNALS:
            return record.shown(name)
        value = record.values[name]
        if name == "state":
            return STATES.get(value, value)
        return self._records.people.get(value, value) if name in REFERENCES else value
