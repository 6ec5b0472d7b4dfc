"""Salesforce as one simulator: login, cases, and the people who work on cases."""

from typing import Any

from pydantic import Field
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.control import Misuse
from holdline.simulators.salesforce import errors
from holdline.simulators.salesforce.api import CaseApi
from holdline.simulators.salesforce.cases import Cases
from holdline.simulators.salesforce.door import Door
from holdline.simulators.salesforce.oddities import Oddities
from holdline.simulators.settings import Frozen, Retries, SalesforceSettings
from holdline.simulators.staffed import Staffed


class Deed(Frozen):
    """What a person does to a case by its id or number: `POST /_sim/deeds`."""

    record: str
    by: str = "005000000000002AAA"
    fields: dict[str, str] = Field(default_factory=dict)
    comment: str = ""


class Salesforce(Staffed):
    """An org with its cases; `oddities` may be replaced while it runs."""

    issues_tokens = True
    oddity = Oddities
    deed = Deed

    def __init__(self, settings: SalesforceSettings, retries: Retries) -> None:
        super().__init__(retries)
        self._door = Door(settings)
        self.cases = Cases(settings, self.ledger)
        self._api = CaseApi(self._door, self.cases, settings.external_field)

    @property
    def oddities(self) -> Oddities:
        """How this org differs from the plain one."""
        return self._door.oddities

    @oddities.setter
    def oddities(self, oddities: Oddities) -> None:
        self._door.oddities = oddities

    def routes(self) -> list[BaseRoute]:
        """Login and REST API."""
        return [Route("/services/oauth2/token", self._door.login, methods=["POST"]), *self._api.paths()]

    def act(self, deed: Deed) -> None:
        """Let a person change a case or comment on it. Raises LookupError where there is none."""
        wanted = (case for id, case in self.cases.all.items() if deed.record in (id, case.values["CaseNumber"]))
        case = next(wanted, None)
        if case is None:
            raise LookupError(f"There is no case {deed.record}.")
        if deed.fields:
            self.cases.change(case, deed.fields, None, deed.by)
        if deed.comment:
            self.cases.comment(case.values["Id"], deed.comment, None, deed.by)

    def world(self) -> dict[str, Any]:
        """Everything that there is."""
        return {"cases": [{**case.values, "comments": case.comments} for case in self.cases.all.values()]}

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
        """End every session."""
        self._door.revoke()

    def refusal(self, path: str, status: int, retry_after: int | None) -> Response:
        """A Salesforce error."""
        return errors.refusal(path, status, retry_after)

    def restore(self) -> None:
        """No cases, a plain org."""
        self.cases.clear()
        self._door.clear()
