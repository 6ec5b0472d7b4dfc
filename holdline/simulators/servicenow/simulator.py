"""ServiceNow as one simulator: login, incidents, imports, and the people who work on incidents."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.control import Misuse, read
from holdline.simulators.servicenow import errors
from holdline.simulators.servicenow.api import TableApi
from holdline.simulators.servicenow.door import Door
from holdline.simulators.servicenow.oddities import Oddities
from holdline.simulators.servicenow.records import Records
from holdline.simulators.settings import Frozen, Retries, ServiceNowSettings
from holdline.simulators.simulator import Simulator

PEOPLE = {
    "5137153cc611227c000bbd1bd8cd2005": "Maria Huber",
    "5137153cc611227c000bbd1bd8cd2006": "Jonas Weber",
}


class Deed(Frozen):
    """What a person does to an incident by its number or sys_id: `POST /_sim/deeds`."""

    record: str
    by: str = "maria.huber"
    fields: dict[str, str]


class ServiceNow(Simulator):
    """An instance with its incidents; `oddities` may be replaced while it runs."""

    issues_tokens = True

    def __init__(self, settings: ServiceNowSettings, retries: Retries) -> None:
        super().__init__(retries)
        self._door = Door(settings)
        self.records = Records(self.ledger, settings.custom_fields, PEOPLE)
        self._api = TableApi(self._door, self.records, settings.staging_table)

    @property
    def oddities(self) -> Oddities:
        """How this instance differs from the plain one."""
        return self._door.oddities

    @oddities.setter
    def oddities(self, oddities: Oddities) -> None:
        self._door.oddities = oddities

    def routes(self) -> list[BaseRoute]:
        """Login, Table API and Import Set API."""
        return [Route("/oauth_token.do", self._door.login, methods=["POST"]), *self._api.paths()]

    def controls(self) -> list[BaseRoute]:
        """Incidents, oddities, deeds."""
        return [
            Route("/world", self._show_world),
            Route("/oddities", self._set, methods=["POST"]),
            Route("/deeds", self._do, methods=["POST"]),
        ]

    def act(self, deed: Deed) -> None:
        """Let a person change an incident. Raises LookupError where there is none."""
        wanted = (row for id, row in self.records.all.items() if deed.record in (id, row.values["number"]))
        record = next(wanted, None)
        if record is None:
            raise LookupError(f"There is no incident {deed.record}.")
        self.records.update(record, deed.fields, deed.by, None)

    async def _show_world(self, _: Request) -> Response:
        shown = [{**row.values, "journal": [each.text for each in row.journal]} for row in self.records.all.values()]
        return JSONResponse({"incidents": shown})

    async def _set(self, request: Request) -> Response:
        self.oddities = await read(request, Oddities)
        return JSONResponse(self.oddities.model_dump())

    async def _do(self, request: Request) -> Response:
        try:
            self.act(await read(request, Deed))
        except LookupError as error:
            raise Misuse(str(error)) from None
        return JSONResponse({"done": True})

    def revoke_tokens(self) -> None:
        """Void every token."""
        self._door.revoke()

    def refusal(self, path: str, status: int, retry_after: int | None) -> Response:
        """A ServiceNow error."""
        return errors.refusal(path, status, retry_after)

    def stop(self) -> None:
        """Nothing happens here by itself."""

    def restore(self) -> None:
        """No incidents, a plain instance."""
        self.records.clear()
        self._door.clear()
