"""PagerDuty as one simulator: Events API and REST API on one address, webhooks going out."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.control import read
from holdline.simulators.pagerduty import errors
from holdline.simulators.pagerduty.desk import Desk
from holdline.simulators.pagerduty.events import EventsApi
from holdline.simulators.pagerduty.people import People
from holdline.simulators.pagerduty.resources import Resources
from holdline.simulators.pagerduty.rest import RestApi
from holdline.simulators.pagerduty.webhooks import Webhooks
from holdline.simulators.settings import PagerDutySettings, Retries, WebhookTarget
from holdline.simulators.simulator import Simulator
from holdline.simulators.window import Window


class PagerDuty(Simulator):
    """A PagerDuty account with its services, incidents and people."""

    def __init__(self, settings: PagerDutySettings, retries: Retries) -> None:
        super().__init__(retries)
        self._resources = Resources(settings)
        self._windows = (Window(settings.events_per_minute), Window(settings.rest_per_minute))
        self.webhooks = Webhooks(settings, self.courier)
        self.desk = Desk(self.ledger, self.webhooks.announce)
        self.people = People(self.desk, settings.users)
        self._events = EventsApi(settings.services, self.desk, self._windows[0])
        self._rest = RestApi(settings, self.desk, self._windows[1])

    @property
    def target(self) -> WebhookTarget | None:
        """Where webhooks go; None sends nothing."""
        return self.webhooks.target

    @target.setter
    def target(self, target: WebhookTarget | None) -> None:
        self.webhooks.target = target

    def routes(self) -> list[BaseRoute]:
        """Events API and REST API."""
        return [Route("/v2/enqueue", self._events.enqueue, methods=["POST"]), *self._rest.paths()]

    def controls(self) -> list[BaseRoute]:
        """People, incidents and target."""
        world = Route("/world", self._show_world)
        return [*self.people.paths(), world, Route("/targets", self._aim, methods=["POST"])]

    async def _show_world(self, _: Request) -> Response:
        incidents = self.desk.incidents.values()
        shown = [{**self._resources.incident(one), "dedup_key": one.dedup_key} for one in incidents]
        return JSONResponse({"incidents": shown})

    async def _aim(self, request: Request) -> Response:
        self.target = await read(request, WebhookTarget)
        return JSONResponse({"url": self.target.url})

    def refusal(self, path: str, status: int, retry_after: int | None) -> Response:
        """A PagerDuty error."""
        return errors.refusal(path, status, retry_after)

    def stop(self) -> None:
        """Stop every acknowledgement timeout."""
        self.desk.stop()

    def restore(self) -> None:
        """No incidents, every limit unused."""
        self.desk.clear()
        for window in self._windows:
            window.clear()
