"""The order of a site's outbound route: which carrier goes first, and the change that puts a healthy one there."""

from enum import StrEnum

from holdline.domain.frozen import Frozen
from holdline.domain.text import Line


class Carrier(Frozen):
    """A trunk base of an outbound route and whether a trunk of it can carry calls now."""

    id: str
    name: Line = ""
    healthy: bool

    @property
    def label(self) -> str:
        """The name, else the id."""
        return self.name or self.id


class Route(Frozen):
    """An outbound route as it stands: its carriers in order and the version that guards a write."""

    site_id: str
    site: Line = ""
    id: str
    name: Line = ""
    version: int
    carriers: tuple[Carrier, ...]

    @property
    def order(self) -> tuple[str, ...]:
        """The carrier ids, first choice first."""
        return tuple(carrier.id for carrier in self.carriers)


class Situation(Frozen):
    """The carrier that a trunk belongs to and the enabled routes of its site that use it."""

    carrier: str
    routes: tuple[Route, ...]


class RouteChange(Frozen):
    """A change of order that is applied only where the order is still `expected`; its inverse swaps the two."""

    site_id: str
    route_id: str
    label: Line
    expected: tuple[str, ...]
    wanted: tuple[str, ...]
    effect: str

    def inverse(self, effect: str) -> "RouteChange":
        """The change that puts back what this one found."""
        return self.model_copy(update={"expected": self.wanted, "wanted": self.expected, "effect": effect})


class Outcome(StrEnum):
    """What became of a change."""

    REGISTERED = "registered"
    APPLIED = "applied"
    REVERTED = "reverted"
    LEFT = "left"
    UNKNOWN = "unknown"


class Plan(Frozen):
    """What to do with a route, or the sentence why nothing can be done."""

    wanted: tuple[str, ...] = ()
    reason: str


def plan(route: Route, failing: str) -> Plan:
    """Put the first healthy carrier that is not `failing` first; keep the others in their order."""
    if not any(carrier.id == failing for carrier in route.carriers):
        return Plan(reason=f"route {route.name or route.id} does not use the failing carrier")
    healthy = next((each for each in route.carriers if each.healthy and each.id != failing), None)
    if healthy is None:
        return Plan(reason=f"no other carrier of route {route.name or route.id} is healthy")
    if route.order[0] == healthy.id:
        return Plan(reason=f"{healthy.label} is first on the route already")
    wanted = (healthy.id, *(each for each in route.order if each != healthy.id))
    return Plan(wanted=wanted, reason=f"{healthy.label} is healthy and goes first on {route.name or route.id}")
