"""The order of a site's outbound route: which carrier goes first, and the change that puts a healthy one there."""

from holdline.domain.change import ActionKind, Plan, Step, Touch
from holdline.domain.entity import Entity, EntityKind
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

    @property
    def target(self) -> str:
        """What a change names it by: `<site>/<route>`."""
        return f"{self.site_id}/{self.id}"

    @property
    def label(self) -> str:
        """The name, else the id."""
        return self.name or self.id


class Situation(Frozen):
    """The carrier that a trunk belongs to and the enabled routes of its site that use it."""

    carrier: str
    routes: tuple[Route, ...]


class Choice(Frozen):
    """Another order for a route, or the sentence why there is none."""

    wanted: tuple[str, ...] = ()
    reason: str
    settled: bool = False


def plan(trunk: Entity, situation: Situation) -> Plan:
    """The steps that put a healthy carrier first on every route that uses the failing one."""
    chosen = [(route, choose(route, situation.carrier)) for route in situation.routes]
    reason = "; ".join(choice.reason for _, choice in chosen) or "no enabled route of its site uses the trunk"
    steps = tuple(_step(trunk, route, choice.wanted) for route, choice in chosen if choice.wanted)
    found = {route.target: route.order for route in situation.routes}
    site = next((route.site for route in situation.routes if route.site), "")
    settled = bool(chosen) and all(choice.settled for _, choice in chosen)
    return Plan(steps=steps, found=found, reason=reason, settled=settled, site=site)


def _step(trunk: Entity, route: Route, wanted: tuple[str, ...]) -> Step:
    names = {carrier.id: carrier.label for carrier in route.carriers}
    return Step(
        action=ActionKind.REORDER_ROUTE,
        target=route.target,
        label=f"route {route.label}: {names[wanted[0]]} first",
        back=f"route {route.label}: {names[route.order[0]]} first again",
        expected=route.order,
        wanted=wanted,
        resources=(f"route:{route.target}",),
        touches=(Touch(kind=EntityKind.TRUNK, id=trunk.id),),
    )


def choose(route: Route, failing: str) -> Choice:
    """Put the first healthy carrier that is not `failing` first; keep the others in their order."""
    if not any(carrier.id == failing for carrier in route.carriers):
        return Choice(reason=f"route {route.label} does not use the failing carrier")
    healthy = next((each for each in route.carriers if each.healthy and each.id != failing), None)
    if healthy is None:
        return Choice(reason=f"no other carrier of route {route.label} is healthy")
    if route.order[0] == healthy.id:
        return Choice(reason=f"{healthy.label} is first on the route already", settled=True)
    wanted = (healthy.id, *(each for each in route.order if each != healthy.id))
    return Choice(wanted=wanted, reason=f"{healthy.label} is healthy and goes first on {route.label}")
