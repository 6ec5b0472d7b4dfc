"""Telephony entities as the platform API writes them."""

from typing import Any

from holdline.simulators.clock import millis, now
from holdline.simulators.genesys.callers import Queue
from holdline.simulators.genesys.named import Named
from holdline.simulators.genesys.world import Carrier, Edge, Route, Trunk, World

EDGES = "/api/v2/telephony/providers/edges"


def reference(entity: Named, path: str) -> dict[str, Any]:
    """An entity as another one refers to it."""
    uri = "/".join(part for part in (EDGES, path, entity.id) if part)
    return {"id": entity.id, "name": entity.name, "selfUri": uri}


def whole(entity: Named, path: str, version: int = 1) -> dict[str, Any]:
    """The fields that every entity has."""
    return {**reference(entity, path), "state": "active", "version": version}


def trunk_status(trunk: Trunk) -> dict[str, Any]:
    """The live part of a trunk, the same in the API and in events."""
    since = millis(trunk.since)
    options: dict[str, Any] = {
        "proxyAddress": proxy(trunk),
        "optionState": trunk.connected,
        "optionStateTime": since,
    }
    if not trunk.connected:
        options["errorInfo"] = failure(trunk)
    return {
        "connectedStatus": {"connected": trunk.connected, "connectedStateTime": since},
        "optionsStatus": [options],
        "registersStatus": [],
        "ipStatus": {"address": "192.0.2.10"},
    }


def proxy(trunk: Trunk) -> str:
    """The carrier's SIP address of a trunk."""
    return f"sip-{trunk.base[:8]}.carrier.example:5061"


def failure(trunk: Trunk) -> dict[str, Any]:
    """Why OPTIONS go unanswered."""
    text = trunk.reason or "no response to OPTIONS"
    return {
        "text": text,
        "code": "sip.options.failed",
        "details": {"code": "408", "message": text, "hostname": proxy(trunk).partition(":")[0]},
    }


def trunk_body(world: World, trunk: Trunk) -> dict[str, Any]:
    """A Trunk; `enabled` is whether its edge is in service."""
    edge = world.edges[trunk.edge]
    return {
        **whole(trunk, "trunks"),
        "trunkType": "EXTERNAL",
        "edge": reference(edge, ""),
        "trunkBase": reference(world.carriers[trunk.base], "trunkbasesettings"),
        "inService": trunk.in_service,
        "enabled": edge.in_service or edge.draining,
        "optionsEnabledStatus": "ENABLED",
        "registersEnabledStatus": "NOT_SUPPORTED",
        "proxyAddressList": [proxy(trunk)],
        **trunk_status(trunk),
    }


def metrics_body(trunk: Trunk, calls: int) -> dict[str, Any]:
    """A TrunkMetrics; `calls` are those that the trunk carries now."""
    return {
        "eventTime": millis(now()),
        "trunk": reference(trunk, "trunks"),
        "logicalInterface": {"id": trunk.edge},
        "calls": {"inboundCallCount": 0, "outboundCallCount": calls},
        "qos": {"mismatchCount": 0},
    }


def edge_body(world: World, edge: Edge) -> dict[str, Any]:
    """An Edge with its site."""
    return {
        **whole(edge, ""),
        "onlineStatus": "ONLINE" if edge.online else "OFFLINE",
        "statusCode": "ACTIVE" if edge.in_service or edge.draining else "INACTIVE",
        "callDrainingState": "WAIT" if edge.draining else "NONE" if edge.in_service else "COMPLETE",
        "conversationCount": edge.calls if edge.in_service or edge.draining else 0,
        "site": reference(world.sites[edge.site], "sites"),
    }


def site_body(site: Named) -> dict[str, Any]:
    """A Site."""
    return {**whole(site, "sites"), "mediaModel": "Premises", "managed": False, "coreSite": False}


def base_body(world: World, carrier: Carrier) -> dict[str, Any]:
    """A TrunkBase; `trunk_enabled` is what drives its trunks' inService."""
    trunks = [trunk for trunk in world.trunks.values() if trunk.base == carrier.id]
    enabled = any(trunk.in_service for trunk in trunks)
    return {
        **whole(carrier, "trunkbasesettings"),
        "trunkType": "EXTERNAL",
        "managed": False,
        "site": reference(world.sites[carrier.site], "sites"),
        "properties": {"trunk_enabled": {"value": {"instance": enabled}}},
    }


def route_body(world: World, route: Route) -> dict[str, Any]:
    """An OutboundRoute with its trunk bases in order."""
    site = world.sites[route.site]
    return {
        **whole(route, f"sites/{site.id}/outboundroutes", route.version),
        "description": route.description,
        "enabled": route.enabled,
        "distribution": route.distribution,
        "classificationTypes": list(route.classifications),
        "externalTrunkBases": [reference(world.carriers[base], "trunkbasesettings") for base in route.bases],
        "site": reference(site, "sites"),
        "managed": False,
    }


def queue_body(queue: Queue) -> dict[str, Any]:
    """A Queue in the short form of the division views."""
    division = {"id": "00000000-0000-4000-8000-000000000001", "name": "Home"}
    return {"id": queue.id, "name": queue.name, "division": division, "selfUri": f"/api/v2/routing/queues/{queue.id}"}
