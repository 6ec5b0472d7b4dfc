"""The Table API for incidents and the Import Set API in front of them."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.ledger import request_id
from holdline.simulators.servicenow.door import Door
from holdline.simulators.servicenow.errors import ServiceNowError, standard
from holdline.simulators.servicenow.oddities import Operation
from holdline.simulators.servicenow.query import View, found
from holdline.simulators.servicenow.records import Record, Records

TABLE = "incident"


class TableApi:
    """Incidents over HTTP; `staging` is the table of imports, whose transform map coalesces on correlation_id."""

    def __init__(self, door: Door, records: Records, staging: str) -> None:
        self._door = door
        self._records = records
        self._staging = staging

    def paths(self) -> list[BaseRoute]:
        """Every path with its method, with and without a version."""
        guard, one = self._door.guard, "/{table}/{sys_id}"
        return [
            route
            for base in ("/api/now", "/api/now/v1", "/api/now/v2")
            for route in (
                Route(f"{base}/table/{{table}}", guard(self._list), methods=["GET"]),
                Route(f"{base}/table/{{table}}", guard(self._insert), methods=["POST"]),
                Route(f"{base}/table{one}", guard(self._read), methods=["GET"]),
                Route(f"{base}/table{one}", guard(self._update), methods=["PATCH", "PUT"]),
                Route(f"{base}/import/{{staging}}", guard(self._import), methods=["POST"]),
            )
        ]

    async def _list(self, request: Request, _: str) -> Response:
        self._known_table(request)
        self._door.oddities.check("read", {}, {})
        query = request.query_params
        rows = found(self._records, query.get("sysparm_query", ""))
        start, size = int(query.get("sysparm_offset", "0")), int(query.get("sysparm_limit", "10000"))
        view = View(request, self._records)
        shown = [view.row(record) for record in rows[start : start + size]]
        return JSONResponse({"result": shown}, headers={"X-Total-Count": str(len(rows))})

    async def _read(self, request: Request, _: str) -> Response:
        record = self._record(request)
        self._door.oddities.check("read", {}, {})
        return JSONResponse({"result": View(request, self._records).row(record)})

    async def _insert(self, request: Request, user: str) -> Response:
        self._known_table(request)
        body = self._allowed("insert", await _body(request), {"state": "1"})
        record = self._records.insert(body, user, request_id(request.scope))
        location = f"{request.url.scheme}://{request.url.netloc}{request.url.path}/{record.values['sys_id']}"
        shown = View(request, self._records).row(record)
        return JSONResponse({"result": shown}, status_code=201, headers={"Location": location})

    async def _update(self, request: Request, user: str) -> Response:
        record = self._record(request)
        body = self._allowed("update", await _body(request), record.values)
        self._records.update(record, body, user, request_id(request.scope))
        return JSONResponse({"result": View(request, self._records).row(record)})

    def _allowed(self, operation: Operation, body: dict[str, str], record: dict[str, str]) -> dict[str, str]:
        """What may be written of a body: nothing of what is closed, and an ACL drops fields without a word."""
        oddities = self._door.oddities
        if operation == "update" and record["state"] == "7":
            raise standard(403)
        body = {name: value for name, value in body.items() if name not in oddities.dropped}
        oddities.check(operation, body, {**record, **body})
        return body

    async def _import(self, request: Request, user: str) -> Response:
        """200 whatever became of the row: what the transform did is in its `status`."""
        staging, body = request.path_params["staging"], await _body(request)
        if staging != self._staging:
            raise ServiceNowError(400, f"Invalid staging table {staging}")
        try:
            row = self._transformed(body, user, request_id(request.scope))
        except ServiceNowError as error:
            row = {"status": "error", "error_message": error.detail or error.message}
        result = [{"transform_map": "Holdline", "table": TABLE, **row}]
        return JSONResponse({"import_set": "ISET0010001", "staging_table": staging, "result": result})

    def _transformed(self, body: dict[str, str], user: str, caller: str | None) -> dict[str, str]:
        if self._door.oddities.transform_error:
            raise ServiceNowError(200, self._door.oddities.transform_error)
        key = body.get("correlation_id", "")
        known = next((row for row in found(self._records, f"correlation_id={key}") if key), None)
        if known is None:
            body = self._allowed("insert", body, {"state": "1"})
            return _row("inserted", self._records.insert(body, user, caller))
        body = self._allowed("update", body, known.values)
        return _row("updated", self._records.update(known, body, user, caller))

    def _known_table(self, request: Request) -> None:
        table = request.path_params["table"]
        if table != TABLE:
            raise ServiceNowError(400, f"Invalid table {table}")

    def _record(self, request: Request) -> Record:
        self._known_table(request)
        record = self._records.all.get(request.path_params["sys_id"])
        if record is None:
            raise standard(404)
        return record


def _row(status: str, record: Record) -> dict[str, str]:
    values = record.values
    return {
        "display_name": "number",
        "display_value": values["number"],
        "status": status,
        "sys_id": values["sys_id"],
    }


async def _body(request: Request) -> dict[str, str]:
    """The fields of a JSON body as text. Raises 415 and 400."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise standard(415)
    try:
        body: Any = json.loads(await request.body())
    except ValueError:
        raise ServiceNowError(400, "Exception while reading request") from None
    if not isinstance(body, dict):
        raise ServiceNowError(400, "Exception while reading request")
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
