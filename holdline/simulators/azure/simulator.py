"""Azure DevOps as one simulator: the work items of a project and the people who work on them."""

from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.azure import errors
from holdline.simulators.azure.api import WorkItemsApi
from holdline.simulators.azure.errors import AzureError
from holdline.simulators.azure.items import PERSON, Items, Oddities
from holdline.simulators.control import Misuse, read
from holdline.simulators.settings import AzureSettings, Frozen, Retries
from holdline.simulators.simulator import Simulator
from holdline.simulators.window import Window


class Deed(Frozen):
    """What a person does to a work item: the fields that they write. `assign` gives it to Maria Huber."""

    item: int
    fields: dict[str, Any] = Field(default_factory=dict)
    assign: bool = False


class Azure(Simulator):
    """An organisation with one project."""

    def __init__(self, settings: AzureSettings, retries: Retries) -> None:
        super().__init__(retries)
        self._window = Window(settings.requests_per_minute)
        self.items = Items(settings, self.ledger)
        self._api = WorkItemsApi(settings, self.items, self._window)

    def routes(self) -> list[BaseRoute]:
        """Work item tracking."""
        return self._api.paths()

    def controls(self) -> list[BaseRoute]:
        """Work items, oddities, deeds."""
        return [
            Route("/world", self._show_world),
            Route("/oddities", self._set, methods=["POST"]),
            Route("/deeds", self._do, methods=["POST"]),
        ]

    def act(self, deed: Deed) -> None:
        """Let a person change a work item. Raises AzureError where there is none."""
        assigned = {"System.AssignedTo": PERSON} if deed.assign else {}
        self.items.act(self.items.named(str(deed.item)), {**deed.fields, **assigned})

    async def _show_world(self, _: Request) -> Response:
        shown = [{**each.resource(""), "history": each.history} for each in self.items.all.values()]
        return JSONResponse({"work_items": shown})

    async def _set(self, request: Request) -> Response:
        self.items.oddities = await read(request, Oddities)
        return JSONResponse(self.items.oddities.model_dump(mode="json"))

    async def _do(self, request: Request) -> Response:
        try:
            self.act(await read(request, Deed))
        except AzureError as error:
            raise Misuse(error.message, error.status) from None
        return JSONResponse({"done": True})

    def refusal(self, path: str, status: int, retry_after: int | None) -> Response:
        """An error of the vendor's."""
        return errors.refusal(path, status, retry_after)

    def stop(self) -> None:
        """Nothing happens here by itself."""

    def restore(self) -> None:
        """No work items, a plain project, the limit unused."""
        self.items.clear()
        self._window.clear()
