"""The telephony of the organisation: sites, their carriers and trunks, and the route each site dials by."""

from dataclasses import dataclass, replace
from datetime import datetime

from holdline.simulators.clock import now
from holdline.simulators.genesys.callers import Capacity, Queue, queues
from holdline.simulators.genesys.centre import Centre
from holdline.simulators.genesys.named import Named, fixed_id

CITIES = ("Vienna", "Graz", "Linz", "Salzburg", "Innsbruck", "Munich", "Zurich", "Prague", "Brno", "Budapest")
CARRIERS = ("Danube Telecom", "Alpine Voice")


@dataclass(frozen=True)
class Edge(Named):
    """A media edge of a site; one that leaves service keeps its calls until `drained_by`."""

    site: str
    online: bool = True
    in_service: bool = True
    calls: int = 0
    drained_by: datetime | None = None
    connected_calls: int = 0
    failed_calls: int = 0

    @property
    def draining(self) -> bool:
        """Whether it still waits for its calls to end."""
        return not self.in_service and self.calls > 0 and self.drained_by is not None and now() < self.drained_by


@dataclass(frozen=True)
class Carrier(Named):
    """A carrier's trunk base at a site."""

    site: str


@dataclass(frozen=True)
class Trunk(Named):
    """The trunk of one carrier on one edge; `since` is when `connected` last changed."""

    site: str
    base: str
    edge: str
    since: datetime
    connected: bool = True
    in_service: bool = True
    reason: str | None = None

    @property
    def up(self) -> bool:
        """Whether it can carry calls."""
        return self.connected and self.in_service


@dataclass(frozen=True)
class Route(Named):
    """A site's outbound route: its trunk bases in the order in which they are tried."""

    site: str
    bases: tuple[str, ...]
    version: int = 1
    enabled: bool = True
    distribution: str = "SEQUENTIAL"
    classifications: tuple[str, ...] = ("National", "International", "Emergency")
    description: str = ""


@dataclass(frozen=True)
class Place:
    """The ids that belong together at one site, as they are at the start."""

    site_id: str
    name: str
    route_id: str
    primary_base_id: str
    secondary_base_id: str
    primary_trunk_id: str
    secondary_trunk_id: str


def site_names(count: int) -> list[str]:
    """Vienna first, then other cities, then plain numbers."""
    return [CITIES[n] if n < len(CITIES) else f"Site {n + 1}" for n in range(count)]


class World:
    """Everything by id; `change` and `write` replace frozen values."""

    def __init__(self, sites: int, queue_count: int = 3) -> None:
        self.sites: dict[str, Named] = {}
        self.edges: dict[str, Edge] = {}
        self.carriers: dict[str, Carrier] = {}
        self.trunks: dict[str, Trunk] = {}
        self.routes: dict[str, Route] = {}
        self.queues: dict[str, Queue] = queues(queue_count)
        self.capacity = Capacity()
        self.places = [self._found(name) for name in site_names(sites)]
        self.centre = Centre(site_names(sites), self.queues)

    def _found(self, name: str) -> Place:
        site = Named(fixed_id("site", name), name)
        self.sites[site.id] = site
        trunks = [self._lay(site, carrier, number) for number, carrier in enumerate(CARRIERS, start=1)]
        bases = tuple(trunk.base for trunk in trunks)
        route = Route(fixed_id("route", name), f"{name} outbound", site.id, bases)
        self.routes[route.id] = route
        return Place(site.id, name, route.id, bases[0], bases[1], trunks[0].id, trunks[1].id)

    def _lay(self, site: Named, company: str, number: int) -> Trunk:
        edge = Edge(fixed_id("edge", f"{site.name} {number}"), f"{site.name} edge {number}", site.id)
        name = f"{site.name} {company}"
        carrier = Carrier(fixed_id("trunkbase", name), name, site.id)
        trunk = Trunk(fixed_id("trunk", name), f"{name} trunk", site.id, carrier.id, edge.id, now())
        self.edges[edge.id], self.carriers[carrier.id], self.trunks[trunk.id] = edge, carrier, trunk
        return trunk

    def place(self, name: str) -> Place:
        """The site of this name. Raises KeyError."""
        return {place.name: place for place in self.places}[name]

    def trunk(self, known_as: str) -> Trunk | None:
        """A trunk by id or by name."""
        named = (trunk for trunk in self.trunks.values() if trunk.name == known_as)
        return self.trunks.get(known_as) or next(named, None)

    def queue(self, known_as: str) -> Queue | None:
        """A queue by id or by name."""
        named = (queue for queue in self.queues.values() if queue.name == known_as)
        return self.queues.get(known_as) or next(named, None)

    def change(self, trunk: Trunk, connected: bool, in_service: bool, reason: str | None) -> Trunk | None:
        """Set a trunk's state; the trunk as it is now, or None where nothing changed."""
        since = trunk.since if trunk.connected == connected else now()
        said = reason if not connected else None
        changed = replace(trunk, connected=connected, in_service=in_service, reason=said, since=since)
        if changed == trunk:
            return None
        self.trunks[trunk.id] = changed
        return changed

    def write(self, route: Route) -> None:
        """Put a route in the place of the one with its id."""
        self.routes[route.id] = route
