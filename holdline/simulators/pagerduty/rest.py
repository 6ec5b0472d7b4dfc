"""The REST API's incidents: find by key, read, list alerts, acknowledge, resolve, escalate."""

import json
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.clock import now
from holdline.simulators.ledger import request_id
from holdline.simulators.pagerduty.desk import Desk
from holdline.simulators.pagerduty.errors import RestError
from holdline.simulators.pagerduty.incident import Agent, Incident, Status
from holdline.simulators.pagerduty.resources import Resources
from holdline.simulators.settings import PagerDutySettings
from holdline.simulators.window import Count, Window

DEFAULT_LIMIT, LARGEST_LIMIT = 25, 100
DEFAULT_SPAN, LONGEST_SPAN = timedelta(days=31), timedelta(days=184)

Body = dict[str, Any]
Answer = Callable[[Request], Awaitable[Body]]


class RestApi:
    """Incidents over REST, one limit for the account's key."""

    def __init__(self, settings: PagerDutySettings, desk: Desk, window: Window) -> None:
        self._settings = settings
        self._desk = desk
        self._window = window
        self._resources = Resources(settings)

    def paths(self) -> list[BaseRoute]:
        """Every path with its method."""
        return [
            Route("/abilities", self._guard(self._abilities), methods=["GET"]),
            Route("/incidents", self._guard(self._list), methods=["GET"]),
            Route("/incidents/{id}", self._guard(self._read), methods=["GET"]),
            Route("/incidents/{id}", self._guard(self._update), methods=["PUT"]),
            Route("/incidents/{id}/alerts", self._guard(self._alerts), methods=["GET"]),
        ]

    def _guard(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            headers: dict[str, str] = {}
            try:
                headers = rate_headers(self._admit(request))
                response: Response = JSONResponse(await answer(request))
            except RestError as error:
                response = error.response()
            response.headers.update(headers)
            return response

        return endpoint

    def _admit(self, request: Request) -> Count:
        authorization = request.headers.get("authorization", "").encode()
        token = self._settings.rest_token
        offered = (f"Token token={token}".encode(), f"Bearer {token}".encode())
        if not any(secrets.compare_digest(authorization, right) for right in offered):
            raise RestError(401)
        count = self._window.admit(token)
        if count.over:
            raise RestError(429)
        return count

    async def _abilities(self, _: Request) -> Body:
        return {"abilities": ["teams", "urgencies", "event_rules"]}

    async def _list(self, request: Request) -> Body:
        limit, offset = whole_number(request, "limit", DEFAULT_LIMIT, LARGEST_LIMIT), start(request)
        found = [incident for incident in self._desk.incidents.values() if matches(incident, request)]
        newest_first = list(reversed(found))
        include = frozenset(request.query_params.getlist("include[]"))
        page = [self._resources.incident(incident, include) for incident in newest_first[offset : offset + limit]]
        total = len(found) if request.query_params.get("total") == "true" else None
        more = offset + limit < len(found)
        return {"incidents": page, "limit": limit, "offset": offset, "total": total, "more": more}

    def _found(self, request: Request) -> Incident:
        incident = self._desk.incidents.get(request.path_params["id"])
        if incident is None:
            raise RestError(404)
        return incident

    async def _read(self, request: Request) -> Body:
        include = frozenset(request.query_params.getlist("include[]"))
        return {"incident": self._resources.incident(self._found(request), include)}

    async def _alerts(self, request: Request) -> Body:
        incident = self._found(request)
        limit, offset = whole_number(request, "limit", DEFAULT_LIMIT, LARGEST_LIMIT), start(request)
        wanted = request.query_params.get("alert_key") in (None, incident.dedup_key)
        alerts = [self._resources.alert(incident)] if wanted else []
        page = {"limit": limit, "offset": offset, "total": None, "more": False}
        return {"alerts": alerts[offset : offset + limit], **page}

    async def _update(self, request: Request) -> Body:
        by = self._requester(request)
        wish = await wished(request)
        incident, caller = self._found(request), request_id(request.scope)
        if not incident.open:
            raise RestError(400, ["Incident Already Resolved"])
        if "escalation_level" in wish:
            incident = self._desk.escalate(incident, wish["escalation_level"], by, "rest", caller)
        if wish.get("status") == Status.ACKNOWLEDGED:
            incident = self._desk.acknowledge(incident, by, "rest", caller)
        if wish.get("status") == Status.RESOLVED:
            incident = self._desk.resolve(incident, by, "rest", caller)
        return {"incident": self._resources.incident(incident)}

    def _requester(self, request: Request) -> Agent:
        email = request.headers.get("from")
        for user in self._settings.users:
            if user.email == email:
                return Agent("user", user.id, user.name, user.email)
        raise RestError(400, ["The From header names no user of this account"], 1008, "Requester User Not Found")


def rate_headers(count: Count) -> dict[str, str]:
    """The key's standing, as PagerDuty names it."""
    remaining = max(0, count.allowed - count.used)
    standing = {"limit": count.allowed, "remaining": remaining, "reset": count.reset}
    return {f"ratelimit-{name}": str(number) for name, number in standing.items()}


def matches(incident: Incident, request: Request) -> bool:
    """Whether an incident is in the list that a query asks for."""
    query = request.query_params
    statuses, services = query.getlist("statuses[]"), query.getlist("service_ids[]")
    if any(status not in list(Status) for status in statuses):
        raise RestError(400, ["statuses[] must be triggered, acknowledged or resolved"])
    key_fits = query.get("incident_key") in (None, incident.dedup_key)
    status_fits = not statuses or incident.status in statuses
    service_fits = not services or incident.service.id in services
    return key_fits and status_fits and service_fits and in_range(incident, request)


def in_range(incident: Incident, request: Request) -> bool:
    """Whether an incident was created in the time asked for; without one, in the last month."""
    if request.query_params.get("date_range") == "all":
        return True
    until = instant(request, "until", now() + timedelta(seconds=1))
    since = instant(request, "since", until - DEFAULT_SPAN)
    if until - since > LONGEST_SPAN:
        raise RestError(400, ["The date range may not exceed 6 months"])
    return since <= incident.created < until


def instant(request: Request, name: str, default: datetime) -> datetime:
    """An aware instant from the query. Raises RestError 400."""
    text = request.query_params.get(name)
    try:
        found = default if text is None else datetime.fromisoformat(text)
    except ValueError:
        raise RestError(400, [f"{name} is not an ISO 8601 timestamp"]) from None
    return found if found.tzinfo else found.replace(tzinfo=default.tzinfo)


def whole_number(request: Request, name: str, default: int, largest: int) -> int:
    """A whole number from 1 to `largest` from the query. Raises RestError 400."""
    text = request.query_params.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= largest:
        raise RestError(400, [f"{name} must be a whole number from 1 to {largest}"])
    return int(text)


def start(request: Request) -> int:
    """The offset. Raises RestError 400: not a number, or beyond the 10,000 that may be paged through."""
    text = request.query_params.get("offset", "0")
    if not text.isascii() or not text.isdigit() or int(text) > 10_000:
        raise RestError(400, ["offset must be a whole number up to 10000"])
    return int(text)


async def wished(request: Request) -> dict[str, Any]:
    """What a PUT asks of an incident. Raises RestError 400."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise RestError(400, ["The body is not valid JSON"]) from None
    wish = body.get("incident") if isinstance(body, dict) else None
    if not isinstance(wish, dict) or wish.get("type") not in ("incident", "incident_reference"):
        raise RestError(400, ["incident.type must be incident or incident_reference"])
    if wish.get("status", Status.RESOLVED) not in (Status.ACKNOWLEDGED, Status.RESOLVED):
        raise RestError(400, ["incident.status must be acknowledged or resolved"])
    level = wish.get("escalation_level", 1)
    if not isinstance(level, int) or level < 1:
        raise RestError(400, ["incident.escalation_level must be a whole number from 1"])
    return wish
