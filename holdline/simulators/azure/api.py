"""Work item tracking, 7.1: create, read, change, comments, queries, types."""

import base64
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.azure.errors import AzureError, sign_in
from holdline.simulators.azure.items import Items, WorkItem
from holdline.simulators.ledger import request_id
from holdline.simulators.settings import AzureSettings
from holdline.simulators.window import Window

PATCH = "application/json-patch+json"
TAGGED = re.compile(r"\[System\.Tags\] CONTAINS '([^']+)'")

Answer = Callable[[Request], Awaitable[Response]]


class WorkItemsApi:
    """Work items over HTTP, one limit for the token."""

    def __init__(self, settings: AzureSettings, items: Items, window: Window) -> None:
        self._settings = settings
        self._items = items
        self._window = window

    def paths(self) -> list[BaseRoute]:
        """Every path with its method; the vendor does not tell letters apart in them."""
        base, guard = "/{project}/_apis/wit", self._guard
        return [
            Route(f"{base}/workitems/${{type}}", guard(self._create), methods=["POST"]),
            Route(f"{base}/workitems", guard(self._list), methods=["GET"]),
            Route(f"{base}/workitems/{{id}}", guard(self._read), methods=["GET"]),
            Route(f"{base}/workitems/{{id}}", guard(self._change), methods=["PATCH"]),
            Route(f"{base}/workItems/{{id}}/comments", guard(self._comments), methods=["GET"]),
            Route(f"{base}/wiql", guard(self._query), methods=["POST"]),
            Route(f"{base}/workitemtypes/{{type}}", guard(self._type), methods=["GET"]),
        ]

    def _guard(self, answer: Answer) -> Answer:
        async def endpoint(request: Request) -> Response:
            if not self._accepted(request):
                return sign_in()
            try:
                self._admit(request)
                response = await answer(request)
            except AzureError as error:
                response = error.response()
                if error.status == 429:
                    response.headers["Retry-After"] = "10"
            return self._delayed(response)

        return endpoint

    def _accepted(self, request: Request) -> bool:
        right = f"Basic {base64.b64encode(f':{self._settings.token}'.encode()).decode()}"
        return secrets.compare_digest(request.headers.get("authorization", "").encode(), right.encode())

    def _admit(self, request: Request) -> None:
        if "api-version" not in request.query_params:
            raise AzureError(400, "VssVersionNotSpecifiedException: No api-version was supplied.")
        if request.path_params["project"] != self._settings.project:
            raise AzureError(404)
        if self._window.admit(self._settings.token).over:
            raise AzureError(429)

    def _delayed(self, response: Response) -> Response:
        """An answer that was held up says so, and when to come back: a success all the same."""
        delay = self._items.oddities.delay
        if delay is not None:
            response.headers.update({"X-RateLimit-Delay": "0.5", "Retry-After": str(delay)})
        return response

    def _item(self, request: Request) -> WorkItem:
        return self._items.named(request.path_params["id"])

    async def _create(self, request: Request) -> Response:
        item = self._items.create(request.path_params["type"], await patch(request), request_id(request.scope))
        return JSONResponse(item.resource(base(request)))

    async def _change(self, request: Request) -> Response:
        item = self._items.change(self._item(request), await patch(request), request_id(request.scope))
        return JSONResponse(item.resource(base(request)))

    async def _read(self, request: Request) -> Response:
        return JSONResponse(self._item(request).resource(base(request), wanted(request)))

    async def _list(self, request: Request) -> Response:
        ids = [int(each) for each in request.query_params.get("ids", "").split(",") if each]
        found = [self._items.all[id].resource(base(request), wanted(request)) for id in ids if id in self._items.all]
        return JSONResponse({"count": len(found), "value": found})

    async def _comments(self, request: Request) -> Response:
        history = list(enumerate(self._item(request).history, start=1))
        if request.query_params.get("order") == "desc":
            history.reverse()
        shown = [
            {"id": number, "text": text} for number, text in history[: int(request.query_params.get("$top", "200"))]
        ]
        return JSONResponse({"totalCount": len(history), "count": len(shown), "comments": shown})

    async def _query(self, request: Request) -> Response:
        tag = TAGGED.search(str((await body(request)).get("query", "")))
        if tag is None:
            raise AzureError(400, "VS402337: The number of work items returned exceeds the size limit of 20000.")
        found = [{"id": item.id, "url": f"{base(request)}/{item.id}"} for item in self._items.found(tag.group(1))]
        return JSONResponse({"queryType": "flat", "queryResultType": "workItem", "workItems": found})

    async def _type(self, request: Request) -> Response:
        name = request.path_params["type"]
        if name not in self._settings.types:
            raise AzureError(404, f"VS402323: Work item type {name} does not exist in project.")
        return JSONResponse({"name": name, "referenceName": f"Microsoft.VSTS.WorkItemTypes.{name}"})


def wanted(request: Request) -> list[str] | None:
    """The fields that a request names."""
    fields = request.query_params.get("fields")
    return fields.split(",") if fields else None


def base(request: Request) -> str:
    """The address of the organisation."""
    return f"{request.url.scheme}://{request.url.netloc}"


async def patch(request: Request) -> Any:
    """The patch of a request. Raises AzureError 415 and 400."""
    if not request.headers.get("content-type", "").startswith(PATCH):
        raise AzureError(415, f"The request must have the content type {PATCH}.")
    return await _json(request)


async def body(request: Request) -> dict[str, Any]:
    """The JSON object of a request. Raises AzureError 400."""
    found = await _json(request)
    return found if isinstance(found, dict) else {}


async def _json(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except ValueError:
        raise AzureError(400, "The request body is not valid JSON.") from None
