"""Genesys as one simulator: login, platform API, world and event stream on one address."""

from typing import Any, ClassVar, Literal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.routing import Route as Path

from holdline.simulators.control import Misuse, read
from holdline.simulators.genesys import errors
from holdline.simulators.genesys.degrade import degrade_controls
from holdline.simulators.genesys.door import Door
from holdline.simulators.genesys.edgeservice import EdgeService
from holdline.simulators.genesys.emergency import Emergency
from holdline.simulators.genesys.events import Events, trunk_event, trunk_topic
from holdline.simulators.genesys.notifications.channels import Channels
from holdline.simulators.genesys.notifications.control import Controls
from holdline.simulators.genesys.notifications.rest import SOCKET, Notifications
from holdline.simulators.genesys.notifications.socket import Socket
from holdline.simulators.genesys.people import Members, Skills
from holdline.simulators.genesys.platform import Platform
from holdline.simulators.genesys.queuewrite import Queues
from holdline.simulators.genesys.tokens import Tokens
from holdline.simulators.genesys.traffic import site_view, trunk_view
from holdline.simulators.genesys.world import Trunk, World
from holdline.simulators.settings import EventTarget, Frozen, GenesysSettings, Retries
from holdline.simulators.simulator import Simulator
from holdline.simulators.window import Window

SWITCHES = (EdgeService, Emergency, Members, Skills, Queues)


class TrunkChange(Frozen):
    """What `POST /_sim/world/trunks/{id}` sets; what is left out stays."""

    connected: bool | None = None
    in_service: bool | None = None
    reason: str | None = None


class TokenChange(Frozen):
    """What `POST /_sim/tokens` does to every token."""

    action: Literal["revoke", "expire"]


class Genesys(Simulator):
    """A Genesys organisation with its world, tokens and events."""

    issues_tokens: ClassVar[bool] = True

    def __init__(self, settings: GenesysSettings, retries: Retries) -> None:
        super().__init__(retries)
        self._settings = settings
        self.tokens = Tokens(settings)
        self.events = Events(settings, self.courier)
        self.channels = Channels(settings.channel_life)
        self.notifications = Controls(self.channels, self.events.deliver, self.tokens.revoke_all)
        self._window = Window(settings.requests_per_minute, settings.limit_window)
        self._platform = Platform(settings, World(settings.sites, settings.queues), self.tokens, self.ledger)

    @property
    def world(self) -> World:
        """The organisation's telephony as it is now."""
        return self._platform.world

    @property
    def target(self) -> EventTarget | None:
        """Where events go; None sends nothing."""
        return self.events.target

    @target.setter
    def target(self, target: EventTarget | None) -> None:
        self.events.target = target

    def set_trunk(
        self,
        known_as: str,
        *,
        connected: bool | None = None,
        in_service: bool | None = None,
        reason: str | None = None,
    ) -> Trunk:
        """Change a trunk, by id or name, and announce the change. Raises KeyError for an unknown trunk."""
        trunk = self.world.trunk(known_as)
        if trunk is None:
            raise KeyError(known_as)
        carries = trunk.connected if connected is None else connected
        serves = trunk.in_service if in_service is None else in_service
        changed = self.world.change(trunk, carries, serves, reason)
        if changed is not None:
            self.events.announce(changed)
            self.channels.publish(trunk_topic(changed), trunk_event(changed))
        return changed or trunk

    def view(self) -> dict[str, Any]:
        """The world as `GET /_sim/world` shows it."""
        share, calls = self._settings.failing_share, self._settings.calls_per_minute
        routes = {route.site: route for route in self.world.routes.values()}
        sites = [site_view(self.world, site, routes[site.id], share, calls) for site in self.world.sites.values()]
        organization = {"id": self._settings.organization_id, "name": self._settings.organization_name}
        return {"organization": organization, "sites": sites}

    def routes(self) -> list[BaseRoute]:
        """Login, platform API and notification sockets."""
        login = Path("/oauth/token", self.tokens.login, methods=["POST"])
        door = Door(self.tokens, self._window)
        socket = WebSocketRoute(SOCKET, Socket(self.channels, self._settings.heartbeat).serve)
        rest = [*Notifications(self.channels).paths(door), *self._platform.paths(door), *self._switches(door)]
        return [login, *rest, socket]

    def _switches(self, door: Door) -> list[BaseRoute]:
        """What people and automation switch."""
        return [path for each in SWITCHES for path in each(lambda: self.world, self.ledger).paths(door)]

    def controls(self) -> list[BaseRoute]:
        """World, tokens, target and notifications."""
        return [
            Path("/world", self._show_world),
            Path("/world/trunks/{id}", self._change_trunk, methods=["POST"]),
            Path("/tokens", self._change_tokens, methods=["POST"]),
            Path("/targets", self._aim, methods=["POST"]),
            *self.notifications.paths(),
            *degrade_controls(lambda: self.world, self.notifications.publish),
        ]

    async def _show_world(self, _: Request) -> Response:
        return JSONResponse(self.view())

    async def _change_trunk(self, request: Request) -> Response:
        change = await read(request, TrunkChange)
        before = self.world.trunk(request.path_params["id"])
        if before is None:
            raise Misuse(f"There is no trunk {request.path_params['id']}; GET /_sim/world lists them.", 404)
        after = self.set_trunk(before.id, **change.model_dump())
        return JSONResponse({"changed": after != before, "trunk": trunk_view(after)})

    async def _change_tokens(self, request: Request) -> Response:
        change = await read(request, TokenChange)
        if change.action == "revoke":
            self.tokens.revoke_all()
        else:
            self.tokens.expire_all()
        return JSONResponse({"action": change.action})

    async def _aim(self, request: Request) -> Response:
        self.target = await read(request, EventTarget)
        return JSONResponse({"url": self.target.url})

    def refusal(self, path: str, status: int, retry_after: int | None) -> Response:
        """A Genesys error."""
        return errors.refusal(path, status, retry_after)

    def revoke_tokens(self) -> None:
        """Void every token."""
        self.tokens.revoke_all()

    def stop(self) -> None:
        """End every repeated event and every channel."""
        self.events.stop()
        self.channels.clear()

    def restore(self) -> None:
        """Every trunk up, every route in its first order, every limit unused, no channel open."""
        self.stop()
        self._window.clear()
        self._platform.world = World(self._settings.sites, self._settings.queues)
