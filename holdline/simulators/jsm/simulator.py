"""Jira Service Management operations as one simulator: alerts, the people who take them, webhooks going out."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.control import Misuse, read
from holdline.simulators.jsm import errors
from holdline.simulators.jsm.alert import Alert
from holdline.simulators.jsm.api import AlertsApi
from holdline.simulators.jsm.desk import Desk
from holdline.simulators.jsm.webhooks import Webhooks
from holdline.simulators.settings import Frozen, JsmSettings, JsmTarget, Retries
from holdline.simulators.simulator import Simulator
from holdline.simulators.window import Window


class Deed(Frozen):
    """What a person does to the open alert of an alias."""

    alias: str
    by: str = "maria.huber@example.com"


class Processing(Frozen):
    """How long orders wait, and the reasons for which the next creates fail after they were taken."""

    pending: timedelta | None = None
    refusals: tuple[str, ...] = Field((), max_length=100)


class Jsm(Simulator):
    """A site with its alerts."""

    def __init__(self, settings: JsmSettings, retries: Retries) -> None:
        super().__init__(retries)
        self._window = Window(settings.requests_per_minute)
        self.webhooks = Webhooks(settings.webhook, self.courier)
        self.desk = Desk(settings, self.ledger, self.webhooks.announce)
        self._api = AlertsApi(settings, self.desk, self._window)

    @property
    def target(self) -> JsmTarget | None:
        """Where webhooks go; None sends nothing."""
        return self.webhooks.target

    @target.setter
    def target(self, target: JsmTarget | None) -> None:
        self.webhooks.target = target

    def routes(self) -> list[BaseRoute]:
        """The alerts."""
        return self._api.paths()

    def controls(self) -> list[BaseRoute]:
        """People, the processing of orders, and the target."""
        return [
            Route("/ack", self._deed(self.desk.acknowledge), methods=["POST"]),
            Route("/unack", self._deed(self.desk.unacknowledge), methods=["POST"]),
            Route("/close", self._deed(self.desk.close), methods=["POST"]),
            Route("/processing", self._process, methods=["POST"]),
            Route("/targets", self._aim, methods=["POST"]),
            Route("/world", self._show_world),
        ]

    def _deed(self, act: Callable[[Alert, str], bool]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            deed = await read(request, Deed)
            alert = self.desk.find(deed.alias)
            if alert is None or not alert.open:
                raise Misuse(f"No open alert has the alias {deed.alias}.", 404)
            return JSONResponse({"alert_id": alert.id, "done": act(alert, deed.by)})

        return endpoint

    async def _process(self, request: Request) -> Response:
        wish = await read(request, Processing)
        self.desk.pending = wish.pending if wish.pending is not None else self.desk.pending
        self.desk.refusals += wish.refusals
        return JSONResponse({"pending": self.desk.pending.total_seconds(), "refusals": self.desk.refusals})

    async def _aim(self, request: Request) -> Response:
        self.target = await read(request, JsmTarget)
        return JSONResponse({"url": self.target.url})

    async def _show_world(self, _: Request) -> Response:
        return JSONResponse({"alerts": [alert.resource() for alert in self.desk.alerts]})

    def refusal(self, path: str, status: int, retry_after: int | None) -> Response:
        """An error of the vendor's."""
        return errors.refusal(path, status, retry_after)

    def stop(self) -> None:
        """Carry nothing out any more."""
        self.desk.stop()

    def restore(self) -> None:
        """No alerts, the limit unused."""
        self.desk.clear()
        self._window.clear()
