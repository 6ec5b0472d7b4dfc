"""Both ways in: orders and reads by an integration key below `/v2`, reads by an account below `/v1`."""

import base64
import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.jsm.alert import Alert, Order
from holdline.simulators.jsm.desk import Desk
from holdline.simulators.jsm.errors import JsmError
from holdline.simulators.ledger import request_id
from holdline.simulators.settings import JsmSettings
from holdline.simulators.window import Window

LONGEST = {"message": 130, "alias": 512, "description": 15_000, "entity": 512, "source": 100}
PRIORITIES = ("P1", "P2", "P3", "P4", "P5")
ACTIONS = {"acknowledge": "Acknowledge", "unacknowledge": "UnAcknowledge", "close": "Close"}

Answer = Callable[[Request, str], Awaitable[Response]]


class AlertsApi:
    """Alerts over HTTP, one limit for each key."""

    def __init__(self, settings: JsmSettings, desk: Desk, window: Window) -> None:
        self._settings = settings
        self._desk = desk
        self._window = window

    def paths(self) -> list[BaseRoute]:
        """Every path with its method; an alias may hold slashes."""
        alert = "/v2/alerts/{alias:path}"
        deeds = [Route(f"{alert}/{verb}", self._by_key(self._deed(verb)), methods=["POST"]) for verb in ACTIONS]
        return [
            Route("/v2/alerts", self._by_key(self._create), methods=["POST"]),
            Route("/v2/alerts/count", self._by_key(self._count), methods=["GET"]),
            Route("/v2/alerts/requests/{id}", self._by_key(self._request), methods=["GET"]),
            *deeds,
            Route(alert, self._by_key(self._read), methods=["GET"]),
            Route("/v1/alerts", self._by_token(self._list), methods=["GET"]),
            Route("/v1/alerts/alias", self._by_token(self._read), methods=["GET"]),
            Route("/v1/alerts/requests/{id}", self._by_token(self._request), methods=["GET"]),
        ]

    def _by_key(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        return self._guard(answer, self._team)

    def _by_token(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        return self._guard(answer, self._reader)

    def _guard(self, answer: Answer, who: Callable[[str], str]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                caller = who(request.headers.get("authorization", ""))
                if self._window.admit(caller).over:
                    raise JsmError(429)
                return await answer(request, caller)
            except JsmError as error:
                return error.response()

        return endpoint

    def _team(self, authorization: str) -> str:
        for team in self._settings.teams:
            if secrets.compare_digest(authorization.encode(), f"GenieKey {team.key}".encode()):
                return team.name
        raise JsmError(401)

    def _reader(self, authorization: str) -> str:
        account = f"{self._settings.email}:{self._settings.api_token}"
        right = f"Basic {base64.b64encode(account.encode()).decode()}"
        if not secrets.compare_digest(authorization.encode(), right.encode()):
            raise JsmError(401)
        return self._settings.email

    async def _create(self, request: Request, team: str) -> Response:
        fields = checked(await body(request))
        return self._taken("Create", fields.get("alias") or "", team, fields, request)

    def _deed(self, verb: str) -> Answer:
        async def act(request: Request, team: str) -> Response:
            if request.query_params.get("identifierType") != "alias":
                raise JsmError(422, errors={"identifierType": "only alias is simulated"})
            return self._taken(ACTIONS[verb], request.path_params["alias"], team, await body(request), request)

        return act

    def _taken(self, action: str, alias: str, team: str, fields: dict[str, Any], request: Request) -> Response:
        order = self._desk.take(action, alias, team, fields, request_id(request.scope))
        said = {"result": "Request will be processed", "took": 0.01, "requestId": order.id}
        return JSONResponse(said, status_code=202)

    async def _request(self, request: Request, _: str) -> Response:
        order = self._desk.orders.get(request.path_params["id"])
        if order is None or not order.done:
            raise JsmError(404, "Request not found. It might not be processed, yet.")
        return self._shown(request, order)

    async def _read(self, request: Request, _: str) -> Response:
        alias = request.path_params.get("alias") or request.query_params.get("alias", "")
        alert = self._desk.find(alias)
        if alert is None:
            raise JsmError(404, f"Alert with alias [{alias}] does not exist")
        return self._shown(request, alert)

    def _shown(self, request: Request, found: Alert | Order) -> Response:
        if request.url.path.startswith("/v1"):
            return JSONResponse(found.resource())
        return JSONResponse({"data": found.resource(), "took": 0.01, "requestId": "read"})

    async def _count(self, _: Request, __: str) -> Response:
        return JSONResponse({"data": {"count": len(self._desk.alerts)}, "took": 0.01, "requestId": "count"})

    async def _list(self, _: Request, __: str) -> Response:
        return JSONResponse({"values": [alert.resource() for alert in self._desk.alerts[:20]], "count": 20})


async def body(request: Request) -> dict[str, Any]:
    """The JSON object of a request. Raises JsmError 422."""
    try:
        found = json.loads(await request.body() or b"{}")
    except ValueError:
        raise JsmError(422, "Request body is not a valid JSON") from None
    if not isinstance(found, dict):
        raise JsmError(422, "Request body is not a valid JSON")
    return found


def checked(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of an acceptable alert. Raises JsmError 422 with the fields that are wrong."""
    wrong = {
        name: f"{name} may have at most {longest} characters"
        for name, longest in LONGEST.items()
        if not isinstance(fields.get(name, ""), str) or len(fields.get(name, "")) > longest
    }
    if not fields.get("message"):
        wrong["message"] = "message can not be empty"
    if fields.get("priority", "P3") not in PRIORITIES:
        wrong["priority"] = "priority must be one of P1 to P5"
    details = fields.get("details", {})
    if not isinstance(details, dict) or any(not isinstance(each, str) for each in details.values()):
        wrong["details"] = "details must be a map of text"
    if wrong:
        raise JsmError(422, errors=wrong)
    return fields
