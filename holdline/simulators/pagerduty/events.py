"""The Events API v2: `POST /v2/enqueue`, as strict as the vendor about what an event is."""

import json
import re
from datetime import datetime
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from holdline.simulators.ledger import request_id
from holdline.simulators.pagerduty.desk import Desk
from holdline.simulators.pagerduty.errors import invalid_event, throttled
from holdline.simulators.pagerduty.incident import Agent
from holdline.simulators.settings import PagerService
from holdline.simulators.window import Window

ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "error", "warning", "info")
LARGEST_BODY, LONGEST_SUMMARY, LONGEST_KEY, KEY_LENGTH = 512_000, 1024, 255, 32


class EventsApi:
    """Takes events for the services of the account, one limit per integration key."""

    def __init__(self, services: tuple[PagerService, ...], desk: Desk, window: Window) -> None:
        self._services = {service.routing_key: service for service in services}
        self._desk = desk
        self._window = window

    async def enqueue(self, request: Request) -> Response:
        """202 with the dedup_key, or 400, 413, 429."""
        raw = await request.body()
        if len(raw) > LARGEST_BODY:
            return JSONResponse({"status": "error", "message": "Payload Too Large"}, status_code=413)
        event = json_object(raw)
        complaints = ["Event is not a JSON object"] if event is None else faults_of(event)
        if event is None or complaints:
            return invalid_event(complaints)
        return self._take(event, request_id(request.scope))

    def _take(self, event: dict[str, Any], caller: str | None) -> Response:
        service = self._services.get(event["routing_key"])
        if service is None:
            return invalid_event(["Invalid routing key"])
        if self._window.admit(service.routing_key).over:
            return throttled()
        key = str(event.get("dedup_key") or uuid4().hex)
        self._apply(service, key, event, caller)
        body = {"status": "success", "message": "Event processed", "dedup_key": key}
        return JSONResponse(body, status_code=202)

    def _apply(self, service: PagerService, key: str, event: dict[str, Any], caller: str | None) -> None:
        by = Agent("service", service.id, str(event.get("client") or service.name))
        if event["event_action"] == "trigger":
            self._desk.trigger(service, key, event["payload"], by, caller)
            return
        incident = self._desk.find(service, key)
        if incident is None:
            return
        if event["event_action"] == "resolve":
            self._desk.resolve(incident, by, "events", caller)
        elif not incident.acknowledgements:
            # An event adds nothing to an incident that somebody has already.
            self._desk.acknowledge(incident, by, "events", caller)


def json_object(raw: bytes) -> dict[str, Any] | None:
    """A JSON object, or None."""
    try:
        found = json.loads(raw)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def faults_of(event: dict[str, Any]) -> list[str]:
    """Everything that is wrong with an event, in PagerDuty's manner."""
    action = event.get("event_action")
    found = [*key_faults(event.get("routing_key")), *dedup_faults(event.get("dedup_key"), action)]
    if action not in ACTIONS:
        found.append(f"'event_action' is missing or invalid (must be one of the following: {listed(ACTIONS)})")
    if action == "trigger":
        found += payload_faults(event.get("payload"))
        found += [f"'{name}' must be an array of objects" for name in ("links", "images") if not rows(event, name)]
    return found


def key_faults(key: Any) -> list[str]:
    """What is wrong with a routing key."""
    if not isinstance(key, str) or not key:
        return ["'routing_key' is missing or blank"]
    found = []
    if len(key) != KEY_LENGTH:
        found.append("Length of 'routing_key' is incorrect (should be 32 characters)")
    if not re.fullmatch(r"[0-9A-Za-z]+", key):
        found.append("'routing_key' cannot contain non-alphanumeric characters.")
    return found


def dedup_faults(key: Any, action: Any) -> list[str]:
    """What is wrong with a dedup_key; only a trigger may go without."""
    if key is None:
        return [] if action == "trigger" else ["'dedup_key' is missing or blank"]
    if not isinstance(key, str) or not key:
        return ["'dedup_key' must be a non-empty string"]
    return [f"'dedup_key' is too long (maximum is {LONGEST_KEY} characters)"] if len(key) > LONGEST_KEY else []


def payload_faults(payload: Any) -> list[str]:
    """What is wrong with a trigger's payload."""
    if not isinstance(payload, dict):
        return ["'payload' is missing or blank"]
    found = [f"'payload.{name}' is missing or blank" for name in ("summary", "source") if not text(payload, name)]
    if len(str(payload.get("summary"))) > LONGEST_SUMMARY:
        found.append(f"'payload.summary' is too long (maximum is {LONGEST_SUMMARY} characters)")
    if payload.get("severity") not in SEVERITIES:
        found.append(f"'payload.severity' is invalid (must be one of the following: {listed(SEVERITIES)})")
    if "timestamp" in payload and not instant(payload["timestamp"]):
        found.append("'payload.timestamp' is not a valid ISO 8601 timestamp")
    if not isinstance(payload.get("custom_details", {}), dict):
        found.append("'payload.custom_details' must be an object")
    return found


def listed(words: tuple[str, ...]) -> str:
    """Quoted words with commas."""
    return ", ".join(f"'{word}'" for word in words)


def text(fields: dict[str, Any], name: str) -> bool:
    """Whether a field is a string with something in it."""
    return isinstance(fields.get(name), str) and bool(fields[name].strip())


def rows(event: dict[str, Any], name: str) -> bool:
    """Whether an optional field is an array of objects."""
    found = event.get(name, [])
    return isinstance(found, list) and all(isinstance(row, dict) for row in found)


def instant(value: Any) -> bool:
    """Whether a value is an ISO 8601 timestamp."""
    try:
        datetime.fromisoformat(str(value))
    except ValueError:
        return False
    return True
