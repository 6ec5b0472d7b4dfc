"""The full-replace PUT of an outbound route: strict on the body, on the version, and on what is left out."""

import json
from dataclasses import replace
from typing import Any

from starlette.requests import Request

from holdline.simulators.genesys.errors import GenesysError, bad_request, standard
from holdline.simulators.genesys.world import Route, World

LARGEST_BODY = 512_000
DISTRIBUTIONS = ("SEQUENTIAL", "RANDOM")


async def replacement(request: Request, route: Route, world: World) -> Route:
    """The route that a PUT puts in the place of `route`; what the body omits is cleared.

    Raises GenesysError: 400 for a bad body, 409 for a stale version, 413, 415.
    """
    body = await json_object(request)
    version = body.get("version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise bad_request("The version is required to update an outbound route.", "invalid.value")
    if version != route.version:
        message = f"The outbound route is at version {route.version}, the request carries {version}."
        raise GenesysError(409, "general.conflict", message, {"version": str(route.version)})
    return replace(route, version=version + 1, **written_fields(body, world))


async def json_object(request: Request) -> dict[str, Any]:
    """The JSON object of a request. Raises GenesysError 400, 413 or 415."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise standard(415, None)
    raw = await request.body()
    if len(raw) > LARGEST_BODY:
        raise standard(413, None)
    try:
        body = json.loads(raw)
    except ValueError:
        raise standard(400, None) from None
    if not isinstance(body, dict):
        raise standard(400, None)
    return body


def written_fields(body: dict[str, Any], world: World) -> dict[str, Any]:
    """The route's writable fields from a body. Raises GenesysError 400."""
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise bad_request("The name of an outbound route may not be blank.", "invalid.value")
    distribution = body.get("distribution") or "SEQUENTIAL"
    if distribution not in DISTRIBUTIONS:
        raise bad_request("The distribution must be SEQUENTIAL or RANDOM.", "invalid.value")
    enabled = body.get("enabled") or False
    if not isinstance(enabled, bool):
        raise bad_request("enabled must be true or false.", "invalid.value")
    return {
        "name": name,
        "description": str(body.get("description") or ""),
        "enabled": enabled,
        "distribution": distribution,
        "classifications": classifications(body.get("classificationTypes")),
        "bases": trunk_bases(body.get("externalTrunkBases"), world),
    }


def classifications(value: Any) -> tuple[str, ...]:
    """The classification types. Raises GenesysError 400."""
    found = [] if value is None else value
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise bad_request("classificationTypes must be a list of strings.", "invalid.value")
    return tuple(found)


def trunk_bases(value: Any, world: World) -> tuple[str, ...]:
    """The ids of the trunk bases in order. Raises GenesysError 400: not references, unknown, or twice."""
    found = [] if value is None else value
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise bad_request("externalTrunkBases must be a list of references.", "invalid.value")
    ids = tuple(str(item.get("id")) for item in found)
    if any(id not in world.carriers for id in ids) or len(set(ids)) != len(ids):
        raise bad_request("externalTrunkBases names an unknown trunk base, or one twice.", "invalid.value")
    return ids
