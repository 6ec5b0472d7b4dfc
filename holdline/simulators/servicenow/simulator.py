"""ServiceNow as one simulator: login, incidents, imports, and the people who work on incidents."""

from typing import Any

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.control import Misuse
from holdline.simulators.servicenow import errors
from holdline.simulators.servicenow.api import TableApi
from holdline.simulators.servicenow.door import Door
from holdline.simulators.servicenow.oddities import Oddities
from holdline.simulators.servicenow.records import Records
from holdline.simulators.settings import Frozen, Retries, ServiceNowSettings
from holdline.simulators.staffed import Staffed

PEOPLE = {
    "5137153cc611227c000bbd1bd8cd2005": "Maria Huber",
    "5137153cc611227c000bbd1bd8cd2006": "Jonas Weber",
}


class Deed(Frozen):
    """What a person does to an incident by its number or sys_id: `POST /_sim/deeds`."""

    record: str
    by: str = "maria.huber"
    fields: dict[str, str]


class ServiceNow(Staffed):
    """An instance with its incidents; `oddities` may be replaced while it runs."""

    issues_tokens = True
    oddity = Oddities
    deed = Deed

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

    def act(self, deed: Deed) -> None:
        """Let a person change an incident. Raises LookupError where there is none."""
        wanted = (row for id, row in self.records.all.items() if deed.record in (id, row.values["number"]))
        record = next(wanted, None)
        if record is None:
            raise LookupError(f"There is no incident {deed.record}.")
        self.records.update(record, deed.fields, deed.by, None)

    def world(self) -> dict[str, Any]:
        """Everything that there is."""
        shown = [{**row.values, "journal": [each.text for each in row.journal]} for row in self.records.all.values()]
        return {"incidents": shown}

    def differ(self, oddities: Oddities) -> None:
        """Be as odd as this from now on."""
        self.oddities = oddities

    def perform(self, deed: Deed) -> None:
        """The same for a command. Raises Misuse."""
        try:
            self.act(deed)
        except LookupError as error:
            raise Misuse(str(error)) from None

    def revoke_tokens(self) -> None:
        """Void every token."""
        self._door.revoke()

    def refusal(self, path: str, status: int, retry_after: int | None) -> Response:
        """A ServiceNow error."""
        return errors.refusal(path, status, retry_after)

    def restore(self) -> None:
        """No incidents, a plain instance."""
        self.records.clear()
        self._door.clear()
