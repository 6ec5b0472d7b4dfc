"""Genesys Cloud outbound routes: which carriers a site dials through, in which order, and changing that order.

Entities carry a `version`; a PUT replaces the whole entity and is refused with 409 where the version is old.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, TypeVar

from pydantic import Field, StrictBool, model_validator

from holdline.clients.exchange import Ask
from holdline.clients.genesys_trunks import EDGES, Document, Reference, Trunk, health, read_trunk
from holdline.clients.wire import Attempt, Wire
from holdline.domain.change import Change, Plan
from holdline.domain.entity import Entity
from holdline.domain.observation import Verdict
from holdline.domain.route import Carrier, Route, Situation, plan
from holdline.domain.runbook import ActionRule
from holdline.ports import Call, ChangeReceipt, Conflict, OutcomeUnknown, Rejected, VendorError

Listed = TypeVar("Listed", bound="Pages")

_PAGE = 100
_PAGES = 50
_ROUTES = f"{EDGES}/sites/{{siteId}}/outboundroutes"


class Pages(Document):
    """What every listing says about its pages."""

    page_count: int = 1


class TrunkPage(Pages):
    """A page of trunks."""

    entities: tuple[Trunk, ...]


class Edge(Document):
    """An edge; only its site matters here. Its id is what proves that it was read."""

    id: str
    site: Reference | None = None


class OutboundRoute(Document):
    """An outbound route; `raw` is the whole document as it came, for the PUT that gives it back."""

    id: str
    name: str | None = None
    version: int
    enabled: StrictBool | None = None
    external_trunk_bases: tuple[Reference, ...] | None = None
    raw: dict[str, Any] = Field(repr=False)

    @model_validator(mode="before")
    @classmethod
    def _kept(cls, value: object) -> object:
        return {**value, "raw": value} if isinstance(value, dict) else value

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
    """The lever `reorder_route`; `looks` are the pauses before each look at a route just changed."""

    def __init__(self, wire: Wire, looks: tuple[timedelta, ...]) -> None:
        self._wire = wire
        self._looks = looks
        self._vendor = wire.endpoint.vendor

    async def plan(self, _rule: ActionRule, entity: Entity, call: Call) -> Plan:
        """Say on which routes another carrier would go first."""
        return plan(entity, await self.of_trunk(entity, call))

    async def of_trunk(self, trunk: Entity, call: Call) -> Situation:
        """Read the enabled routes of the trunk's site that use its carrier; a trunk without either has none."""
        attempt = self._wire.attempt(call)
        found = await read_trunk(attempt, trunk.id)
        carrier = found.trunk_base.id if found.trunk_base is not None else ""
        site = await self._site(attempt, found.edge)
        if site is None or not carrier:
            return Situation(carrier=carrier, routes=())
        routes = [each for each in await self._routes(attempt, site.id) if each.enabled and carrier in each.order]
        healthy = await self._healthy(attempt) if routes else frozenset()
        return Situation(carrier=carrier, routes=tuple(_route(each, site, healthy) for each in routes))

    async def _site(self, attempt: Attempt, edge: Reference | None) -> Reference | None:
        if edge is None:
            return None
        ask = Ask(method="GET", route=f"{EDGES}/{{edgeId}}", parts={"edgeId": edge.id})
        return (await attempt.read(ask, Edge)).site

    async def _routes(self, attempt: Attempt, site: str) -> list[OutboundRoute]:
        pages = await self._pages(attempt, RoutePage, _ROUTES, {"siteId": site})
        return [route for page in pages for route in page.entities]

    async def _healthy(self, attempt: Attempt) -> frozenset[str]:
        """The trunk bases of which at least one trunk can carry calls, anywhere in the organisation."""
        pages = await self._pages(attempt, TrunkPage, f"{EDGES}/trunks", {}, ("trunkType", "EXTERNAL"))
        trunks = [trunk for page in pages for trunk in page.entities]
        up = (trunk.trunk_base for trunk in trunks if health(trunk).verdict is Verdict.HEALTHY)
        return frozenset(base.id for base in up if base is not None)

    async def _pages(
        self, attempt: Attempt, shape: type[Listed], route: str, parts: Mapping[str, str], *query: tuple[str, str]
    ) -> list[Listed]:
        pages: list[Listed] = []
        for number in range(1, _PAGES + 1):
            numbers = (("pageNumber", str(number)), ("pageSize", str(_PAGE)))
            ask = Ask(method="GET", route=route, parts=parts, query=(*query, *numbers))
            pages.append(await attempt.read(ask, shape))
            if number >= pages[-1].page_count:
                return pages
        raise Rejected(self._vendor, f"{route} lists more than {_PAGE * _PAGES} entities; that is too many to judge")

    async def change(self, change: Change, call: Call) -> ChangeReceipt:
        """Set the order where it is still the expected one; after a version conflict read and judge once more."""
        attempt = self._wire.attempt(call)
        for _ in range(2):
            found = await self._read(attempt, change)
            if found.order == change.wanted:
                return _receipt(found, adopted=True)
            if found.order != change.expected:
                raise self._foreign(f"the order of {change.label} was changed by somebody else")
            if await self._put(attempt, change, found):
                return await self._verified(attempt, change)
        raise self._foreign(f"{change.label} is being changed by somebody else")

    def _foreign(self, what: str) -> Conflict:
        return Conflict(self._vendor, f"{what}; it was left as it is")

    async def _read(self, attempt: Attempt, change: Change) -> OutboundRoute:
        ask = Ask(method="GET", route=f"{_ROUTES}/{{routeId}}", parts=_parts(change))
        return await attempt.read(ask, OutboundRoute)

    async def _put(self, attempt: Attempt, change: Change, found: OutboundRoute) -> bool:
        """Write the order with the version read; False where somebody was faster."""
        body = found.reordered(change.wanted)
        ask = Ask(method="PUT", route=f"{_ROUTES}/{{routeId}}", parts=_parts(change), json=body)
        try:
            answer = await attempt.write(ask, OutboundRoute)
        except Conflict:
            return False
        if answer.order != change.wanted:
            raise OutcomeUnknown(self._vendor, f"the answer to the change of {change.label} shows another order")
        return True

    async def _verified(self, attempt: Attempt, change: Change) -> ChangeReceipt:
        """Read until the change shows; the first readings after a write may be old."""
        for pause in self._looks:
            await asyncio.sleep(pause.total_seconds())
            found = await self._look(attempt, change)
            if found.order == change.wanted:
                return _receipt(found)
            if found.order != change.expected:
                raise self._foreign(f"somebody else changed {change.label} right after us")
        raise OutcomeUnknown(self._vendor, f"accepted the change of {change.label}, but it still reads as before")

    async def _look(self, attempt: Attempt, change: Change) -> OutboundRoute:
        try:
            return await self._read(attempt, change)
        except VendorError as error:
            reason = f"accepted the change of {change.label}, but it could not be read back ({error.reason})"
            raise OutcomeUnknown(self._vendor, reason) from None


def _parts(change: Change) -> dict[str, str]:
    site, _, route = change.target.partition("/")
    return {"siteId": site, "routeId": route}


def _receipt(found: OutboundRoute, *, adopted: bool = False) -> ChangeReceipt:
    return ChangeReceipt(proof=f"version {found.version}", state=found.order, adopted=adopted)


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
