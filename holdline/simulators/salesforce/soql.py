"""Queries as far as tickets need them: SELECT … FROM Case or CaseComment WHERE a = 'b' ORDER BY c LIMIT n."""

import re
from typing import Any

from holdline.simulators.salesforce.cases import PEOPLE, Case, Cases
from holdline.simulators.salesforce.errors import SalesforceError

_QUERY = re.compile(
    r"SELECT (?P<fields>.+?) FROM (?P<object>\w+)"
    r"(?: WHERE (?P<name>\w+) ?= ?'(?P<value>(?:[^'\\]|\\.)*)')?"
    r"(?: ORDER BY (?P<order>\w+)(?P<desc> DESC| ASC)?)?(?: LIMIT (?P<limit>\d+))?",
    re.IGNORECASE,
)


def answered(cases: Cases, query: str) -> dict[str, Any]:
    """The answer to a query. Raises MALFORMED_QUERY, INVALID_FIELD, INVALID_TYPE."""
    read = _QUERY.fullmatch(query.strip())
    if read is None:
        raise SalesforceError(400, "MALFORMED_QUERY", "unexpected token")
    names = [name.strip() for name in read["fields"].split(",")]
    columns = _columns(cases, read["object"])
    for name in (*names, *filter(None, (read["name"], read["order"]))):
        if name.partition(".")[0] not in columns:
            raise SalesforceError(400, "INVALID_FIELD", f"No such column '{name}' on entity.")
    rows = _rows(cases, read["object"])
    if read["name"]:
        wanted = re.sub(r"\\(.)", r"\1", read["value"]).lower()
        rows = [row for row in rows if str(_of(row, read["name"])).lower() == wanted]
    if read["order"]:
        rows.sort(key=lambda row: str(_of(row, read["order"])), reverse=(read["desc"] or "").strip().upper() == "DESC")
    shown = rows[: int(read["limit"] or 2000)]
    records = [{"attributes": {"type": read["object"]}, **_selected(row, names)} for row in shown]
    return {"totalSize": len(records), "done": True, "records": records}


def _rows(cases: Cases, kind: str) -> list[dict[str, Any]]:
    match kind:
        case "Case":
            return [row(case) for case in cases.all.values()]
        case "CaseComment":
            return [dict(each) for case in cases.all.values() for each in case.comments]
        case _:
            raise SalesforceError(400, "INVALID_TYPE", f"sObject type '{kind}' is not supported.")


def _columns(cases: Cases, kind: str) -> set[str]:
    comment = {"Id", "ParentId", "CommentBody", "CreatedById", "CreatedDate"}
    return comment if kind == "CaseComment" else {*cases.columns, "IsClosed", "Owner", "LastModifiedBy"}


def row(case: Case) -> dict[str, Any]:
    """A case with what is computed of it."""
    owner, writer = case.values["OwnerId"], case.values["LastModifiedById"]
    people = {"Owner": {"Name": PEOPLE.get(owner, owner)}, "LastModifiedBy": {"Name": PEOPLE.get(writer, writer)}}
    return {**case.values, "IsClosed": case.closed, **people}


def _selected(found: dict[str, Any], names: list[str]) -> dict[str, Any]:
    selected: dict[str, Any] = {}
    for name in names:
        over, _, below = name.partition(".")
        value = _of(found, over)
        selected[over] = value if not below else {"attributes": {"type": "Name"}, below: value[below]}
    return selected


def _of(found: dict[str, Any], name: str) -> Any:
    return found[name] if found[name] != "" else None
