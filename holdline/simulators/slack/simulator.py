"""Slack as one simulator: the Web API of a bot, and people who press its buttons."""

import json
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.control import Misuse, read
from holdline.simulators.ledger import request_id
from holdline.simulators.settings import Retries, SlackChannel, SlackSettings
from holdline.simulators.simulator import Simulator
from holdline.simulators.slack import errors
from holdline.simulators.slack.api import WebApi
from holdline.simulators.slack.interaction import Press, PressTarget, button, delivery, payload
from holdline.simulators.slack.orders import Order, Orders
from holdline.simulators.slack.workspace import Channel, Workspace
from holdline.simulators.window import Window

RESPONSES = 5
"""How often whoever pressed may be answered."""


class Slack(Simulator):
    """A workspace with one app in it. `target` is the app's interactivity request URL."""

    def __init__(self, settings: SlackSettings, retries: Retries) -> None:
        super().__init__(retries)
        self._settings = settings
        self._window = Window(settings.requests_per_minute)
        self.workspace = Workspace(settings)
        self.orders = Orders()
        self.target: str | None = settings.target
        self.responses: dict[str, int] = {}

    def press(self, press: Press, home: str = "https://hooks.slack.com") -> str:
        """Post a press to the target, signed; its trigger id. Raises LookupError where there is nothing to press.

        `home` is where whoever pressed is answered: this simulator's own address, where the answers are to arrive.
        """
        if self.target is None:
            raise LookupError("No interactivity target is set; POST /_sim/targets first.")
        message = self.workspace.find(press.channel, press.ts)
        found = None if message is None else button(message, press.action_id)
        if message is None or found is None:
            raise LookupError(f"There is no button {press.action_id} below message {press.ts} in {press.channel}.")
        path = f"/actions/T0SANDBOX/{len(self.responses) + 1}/{uuid4().hex[:24]}"
        self.responses[path] = RESPONSES
        told = payload(press, self.workspace.channels[press.channel], message, found, home.rstrip("/") + path)
        self.ledger.commit("slack.pressed", f"{press.ts} {press.action_id} {press.user}", None, **press.model_dump())
        self.courier.send(delivery(self.target, told, self._settings))
        return str(told["trigger_id"])

    def routes(self) -> list[BaseRoute]:
        """The Web API, and where people who pressed are answered."""
        answers = Route("/actions/{team}/{number}/{secret}", self._answer, methods=["POST"])
        return [answers, *self._methods()]

    def _methods(self) -> list[BaseRoute]:
        return WebApi(self._settings, self.workspace, self.ledger, self.orders, self._window).paths()

    async def _answer(self, request: Request) -> Response:
        """Take an answer to a press: each address is good for five (its half hour is not counted here)."""
        left = self.responses.get(request.url.path, 0)
        if not left:
            return PlainTextResponse("used_url", status_code=404)
        self.responses[request.url.path] = left - 1
        try:
            told = json.loads(await request.body())
        except ValueError:
            return PlainTextResponse("invalid_payload", status_code=400)
        self.ledger.commit("slack.answered", request.url.path, request_id(request.scope), message=told)
        return PlainTextResponse("ok")

    def controls(self) -> list[BaseRoute]:
        """Messages, channels, ordered errors, presses and target."""
        return [
            Route("/world", self._show_world),
            Route("/channels", self._channel, methods=["POST"]),
            Route("/errors", self._order, methods=["POST"]),
            Route("/press", self._press, methods=["POST"]),
            Route("/targets", self._aim, methods=["POST"]),
        ]

    async def _show_world(self, _: Request) -> Response:
        return JSONResponse({"channels": [_shown(each) for each in self.workspace.channels.values()]})

    async def _channel(self, request: Request) -> Response:
        wanted = await read(request, SlackChannel)
        before = self.workspace.channels.get(wanted.id)
        kept = {} if before is None else before.messages
        channel = Channel(wanted.id, wanted.name, wanted.member, wanted.archived, kept)
        self.workspace.channels[wanted.id] = channel
        return JSONResponse(wanted.model_dump())

    async def _order(self, request: Request) -> Response:
        order = await read(request, Order)
        self.orders.add(order)
        return JSONResponse(order.model_dump(mode="json"), status_code=201)

    async def _press(self, request: Request) -> Response:
        press = await read(request, Press)
        try:
            return JSONResponse({"trigger_id": self.press(press, str(request.base_url))}, status_code=202)
        except LookupError as error:
            raise Misuse(str(error.args[0])) from None

    async def _aim(self, request: Request) -> Response:
        self.target = (await read(request, PressTarget)).url
        return JSONResponse({"url": self.target})

    def refusal(self, path: str, status: int, retry_after: int | None) -> Response:
        """A Slack error."""
        return errors.refusal(path, status, retry_after)

    def stop(self) -> None:
        """Slack does nothing by itself."""

    def restore(self) -> None:
        """No messages, no ordered errors, the limits unused."""
        self.workspace.restore()
        self.responses.clear()
        self.orders.clear()
        self._window.clear()


def _shown(channel: Channel) -> dict[str, object]:
    messages = [each.resource(metadata=True) for each in channel.messages.values()]
    standing = {"member": channel.member, "archived": channel.archived}
    return {"id": channel.id, "name": channel.name, **standing, "messages": messages}
