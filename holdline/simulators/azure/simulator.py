"""Azure DevOps as one simulator: the work items of a project and the people who work on them."""

from typing import Any

from pydantic import Field
from starlette.responses import Response
from starlette.routing import BaseRoute

from holdline.simulators.azure import errors
from holdline.simulators.azure.api import WorkItemsApi
from holdline.simulators.azure.errors import AzureError
from holdline.simulators.azure.items import PERSON, Items, Oddities
from holdline.simulators.control import Misuse
from holdline.simulators.settings import AzureSettings, Frozen, Retries
from holdline.simulators.staffed import Staffed
from holdline.simulators.window import Window


class Deed(Frozen):
    """What a person does to a work item: the fields that they write. `assign` gives it to Maria Huber."""

    item: int
    fields: dict[str, Any] = Field(default_factory=dict)
    assign: bool = False


class Azure(Staffed):
    """An organisation with one project."""

    oddity = Oddities
    deed = Deed

    def __init__(self, settings: AzureSettings, retries: Retries) -> None:
        super().__init__(retries)
        self._window = Window(settings.requests_per_minute)
        self.items = Items(settings, self.ledger)
        self._api = WorkItemsApi(settings, self.items, self._window)

    def routes(self) -> list[BaseRoute]:
        """Work item tracking."""
        return self._api.paths()

    def act(self, deed: Deed) -> None:
        """Let a person change a work item. Raises AzureError where there is none."""
        assigned = {"System.AssignedTo": PERSON} if deed.assign else {}
        self.items.act(self.items.named(str(deed.item)), {**deed.fields, **assigned})

    def world(self) -> dict[str, Any]:
        """Everything that there is."""
        shown = [{**each.resource(""), "history": each.history} for each in self.items.all.values()]
        return {"work_items": shown}

    def differ(self, oddities: Oddities) -> None:
        """Be as odd as this from now on."""
        self.items.oddities = oddities

    def perform(self, deed: Deed) -> None:
        """The same for a command. Raises Misuse."""
        try:
            self.act(deed)
        except AzureError as error:
            raise Misuse(error.message, error.status) from None

    def refusal(self, path: str, status: int, retry_after: int | None) -> Response:
        """An error of the vendor's."""
        return errors.refusal(path, status, retry_after)

    def restore(self) -> None:
        """No work items, a plain project, the limit unused."""
        self.items.clear()
        self._window.clear()
