"""The platform API's paths: tokens, clock, trunks, edges, sites, trunk bases, outbound routes."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.routing import Route as Path

from holdline.simulators.clock import millis, now
from holdline.simulators.genesys import entities, subjects
from holdline.simulators.genesys.analytics import Analytics
from holdline.simulators.genesys.door import TELEPHONY, Answer, Door
from holdline.simulators.genesys.entities import EDGES
from holdline.simulators.genesys.errors import bad_request, not_found
from holdline.simulators.genesys.listing import listing
from holdline.simulators.genesys.routewrite import replacement
from holdline.simulators.genesys.tokens import Token, Tokens
from holdline.simulators.genesys.traffic import traffic
from holdline.simulators.genesys.world import Route, Trunk, World
from holdline.simulators.ledger import Ledger, request_id
from holdline.simulators.settings import GenesysSettings

Body = dict[str, Any]


class Platform:
    """Answers of the platform API over a world; route writes are committed to the ledger."""

    def __init__(self, settings: GenesysSettings, world: World, tokens: Tokens, ledger: Ledger) -> None:
        self._settings = settings
        self.world = world
        self._tokens = tokens
        self._ledger = ledger

    def paths(self, door: Door) -> list[BaseRoute]:
        """Every path with its method and its permission."""

        def telephony(path: str, answer: Answer, method: str = "GET") -> BaseRoute:
            return Path(f"{EDGES}{path}", door.guard(answer, TELEPHONY), methods=[method])

        return [
            Path("/api/v2/tokens/me", door.guard(self._me), methods=["GET"]),
            Path("/api/v2/tokens/me", door.guard(self._logout), methods=["DELETE"]),
            Path("/api/v2/authorization/subjects/me", door.guard(subjects.me), methods=["GET"]),
            Path("/api/v2/date", door.guard(self._date), methods=["GET"]),
            telephony("/trunks/metrics", self._metrics),
            telephony("/trunks/{id}/metrics", self._metrics_of_one),
            telephony("/trunks/{id}", self._trunk),
            telephony("/trunks", self._trunks),
            telephony("/trunkbasesettings/{id}", self._base),
            telephony("/sites/{site}/outboundroutes/{id}", self._route),
            telephony("/sites/{site}/outboundroutes/{id}", self._put_route, "PUT"),
            telephony("/sites/{site}/outboundroutes", self._routes),
            telephony("/sites/{site}", self._site),
            telephony("/sites", self._sites),
            telephony("/{id}", self._edge),
            telephony("", self._edges),
            *Analytics(lambda: self.world).paths(door),
        ]

    async def _me(self, request: Request) -> Body | None:
        token: Token = request.state.token
        if request.method == "HEAD":
            return None
        organization = {"id": self._settings.organization_id, "name": self._settings.organization_name}
        client = {
            "id": token.client.id,
            "name": token.client.name,
            "authorizedGrantType": "CLIENT_CREDENTIALS",
            "state": "active",
            "roleDivisions": [],
        }
        expires = millis(token.expires)
        me = {"organization": organization, "homeOrganization": organization, "OAuthClient": client}
        return {**me, "authorizedScope": [], "dateTokenIdles": expires}

    async def _logout(self, request: Request) -> None:
        self._tokens.revoke(request.state.token)

    async def _date(self, _: Request) -> Body:
        return {"currentDate": millis(now())}

    async def _trunks(self, request: Request) -> Body:
        return listing(request, self._matching(request), lambda trunk: entities.trunk_body(self.world, trunk))

    def _matching(self, request: Request) -> Iterable[Trunk]:
        base, edge = request.query_params.get("trunkBase.id"), request.query_params.get("edge.id")
        kind = request.query_params.get("trunkType", "EXTERNAL")
        if kind not in ("EXTERNAL", "PHONE", "EDGE"):
            raise bad_request("trunkType must be EXTERNAL, PHONE or EDGE.", "invalid.value")
        for trunk in self.world.trunks.values():
            if kind == "EXTERNAL" and base in (None, trunk.base) and edge in (None, trunk.edge):
                yield trunk

    async def _trunk(self, request: Request) -> Body:
        return entities.trunk_body(self.world, self._found_trunk(request.path_params["id"]))

    def _found_trunk(self, id: str) -> Trunk:
        trunk = self.world.trunks.get(id)
        if trunk is None:
            raise not_found("trunk", id)
        return trunk

    async def _metrics(self, request: Request) -> list[Body]:
        ids = [id for id in request.query_params.get("trunkIds", "").split(",") if id]
        if not ids:
            raise bad_request("The query parameter trunkIds is required.", "invalid.value")
        return [self._measured(self._found_trunk(id)) for id in ids]

    async def _metrics_of_one(self, request: Request) -> Body:
        return self._measured(self._found_trunk(request.path_params["id"]))

    def _measured(self, trunk: Trunk) -> Body:
        flows = [traffic(self.world, route, self._settings.failing_share) for route in self._routes_at(trunk.site)]
        ok = [self._settings.calls_per_minute * (1 - flow.failing_share) for flow in flows if flow.base == trunk.base]
        return entities.metrics_body(trunk, round(sum(ok)))

    async def _base(self, request: Request) -> Body:
        carrier = self.world.carriers.get(request.path_params["id"])
        if carrier is None:
            raise not_found("trunk base", request.path_params["id"])
        return entities.base_body(self.world, carrier)

    async def _edges(self, request: Request) -> Body:
        site = request.query_params.get("site.id")
        edges = [edge for edge in self.world.edges.values() if site in (None, edge.site)]
        return listing(request, edges, lambda edge: entities.edge_body(self.world, edge))

    async def _edge(self, request: Request) -> Body:
        edge = self.world.edges.get(request.path_params["id"])
        if edge is None:
            raise not_found("edge", request.path_params["id"])
        return entities.edge_body(self.world, edge)

    async def _sites(self, request: Request) -> Body:
        return listing(request, self.world.sites.values(), entities.site_body)

    async def _site(self, request: Request) -> Body:
        return entities.site_body(self.world.sites[self._found_site(request)])

    def _found_site(self, request: Request) -> str:
        id = str(request.path_params["site"])
        if id not in self.world.sites:
            raise not_found("site", id)
        return id

    def _routes_at(self, site: str) -> list[Route]:
        return [route for route in self.world.routes.values() if route.site == site]

    async def _routes(self, request: Request) -> Body:
        routes = self._routes_at(self._found_site(request))
        return listing(request, routes, lambda route: entities.route_body(self.world, route))

    def _found_route(self, request: Request) -> Route:
        site, id = self._found_site(request), request.path_params["id"]
        route = self.world.routes.get(id)
        if route is None or route.site != site:
            raise not_found("outbound route", id)
        return route

    async def _route(self, request: Request) -> Body:
        return entities.route_body(self.world, self._found_route(request))

    async def _put_route(self, request: Request) -> Body:
        await request.body()  # from here to the commit nothing waits: no other write gets between
        before = self._found_route(request)
        after = await replacement(request, before, self.world)
        self.world.write(after)
        self._commit(before, after, request_id(request.scope))
        return entities.route_body(self.world, after)

    def _commit(self, before: Route, after: Route, caller: str | None) -> None:
        same = replace(after, version=before.version) == before
        self._ledger.commit(
            "route.unchanged" if same else "route.changed",
            after.id,
            caller,
            route_id=after.id,
            route=after.name,
            site_id=after.site,
            before=list(before.bases),
            after=list(after.bases),
            enabled=after.enabled,
            version=after.version,
        )
