"""Genesys Cloud outbound routes: which carriers a site dials through, in which order, and changing that order.

Entities carry a `version`; a PUT replaces the whole entity and is refused with 409 where the version is old.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from pydantic import StrictBool

from holdline.clients.absolute import Absolute, Found
from holdline.clients.exchange import Ask
from holdline.clients.genesys_documents import Document, Reference, WholeDocument
from holdline.clients.genesys_listing import Pages, every_page
from holdline.clients.genesys_trunks import EDGES, Trunk, health, read_trunk
from holdline.clients.wire import Attempt, Wire
from holdline.domain.change import Change, Plan
from holdline.domain.entity import Entity
from holdline.domain.observation import Verdict
from holdline.domain.route import Carrier, Route, Situation, plan
from holdline.domain.runbook import ActionRule
from holdline.ports import Call, ChangeReceipt, OutcomeUnknown

_ROUTES = f"{EDGES}/sites/{{siteId}}/outboundroutes"


class TrunkPage(Pages):
    """A page of trunks."""

    entities: tuple[Trunk, ...]


class Edge(Document):
    """An edge; only its site matters here. Its id is what proves that it was read."""

    id: str
    site: Reference | None = None


class OutboundRoute(WholeDocument):
    """An outbound route."""

    id: str
    name: str | None = None
    version: int
    enabled: StrictBool | None = None
    external_trunk_bases: tuple[Reference, ...] | None = None

    @property
    def order(self) -> tuple[str, ...]:
        """The trunk bases, first choice first."""
        return tuple(base.id for base in self.external_trunk_bases or ())

    def reordered(self, wanted: tuple[str, ...]) -> dict[str, Any]:
        """The whole document with another order and nothing else changed."""
        bases = {base["id"]: base for base in self.raw.get("externalTrunkBases") or ()}
        return {**self.raw, "externalTrunkBases": [bases.get(base, {"id": base}) for base in wanted]}


class RoutePage(Pages):
    """A page of a site's outbound routes."""

    entities: tuple[OutboundRoute, ...]


class GenesysRoutes:
    """The lever `reorder_route`, an absolute state guarded by a version; `looks` as for every absolute change."""

    def __init__(self, wire: Wire, looks: tuple[timedelta, ...]) -> None:
        self._wire = wire
        self._vendor = wire.endpoint.vendor
        self._absolute = Absolute(self._vendor, looks)

    async def plan(self, _rule: ActionRule, entity: Entity, call: Call) -> Plan:
        """Say on which routes another carrier would go first."""
        return plan(entity, await self.of_trunk(entity, call))

    async def of_trunk(self, trunk: Entity, call: Call) -> Situation:
        """Read the enabled routes of the trunk's site that use its carrier; a trunk without either has none."""
        attempt = self._wire.glance(call)
        trunks = await self._trunks(attempt)
        found = trunks.get(trunk.id) or await read_trunk(attempt, trunk.id)
        carrier = found.trunk_base.id if found.trunk_base is not None else ""
        site = await self._site(attempt, found.edge)
        if site is None or not carrier:
            return Situation(carrier=carrier, routes=())
        routes = [each for each in await self._routes(attempt, site.id) if each.enabled and carrier in each.order]
        healthy = _healthy(trunks.values())
        return Situation(carrier=carrier, routes=tuple(_route(each, site, healthy) for each in routes))

    async def _site(self, attempt: Attempt, edge: Reference | None) -> Reference | None:
        if edge is None:
            return None
        ask = Ask(method="GET", route=f"{EDGES}/{{edgeId}}", parts={"edgeId": edge.id})
        return (await attempt.read(ask, Edge)).site

    async def _routes(self, attempt: Attempt, site: str) -> list[OutboundRoute]:
        ask = Ask(method="GET", route=_ROUTES, parts={"siteId": site})
        pages = await every_page(self._vendor, attempt, ask, RoutePage)
        return [route for page in pages for route in page.entities]

    async def _trunks(self, attempt: Attempt) -> dict[str, Trunk]:
        """Every trunk to a carrier, in one listing that all plans share."""
        ask = Ask(method="GET", route=f"{EDGES}/trunks", query=(("trunkType", "EXTERNAL"),))
        pages = await every_page(self._vendor, attempt, ask, TrunkPage)
        return {trunk.id: trunk for page in pages for trunk in page.entities}

    async def change(self, change: Change, call: Call) -> ChangeReceipt:
        """Set the order where it is still the expected one."""
        attempt = self._wire.attempt(call)
        return await self._absolute.make(
            change, lambda: self._read(attempt, change), lambda found: self._put(attempt, change, found.document)
        )

    async def _read(self, attempt: Attempt, change: Change) -> Found[OutboundRoute]:
        ask = Ask(method="GET", route=f"{_ROUTES}/{{routeId}}", parts=_parts(change))
        found = await attempt.read(ask, OutboundRoute)
        return Found(state=found.order, proof=f"version {found.version}", document=found)

    async def _put(self, attempt: Attempt, change: Change, found: OutboundRoute) -> None:
        """Write the order with the version read."""
        body = found.reordered(change.wanted)
        ask = Ask(method="PUT", route=f"{_ROUTES}/{{routeId}}", parts=_parts(change), json=body)
        answer = await attempt.write(ask, OutboundRoute)
        if answer.order != change.wanted:
            raise OutcomeUnknown(self._vendor, f"the answer to the change of {change.label} shows another order")


def _healthy(trunks: Iterable[Trunk]) -> frozenset[str]:
    """The trunk bases of which at least one trunk can carry calls, anywhere in the organisation."""
    up = (trunk.trunk_base for trunk in trunks if health(trunk).verdict is Verdict.HEALTHY)
    return frozenset(base.id for base in up if base is not None)


def _parts(change: Change) -> dict[str, str]:
    site, _, route = change.target.partition("/")
    return {"siteId": site, "routeId": route}


def _route(found: OutboundRoute, site: Reference, healthy: frozenset[str]) -> Route:
    return Route(
        site_id=site.id,
        site=site.name or "",
        id=found.id,
        name=found.name or "",
        version=found.version,
        carriers=tuple(
            Carrier(id=base.id, name=base.name or "", healthy=base.id in healthy)
            for base in found.external_trunk_bases or ()
        ),
    )
