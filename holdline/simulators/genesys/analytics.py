"""The analytics endpoints and the call metrics: what is idle has no data, which is no zero."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.routing import Route as Path

from holdline.simulators.clock import millis, now
from holdline.simulators.genesys.callers import Queue
from holdline.simulators.genesys.door import Door
from holdline.simulators.genesys.entities import queue_body
from holdline.simulators.genesys.errors import bad_request
from holdline.simulators.genesys.listing import listing
from holdline.simulators.genesys.selecting import listed, selects
from holdline.simulators.genesys.world import World

Body = dict[str, Any]

OBSERVATION, AGGREGATE = "analytics:queueObservation:view", "analytics:conversationAggregate:view"
SEARCH, CALLS = "routing:queue:search", "telephony:callMetrics:view"
_ACTIVE = frozenset({"oAlerting", "oInteracting", "oLongestInteracting", "oLongestWaiting", "oWaiting"})
_OBSERVED = frozenset({"oActiveUsers", "oAlerting", "oInteracting", "oMemberUsers", "oOffQueueUsers"}) | frozenset(
    {"oOnQueueUsers", "oUserPresences", "oUserRoutingStatuses", "oWaiting"}
)
_HAPPENED = frozenset({"nConnected", "nError", "nOffered", "tAbandon", "tAcd", "tAnswered", "tHandle", "tWait"})
_DIMENSIONS = frozenset({"queueId", "mediaType", "edgeId"})
_LIST = 100
"""So many observations are in one list; of more, the oldest and the newest."""


class Analytics:
    """Answers about the queues, edges and calls of a world."""

    def __init__(self, world: Callable[[], World]) -> None:
        self._world = world

    def paths(self, door: Door) -> list[BaseRoute]:
        """Every path with its method and its permission."""
        return [
            Path("/api/v2/routing/queues/divisionviews/all", door.guard(self._queues, SEARCH), methods=["GET"]),
            Path("/api/v2/routing/queues/divisionviews", door.guard(self._queues_by_id, SEARCH), methods=["GET"]),
            Path("/api/v2/telephony/calls/metrics", door.guard(self._calls, CALLS), methods=["GET"]),
            _query("conversations/activity", door, self._activity, OBSERVATION),
            _query("queues/observations", door, self._observations, OBSERVATION),
            _query("conversations/aggregates", door, self._aggregates, AGGREGATE),
        ]

    async def _queues(self, request: Request) -> Body:
        return listing(request, sorted(self._world().queues.values(), key=lambda queue: queue.name), queue_body)

    async def _queues_by_id(self, request: Request) -> Body:
        """The queues with these ids, all of them without any; an id that no queue has is left out."""
        wanted = {id for each in request.query_params.getlist("id") for id in each.split(",")}
        queues = [queue for queue in self._world().queues.values() if not wanted or queue.id in wanted]
        return listing(request, sorted(queues, key=lambda queue: queue.name), queue_body)

    async def _calls(self, _: Request) -> Body:
        capacity = self._world().capacity
        usage = 100 * capacity.calls / capacity.most_calls if capacity.most_calls else 0.0
        return {
            "usage": round(usage, 2),
            "autoScalingTriggerPercentage": 80.0,
            "cpuIntensity": "Low",
            "memoryIntensity": "Low",
            "concurrentCallCount": capacity.calls,
            "concurrentCallSessionCount": capacity.sessions,
            "maxCallCapacity": capacity.most_calls,
            "maxCallSessionCapacity": capacity.most_sessions,
            "autoScaleInProgress": "None",
        }

    async def _activity(self, request: Request) -> Body:
        """Groups without activity are absent."""
        body = await _body(request)
        asked = body.get("metrics")
        if not isinstance(asked, list) or not all(isinstance(each, dict) for each in asked):
            raise bad_request("metrics must be a list of objects with a metric.", "invalid.value")
        metrics = listed({"metrics": [each.get("metric") for each in asked]}, "metrics", _ACTIVE)
        group_by = listed(body, "groupBy", _DIMENSIONS)
        chosen = [queue for queue in self._chosen(body) if queue.since is not None]
        return {"results": [{"group": _group(queue, group_by), "data": _active(queue, metrics)} for queue in chosen]}

    async def _observations(self, request: Request) -> Body:
        """Groups without activity are there, without `data`."""
        body = await _body(request)
        metrics = listed(body, "metrics", _OBSERVED)
        details = body.get("detailMetrics") or []
        results = []
        for queue in self._chosen(body):
            result: Body = {"group": _group(queue, ("queueId", "mediaType"))}
            if queue.since is not None and "oWaiting" in metrics:
                result["data"] = [_waiting(queue.since, "oWaiting" in details)]
            results.append(result)
        return {"results": results}

    def _chosen(self, body: Body) -> Iterable[Queue]:
        if body.get("filter") is None:
            raise bad_request("A filter is required.", "invalid.value")
        queues = self._world().queues.values()
        return [queue for queue in queues if selects(body["filter"], _group(queue, ("queueId", "mediaType")))]

    async def _aggregates(self, request: Request) -> Body:
        """By queue or by edge; groups in which nothing happened are absent."""
        body = await _body(request)
        over, metrics = _interval(body), listed(body, "metrics", _HAPPENED)
        group_by = listed(body, "groupBy", _DIMENSIONS)
        happened = self._by_edge() if "edgeId" in group_by else self._by_queue()
        results = []
        for group, found in happened:
            told = [{"metric": metric, "stats": found[metric]} for metric in metrics if metric in found]
            if told and selects(body.get("filter"), group):
                kept = {name: group[name] for name in group_by if name in group}
                results.append({"group": kept, "data": [{"interval": over, "metrics": told}]})
        return {"results": results} if results else {}

    def _by_queue(self) -> Iterable[tuple[dict[str, str], Body]]:
        for queue in self._world().queues.values():
            if queue.waits:
                yield _group(queue, ("queueId", "mediaType")), {"tWait": _lengths(queue.waits)}

    def _by_edge(self) -> Iterable[tuple[dict[str, str], Body]]:
        for edge in self._world().edges.values():
            counts = {"nConnected": edge.connected_calls, "nError": edge.failed_calls}
            found = {metric: {"count": number} for metric, number in counts.items() if number}
            yield {"edgeId": edge.id, "mediaType": "voice"}, found


def _query(name: str, door: Door, answer: Callable[[Request], Any], permission: str) -> BaseRoute:
    return Path(f"/api/v2/analytics/{name}/query", door.guard(answer, permission), methods=["POST"])


async def _body(request: Request) -> Body:
    try:
        found = json.loads(await request.body())
    except ValueError:
        raise bad_request("The body is no JSON.") from None
    if not isinstance(found, dict):
        raise bad_request("The body must be an object.")
    return found


def _group(queue: Queue, group_by: Sequence[str]) -> dict[str, str]:
    whole = {"queueId": queue.id, "mediaType": "voice"}
    return {name: whole[name] for name in group_by if name in whole}


def _active(queue: Queue, metrics: Sequence[str]) -> list[Body]:
    since = queue.since or ()
    told: list[Body] = [{"metric": "oWaiting", "count": len(since)}] if "oWaiting" in metrics else []
    if "oLongestWaiting" in metrics and since and queue.told != "not":
        began = min(since)
        length = round((now() - began) / timedelta(milliseconds=1))
        value = length if queue.told == "duration" else round(began.timestamp() * 1000)
        told.append({"metric": "oLongestWaiting", "calculatedMetricValue": value})
    return told


def _waiting(since: Sequence[datetime], detailed: bool) -> Body:
    told: Body = {"metric": "oWaiting", "stats": {"count": len(since)}}
    if detailed:
        ordered = sorted(since)
        cut = len(ordered) > _LIST
        kept = [*ordered[: _LIST // 2], *ordered[-_LIST // 2 :]] if cut else ordered
        told |= {"truncated": cut, "observations": [_observation(number, at) for number, at in enumerate(kept)]}
    return told


def _observation(number: int, at: datetime) -> Body:
    return {"observationDate": millis(at), "conversationId": f"00000000-0000-4000-8000-{number:012d}"}


def _lengths(waits: Sequence[timedelta]) -> Body:
    lengths = [each / timedelta(milliseconds=1) for each in waits]
    return {"count": len(lengths), "sum": sum(lengths), "min": min(lengths), "max": max(lengths)}


def _interval(body: Body) -> str:
    """The interval of a query, from before to after. Raises GenesysError 400."""
    text = str(body.get("interval", ""))
    try:
        begin, end = (datetime.fromisoformat(each.replace("Z", "+00:00")) for each in text.split("/"))
    except ValueError:
        raise bad_request("interval must be two ISO 8601 instants with a slash between them.", "invalid.date") from None
    if begin >= end:
        raise bad_request("interval must begin before it ends.", "invalid.date")
    return f"{millis(begin)}/{millis(end)}"
