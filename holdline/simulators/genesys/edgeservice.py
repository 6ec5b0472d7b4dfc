"""An edge in and out of service; calls on it are drained while they last and the order allows."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.routing import Route as Path

from holdline.simulators.clock import now
from holdline.simulators.genesys.door import TELEPHONY, Door
from holdline.simulators.genesys.entities import EDGES
from holdline.simulators.genesys.errors import bad_request, not_found
from holdline.simulators.genesys.routewrite import json_object
from holdline.simulators.genesys.world import Edge, World
from holdline.simulators.ledger import Ledger, request_id


class EdgeService:
    """The path that takes an edge in or out of service; each order is committed to the ledger."""

    def __init__(self, world: Callable[[], World], ledger: Ledger) -> None:
        self._world = world
        self._ledger = ledger

    def paths(self, door: Door) -> list[BaseRoute]:
        """The one path."""
        return [Path(f"{EDGES}/{{id}}/statuscode", door.guard(self._order, TELEPHONY), methods=["POST"])]

    async def _order(self, request: Request) -> str:
        body = await json_object(request)
        serves, wait = body.get("inService"), body.get("callDrainingWaitTimeSeconds", 0)
        if not isinstance(serves, bool) or not isinstance(wait, int) or wait < 0:
            raise bad_request("inService must be true or false, callDrainingWaitTimeSeconds a whole number.")
        before = self._found(request.path_params["id"])
        after = _ordered(before, serves, timedelta(seconds=wait))
        self._world().edges[after.id] = after
        kind = "edge.unchanged" if before.in_service == serves else "edge.changed"
        caller = request_id(request.scope)
        self._ledger.commit(kind, after.id, caller, edge_id=after.id, edge=after.name, in_service=serves, wait=wait)
        return f"The edge is being {'brought into' if serves else 'taken out of'} service."

    def _found(self, id: str) -> Edge:
        edge = self._world().edges.get(id)
        if edge is None:
            raise not_found("edge", id)
        return edge


def _ordered(edge: Edge, serves: bool, wait: timedelta) -> Edge:
    """The edge after an order; calls that may not be waited for are cut off."""
    if serves == edge.in_service:
        return edge
    if serves:
        return replace(edge, in_service=True, drained_by=None)
    return replace(edge, in_service=False, drained_by=now() + wait, calls=edge.calls if wait else 0)
