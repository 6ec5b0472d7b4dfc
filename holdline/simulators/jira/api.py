"""The platform API, version 3: issues, comments, transitions, search, permissions."""

import base64
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.jira.desk import KNOWN, Desk
from holdline.simulators.jira.errors import JiraError
from holdline.simulators.jira.issue import Issue, Person
from holdline.simulators.ledger import request_id
from holdline.simulators.settings import JiraSettings
from holdline.simulators.window import Window

BASE = "/rest/api/3"
OURS = Person("5b10a2844c20165700ede21f", "Holdline", "holdline@example.com")
LABELLED = re.compile(r'labels\s*=\s*"?([^"\s]+)"?')

Answer = Callable[[Request], Awaitable[Response]]


class IssuesApi:
    """Issues over HTTP, one limit for the account."""

    def __init__(self, settings: JiraSettings, desk: Desk, window: Window) -> None:
        self._settings = settings
        self._desk = desk
        self._window = window

    def paths(self) -> list[BaseRoute]:
        """Every path with its method."""
        one = f"{BASE}/issue/{{issue}}"
        return [
            Route(f"{BASE}/issue", self._guard(self._create), methods=["POST"]),
            Route(one, self._guard(self._read), methods=["GET"]),
            Route(one, self._guard(self._edit), methods=["PUT"]),
            Route(f"{one}/comment", self._guard(self._comments), methods=["GET"]),
            Route(f"{one}/comment", self._guard(self._comment), methods=["POST"]),
            Route(f"{one}/transitions", self._guard(self._ways), methods=["GET"]),
            Route(f"{one}/transitions", self._guard(self._move), methods=["POST"]),
            Route(f"{BASE}/search/jql", self._guard(self._search), methods=["GET", "POST"]),
            Route(f"{BASE}/field", self._guard(self._fields), methods=["GET"]),
            Route(f"{BASE}/mypermissions", self._guard(self._mine), methods=["GET"]),
        ]

    def _guard(self, answer: Answer) -> Answer:
        async def endpoint(request: Request) -> Response:
            try:
                self._admit(request)
                return await answer(request)
            except JiraError as error:
                response = error.response()
                if error.status == 429:
                    response.headers.update({"Retry-After": "5", "RateLimit-Reason": "jira-burst-based"})
                return response

        return endpoint

    def _admit(self, request: Request) -> None:
        account = f"{self._settings.email}:{self._settings.token}"
        right = f"Basic {base64.b64encode(account.encode()).decode()}"
        if not secrets.compare_digest(request.headers.get("authorization", "").encode(), right.encode()):
            raise JiraError(401)
        if self._window.admit(self._settings.email).over:
            raise JiraError(429)

    def _issue(self, request: Request) -> Issue:
        return self._desk.named(request.path_params["issue"])

    async def _create(self, request: Request) -> Response:
        issue = self._desk.create((await body(request)).get("fields", {}), OURS, request_id(request.scope))
        shown = issue.resource(base(request), [])
        return JSONResponse({name: shown[name] for name in ("id", "key", "self")}, status_code=201)

    async def _read(self, request: Request) -> Response:
        issue, asked = self._issue(request), request.query_params.get("fields")
        shown = issue.resource(base(request), asked.split(",") if asked else None)
        if "transitions" in request.query_params.get("expand", ""):
            shown["transitions"] = self._desk.ways(issue)
        return JSONResponse(shown)

    async def _edit(self, request: Request) -> Response:
        issue = self._issue(request)
        self._desk.edit(issue, (await body(request)).get("fields", {}), OURS, request_id(request.scope))
        return Response(status_code=204)

    async def _comments(self, request: Request) -> Response:
        comments = list(self._issue(request).comments)
        if request.query_params.get("orderBy") == "-created":
            comments.reverse()
        size = int(request.query_params.get("maxResults", "5000"))
        return JSONResponse({"comments": comments[:size], "total": len(comments), "startAt": 0, "maxResults": size})

    async def _comment(self, request: Request) -> Response:
        issue, wish = self._issue(request), await body(request)
        comment = self._desk.comment(issue, wish.get("body"), OURS, request_id(request.scope))
        return JSONResponse(comment, status_code=201)

    async def _ways(self, request: Request) -> Response:
        ways = self._desk.ways(self._issue(request))
        return JSONResponse({"expand": "transitions", "transitions": ways})

    async def _move(self, request: Request) -> Response:
        issue, wish, caller = self._issue(request), await body(request), request_id(request.scope)
        strange = [name for name in wish.get("fields") or {} if name not in ("resolution",)]
        if strange:
            raise JiraError(400, errors={name: f"Field '{name}' cannot be set." for name in strange})
        self._desk.move(issue, str(wish.get("transition", {}).get("id")), OURS, caller)
        return Response(status_code=204)

    async def _search(self, request: Request) -> Response:
        wish = await body(request) if request.method == "POST" else dict(request.query_params)
        asked = wish.get("fields") or ["id"]
        fields = asked.split(",") if isinstance(asked, str) else asked
        label = LABELLED.search(wish.get("jql", ""))
        if label is None:
            raise JiraError(400, ["Unbounded JQL queries are not allowed here."])
        sure: Any = wish.get("reconcileIssues") or []
        found = self._desk.found(label.group(1), sure)
        size = int(wish.get("maxResults", 50))
        shown = [issue.resource(base(request), fields) for issue in found[:size]]
        return JSONResponse({"issues": shown, "isLast": True})

    async def _fields(self, _: Request) -> Response:
        names = (*sorted(KNOWN), *self._settings.custom_fields)
        return JSONResponse([{"id": name, "name": name, "custom": name not in KNOWN} for name in names])

    async def _mine(self, request: Request) -> Response:
        query = request.query_params
        if query.get("projectKey") != self._settings.project:
            raise JiraError(404, [f"No project could be found with key '{query.get('projectKey')}'."])
        names = [name for name in query.get("permissions", "").split(",") if name]
        have = {name: name not in self._settings.lacking for name in names}
        shown = {
            name: {"id": "1", "key": name, "type": "PROJECT", "havePermission": each} for name, each in have.items()
        }
        return JSONResponse({"permissions": shown})


def base(request: Request) -> str:
    """The address of the site."""
    return f"{request.url.scheme}://{request.url.netloc}"


async def body(request: Request) -> dict[str, Any]:
    """The JSON object of a request. Raises JiraError 400."""
    try:
        found = json.loads(await request.body() or b"{}")
    except ValueError:
        raise JiraError(400, ["There was an error parsing JSON."]) from None
    if not isinstance(found, dict):
        raise JiraError(400, ["There was an error parsing JSON."])
    return found
