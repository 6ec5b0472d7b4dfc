"""How calls leave a site: the first carrier of its route if that is up, a costly overflow if it is not."""

from dataclasses import dataclass
from typing import Any

from holdline.simulators.genesys.named import Named
from holdline.simulators.genesys.world import Route, Trunk, World


@dataclass(frozen=True)
class Traffic:
    """Who carries a site's calls, which share of them fails (0 to 1), and why."""

    base: str | None
    failing_share: float
    reason: str


def traffic(world: World, route: Route, overflow_share: float) -> Traffic:
    """The traffic of a route; `overflow_share` fails while its first carrier is down and a later one is up."""
    if not route.enabled or not route.bases:
        return Traffic(None, 1.0, "the route is disabled or has no trunk base")
    working = [base for base in route.bases if up(world, base)]
    if not working:
        return Traffic(None, 1.0, "no trunk of the route is up")
    if working[0] == route.bases[0]:
        return Traffic(working[0], 0.0, "the first trunk base of the route is up")
    reason = "the first trunk base of the route is down; calls overflow late and a share of them fails"
    return Traffic(working[0], overflow_share, reason)


def up(world: World, base: str) -> bool:
    """Whether any trunk of a trunk base can carry calls."""
    return any(trunk.up for trunk in world.trunks.values() if trunk.base == base)


def site_view(world: World, site: Named, route: Route, share: float, calls: int) -> dict[str, Any]:
    """A site as `GET /_sim/world` shows it; calls are per minute."""
    now = traffic(world, route, share)
    failing = round(calls * now.failing_share)
    carrier = world.carriers.get(now.base) if now.base else None
    return {
        "id": site.id,
        "name": site.name,
        "route": route_view(world, route),
        "trunks": [trunk_view(trunk) for trunk in world.trunks.values() if trunk.site == site.id],
        "carried_by": {"id": carrier.id, "name": carrier.name} if carrier else None,
        "calls_per_minute": {"ok": calls - failing, "failing": failing},
        "failing_share": now.failing_share,
        "reason": now.reason,
    }


def route_view(world: World, route: Route) -> dict[str, Any]:
    """A route with its trunk bases in order, by id and name."""
    bases = [{"id": base, "name": world.carriers[base].name, "up": up(world, base)} for base in route.bases]
    return {
        "id": route.id,
        "name": route.name,
        "version": route.version,
        "enabled": route.enabled,
        "order": bases,
    }


def trunk_view(trunk: Trunk) -> dict[str, Any]:
    """A trunk's state in plain words."""
    return {
        "id": trunk.id,
        "name": trunk.name,
        "trunk_base": trunk.base,
        "connected": trunk.connected,
        "in_service": trunk.in_service,
        "reason": trunk.reason,
        "since": trunk.since.isoformat(),
    }
