"""Queues and flows over the platform API: a PUT replaces all settings of a queue, and no version guards it."""

from collections.abc import Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.routing import Route as Path

from holdline.simulators.genesys.door import Door
from holdline.simulators.genesys.errors import bad_request
from holdline.simulators.genesys.listing import listing
from holdline.simulators.genesys.people import QUEUES, VIEW, found
from holdline.simulators.genesys.routewrite import json_object
from holdline.simulators.genesys.world import World
from holdline.simulators.ledger import Ledger, request_id

EDIT: Final = "routing:queue:edit"
FLOW: Final = "architect:flow:view"
_TOLD: Final = frozenset({"id", "name", "division", "memberCount", "joinedMemberCount", "userMemberCount", "selfUri"})
"""What a queue says of itself and a PUT does not change."""

Body = dict[str, Any]


class Queues:
    """The paths of queues and flows; each write is committed to the ledger."""

    def __init__(self, world: Callable[[], World], ledger: Ledger) -> None:
        self._world = world
        self._ledger = ledger

    def paths(self, door: Door) -> list[BaseRoute]:
        """Every path with its permission."""
        return [
            Path(QUEUES, door.guard(self._queues, VIEW), methods=["GET"]),
            Path(f"{QUEUES}/{{id}}", door.guard(self._put, EDIT), methods=["PUT"]),
            Path(f"{QUEUES}/{{id}}", door.guard(self._queue, VIEW), methods=["GET"]),
            Path("/api/v2/flows/{id}", door.guard(self._flow, FLOW), methods=["GET"]),
        ]

    async def _flow(self, request: Request) -> Body:
        flow = found(self._world().centre.flows, request.path_params["id"], "flow")
        published = {"id": "3", "selfUri": f"/api/v2/flows/{flow.id}/versions/3"}
        return {"id": flow.id, "name": flow.name, "type": "INQUEUECALL", "active": True, "publishedVersion": published}

    async def _queues(self, request: Request) -> Body:
        """All queues by name, without a filter."""
        queues = sorted(self._world().queues.values(), key=lambda queue: queue.name)
        return listing(request, queues, lambda queue: self._body(queue.id))

    async def _queue(self, request: Request) -> Body:
        return self._body(found(self._world().queues, request.path_params["id"], "queue").id)

    def _body(self, id: str) -> Body:
        centre, queue = self._world().centre, self._world().queues[id]
        counts = {"memberCount": len(centre.members[id]), "joinedMemberCount": sum(centre.members[id].values())}
        return {"id": id, "name": queue.name, **counts, **centre.documents[id], "selfUri": f"{QUEUES}/{id}"}

    async def _put(self, request: Request) -> Body:
        body = await json_object(request)  # from here to the commit nothing waits: no other write gets between
        queue, centre = found(self._world().queues, request.path_params["id"], "queue"), self._world().centre
        if not body.get("name"):
            raise bad_request("The name of a queue may not be blank.", "invalid.value")
        if _flow_of(body) not in (None, *centre.flows):
            raise bad_request("queueFlow names an unknown flow.", "invalid.value")
        before, after = centre.documents[queue.id], {k: v for k, v in body.items() if k not in _TOLD}
        centre.documents[queue.id] = after
        kind = "queue.unchanged" if before == after else "queue.changed"
        flows = {"before": _flow_of(before), "after": _flow_of(after)}
        self._ledger.commit(kind, queue.id, request_id(request.scope), queue_id=queue.id, queue=queue.name, **flows)
        return self._body(queue.id)


def _flow_of(document: Body) -> str | None:
    return (document.get("queueFlow") or {}).get("id")
