"""Emergency groups over the platform API: read, listed, and replaced by a PUT that carries the version."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.routing import Route as Path

from holdline.simulators.genesys.centre import EmergencyGroup
from holdline.simulators.genesys.door import Door
from holdline.simulators.genesys.errors import GenesysError, bad_request, not_found
from holdline.simulators.genesys.listing import listing
from holdline.simulators.genesys.routewrite import json_object
from holdline.simulators.genesys.world import World
from holdline.simulators.ledger import Ledger, request_id

GROUPS = "/api/v2/architect/emergencygroups"
VIEW, EDIT = "routing:emergencyGroup:view", "routing:emergencyGroup:edit"

Body = dict[str, Any]


class Emergency:
    """The paths of the emergency groups; each write is committed to the ledger."""

    def __init__(self, world: Callable[[], World], ledger: Ledger) -> None:
        self._world = world
        self._ledger = ledger

    def paths(self, door: Door) -> list[BaseRoute]:
        """Every path with its permission."""
        return [
            Path(f"{GROUPS}/{{id}}", door.guard(self._put, EDIT), methods=["PUT"]),
            Path(f"{GROUPS}/{{id}}", door.guard(self._group, VIEW), methods=["GET"]),
            Path(GROUPS, door.guard(self._groups, VIEW), methods=["GET"]),
        ]

    async def _groups(self, request: Request) -> Body:
        return listing(request, self._world().centre.groups.values(), group_body)

    async def _group(self, request: Request) -> Body:
        return group_body(self._found(request))

    def _found(self, request: Request) -> EmergencyGroup:
        id = request.path_params["id"]
        group = self._world().centre.groups.get(id)
        if group is None:
            raise not_found("emergency group", id)
        return group

    async def _put(self, request: Request) -> Body:
        body = await json_object(request)  # from here to the commit nothing waits: no other write gets between
        before = self._found(request)
        after = written(before, body)
        self._world().centre.groups[after.id] = after
        kind = "group.unchanged" if replace(after, version=before.version) == before else "group.changed"
        known = {"group_id": after.id, "group": after.name, "enabled": after.enabled, "version": after.version}
        self._ledger.commit(kind, after.id, request_id(request.scope), **known)
        return group_body(after)


def group_body(group: EmergencyGroup) -> Body:
    """An EmergencyGroup."""
    flow = {"emergencyFlow": {"id": group.flow}, "ivrs": [{"id": ivr} for ivr in group.ivrs]}
    return {
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "version": group.version,
        "state": "active",
        "enabled": group.enabled,
        "emergencyCallFlows": [flow] if group.ivrs else [],
        "selfUri": f"{GROUPS}/{group.id}",
    }


def written(group: EmergencyGroup, body: Body) -> EmergencyGroup:
    """The group that a PUT puts in its place; what the body omits is cleared. Raises GenesysError 400 or 409."""
    version, enabled = body.get("version"), body.get("enabled") or False
    if not isinstance(version, int) or not isinstance(enabled, bool) or not body.get("name"):
        raise bad_request("name and version are required, and enabled must be true or false.", "invalid.value")
    if version != group.version:
        message = f"The emergency group is at version {group.version}, the request carries {version}."
        raise GenesysError(409, "general.conflict", message, {"version": str(group.version)})
    flows = body.get("emergencyCallFlows") or []
    return replace(
        group,
        name=str(body["name"]),
        description=str(body.get("description") or ""),
        enabled=enabled,
        version=version + 1,
        ivrs=tuple(str(ivr["id"]) for flow in flows for ivr in flow.get("ivrs") or []),
    )
