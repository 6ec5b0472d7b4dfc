"""Cases and comments over HTTP: upsert by external id, create, change, read, query."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.ledger import request_id
from holdline.simulators.salesforce.cases import Case, Cases
from holdline.simulators.salesforce.door import Door
from holdline.simulators.salesforce.errors import SalesforceError, standard
from holdline.simulators.salesforce.soql import answered, row

BASE = "/services/data/v{version}"


class CaseApi:
    """The REST API as far as tickets need it."""

    def __init__(self, door: Door, cases: Cases, external: str) -> None:
        self._door = door
        self._cases = cases
        self._external = external

    def paths(self) -> list[BaseRoute]:
        """Every path with its method; those of a whole kind with a slash at the end too."""
        guard, case = self._door.guard, f"{BASE}/sobjects/Case"
        whole = [
            Route(f"{BASE}/query", guard(self._query), methods=["GET"]),
            Route(case, guard(self._create), methods=["POST"]),
            Route(f"{BASE}/sobjects/CaseComment", guard(self._comment), methods=["POST"]),
        ]
        slashed = [Route(f"{route.path}/", route.endpoint, methods=list(route.methods or ())) for route in whole]
        return [
            *whole,
            *slashed,
            Route(f"{case}/{{id}}", guard(self._read), methods=["GET"]),
            Route(f"{case}/{{id}}", guard(self._change), methods=["PATCH"]),
            Route(f"{case}/{{field}}/{{key}}", guard(self._upsert), methods=["PATCH"]),
            Route(f"{case}/{{field}}/{{key}}", guard(self._read_by_key), methods=["GET"]),
            Route(f"{BASE}/composite/sobjects", guard(self._save), methods=["PATCH"]),
        ]

    async def _query(self, request: Request) -> Response:
        return JSONResponse(answered(self._cases, request.query_params.get("q", "")))

    async def _create(self, request: Request) -> Response:
        fields = self._allowed(await _body(request))
        return self._written(self._cases.create(fields, request_id(request.scope)), 201, created=None)

    async def _read(self, request: Request) -> Response:
        found = row(self._cases.one(request.path_params["id"]))
        wanted = [name for name in request.query_params.get("fields", "").split(",") if name]
        missing = [name for name in wanted if name not in found]
        if missing:
            raise SalesforceError(400, "INVALID_FIELD", f"No such column '{missing[0]}' on sobject of type Case")
        shown = {name: found[name] if found[name] != "" else None for name in (wanted or found)}
        return JSONResponse({"attributes": {"type": "Case"}, "Id": found["Id"], **shown})

    async def _change(self, request: Request) -> Response:
        case = self._cases.one(request.path_params["id"])
        self._cases.change(case, self._allowed(await _body(request), case), request_id(request.scope))
        return Response(status_code=204)

    async def _save(self, request: Request) -> Response:
        """Several cases at once: 200 whatever became of them, each with its own success."""
        body, caller = await _json(request), request_id(request.scope)
        return JSONResponse([self._saved(row, caller) for row in body.get("records", [])])

    def _saved(self, row: dict[str, Any], caller: str | None) -> dict[str, Any]:
        id = str(row.get("id", ""))
        fields = {name: str(value) for name, value in row.items() if name not in ("id", "attributes")}
        try:
            case = self._cases.one(id)
            if self._door.oddities.lying:
                raise SalesforceError(200, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "A site is needed.")
            self._cases.change(case, self._allowed(fields, case), caller)
        except SalesforceError as error:
            said = {"statusCode": error.code, "message": error.message, "fields": list(error.fields)}
            return {"id": id, "success": False, "errors": [said]}
        return {"id": case.values["Id"], "success": True, "errors": []}

    async def _read_by_key(self, request: Request) -> Response:
        found = self._keyed(request)
        if not found:
            raise standard(404)
        return JSONResponse(row(found[0])) if len(found) == 1 else self._several(request, found)

    async def _upsert(self, request: Request) -> Response:
        found, key, caller = self._keyed(request), request.path_params["key"], request_id(request.scope)
        fields = await _body(request)
        if self._external in fields:
            refused = f"The {self._external} field should not be specified in the sobject data."
            raise SalesforceError(400, "INVALID_FIELD", refused)
        fields = self._allowed(fields)
        if len(found) > 1:
            return self._several(request, found)
        if found:
            self._cases.change(found[0], fields, caller)
            return self._liar() or self._written(found[0], 200, created=False)
        if self._door.oddities.raced:
            self._door.oddities = self._door.oddities.model_copy(update={"raced": False})
            self._cases.create({**fields, self._external: key}, None)
            taken = f"duplicate value found: {self._external} duplicates value on record with id"
            raise SalesforceError(400, "DUPLICATE_VALUE", taken)
        if self._door.oddities.lying:
            return self._liar() or Response()
        case = self._cases.create({**fields, self._external: key}, caller)
        return self._written(case, 201, created=True)

    def _keyed(self, request: Request) -> list[Case]:
        if request.path_params["field"] != self._external:
            message = "Provided external ID field does not exist or is not accessible: "
            raise SalesforceError(404, "NOT_FOUND", message + str(request.path_params["field"]))
        return self._cases.by_key(request.path_params["key"])

    def _allowed(self, fields: dict[str, str], case: Case | None = None) -> dict[str, str]:
        oddities = self._door.oddities
        oddities.check(fields)
        if oddities.final and case is not None and case.closed:
            raise SalesforceError(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "A closed case is final.")
        return fields

    def _several(self, request: Request, found: list[Case]) -> Response:
        base = request.url.path.split("/sobjects/")[0]
        return JSONResponse([f"{base}/sobjects/Case/{case.values['Id']}" for case in found], status_code=300)

    def _written(self, case: Case, status: int, *, created: bool | None) -> Response:
        body: dict[str, Any] = {"id": case.values["Id"], "success": True, "errors": []}
        return JSONResponse(body if created is None else {**body, "created": created}, status_code=status)

    def _liar(self) -> Response | None:
        if not self._door.oddities.lying:
            return None
        error = {"statusCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "A site is needed.", "fields": []}
        return JSONResponse({"id": None, "success": False, "errors": [error]})

    async def _comment(self, request: Request) -> Response:
        body = await _body(request)
        text, parent = body.get("CommentBody", ""), body.get("ParentId", "")
        self._allowed(body, self._cases.all.get(parent))
        id = self._cases.comment(parent, text, request_id(request.scope))
        return JSONResponse({"id": id, "success": True, "errors": []}, status_code=201)


async def _body(request: Request) -> dict[str, str]:
    """The fields of a JSON body as text."""
    body = await _json(request)
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}


async def _json(request: Request) -> dict[str, Any]:
    """A JSON object. Raises 415 and 400."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise standard(415)
    try:
        body: Any = json.loads(await request.body())
    except ValueError:
        raise SalesforceError(400, "JSON_PARSER_ERROR", "Unexpected character") from None
    if not isinstance(body, dict):
        raise SalesforceError(400, "JSON_PARSER_ERROR", "Cannot deserialize")
    return body
