"""The paths below `/_sim/world` that plant trouble in edges, queues and the capacity for calls."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.routing import Route as Path

from holdline.simulators.clock import now
from holdline.simulators.control import Misuse, read
from holdline.simulators.genesys.callers import Capacity, Told
from holdline.simulators.genesys.notifications.bodies import edge_event, edge_topic, queue_event, queue_topic
from holdline.simulators.genesys.world import World
from holdline.simulators.settings import Frozen


class EdgeChange(Frozen):
    """What `POST /_sim/world/edges/{id}` sets; what is left out stays. Calls are those of the last minutes."""

    online: bool | None = None
    in_service: bool | None = None
    connected_calls: int | None = None
    failed_calls: int | None = None


class QueueChange(Frozen):
    """What `POST /_sim/world/queues/{id}` sets, in seconds: how long each caller has waited, and did lately.

    `waiting` null is idle: there is no data then. `told` is how the longest wait is written.
    """

    waiting: tuple[float, ...] | None = None
    waits: tuple[float, ...] = ()
    told: Told = "instant"


class CapacityChange(Frozen):
    """What `POST /_sim/world/capacity` sets."""

    calls: int = 120
    most_calls: int = 1000
    sessions: int = 240
    most_sessions: int = 2000


def degrade_controls(world: Callable[[], World], tell: Callable[[str, Any], object]) -> list[BaseRoute]:
    """Plant trouble, and `tell` what an edge or a queue says on its topic."""

    async def edge(request: Request) -> Response:
        change = await read(request, EdgeChange)
        known = world().edges.get(request.path_params["id"])
        if known is None:
            raise _unknown("edge", request)
        set_edge(world(), known.id, change)
        if (changed := world().edges[known.id]).online is not known.online:
            tell(edge_topic(changed), edge_event(changed))
        return JSONResponse({"edge": known.name})

    async def queue(request: Request) -> Response:
        change = await read(request, QueueChange)
        known = world().queue(request.path_params["id"])
        if known is None:
            raise _unknown("queue", request)
        set_queue(world(), known.id, change)
        changed = world().queues[known.id]
        tell(queue_topic(changed), queue_event(changed))
        return JSONResponse({"queue": known.name})

    async def capacity(request: Request) -> Response:
        world().capacity = Capacity(**(await read(request, CapacityChange)).model_dump())
        return JSONResponse({"capacity": world().capacity.calls})

    return [
        Path("/world/edges/{id}", edge, methods=["POST"]),
        Path("/world/queues/{id}", queue, methods=["POST"]),
        Path("/world/capacity", capacity, methods=["POST"]),
    ]


def set_edge(world: World, id: str, change: EdgeChange) -> None:
    """Change an edge. Raises KeyError."""
    wanted: dict[str, Any] = {name: value for name, value in change.model_dump().items() if value is not None}
    world.edges[id] = replace(world.edges[id], **wanted)


def set_queue(world: World, id: str, change: QueueChange) -> None:
    """Change who waits in a queue. Raises KeyError."""
    since = None
    if change.waiting is not None:
        since = tuple(now() - timedelta(seconds=each) for each in change.waiting)
    waits = tuple(timedelta(seconds=each) for each in change.waits)
    world.queues[id] = replace(world.queues[id], since=since, waits=waits, told=change.told)


def _unknown(kind: str, request: Request) -> Misuse:
    return Misuse(f"There is no {kind} {request.path_params['id']}.", 404)
