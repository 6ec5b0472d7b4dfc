"""Salesforce as one simulator: login, cases, and the people who work on cases."""

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.control import Misuse, read
from holdline.simulators.salesforce import errors
from holdline.simulators.salesforce.api import CaseApi
from holdline.simulators.salesforce.cases import Cases
from holdline.simulators.salesforce.door import Door
from holdline.simulators.salesforce.oddities import Oddities
from holdline.simulators.settings import Frozen, Retries, SalesforceSettings
from holdline.simulators.simulator import Simulator


class Deed(Frozen):
    """What a person does to a case by its id or number: `POST /_sim/deeds`."""

    record: str
    by: str = "005000000000002AAA"
    fields: dict[str, str] = Field(default_factory=dict)
    comment: str = ""


class Salesforce(Simulator):
    """An org with its cases; `oddities` may be replaced while it runs."""

    issues_tokens = True

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

    def controls(self) -> list[BaseRoute]:
        """Cases, oddities, deeds."""
        return [
            Route("/world", self._show_world),
            Route("/oddities", self._set, methods=["POST"]),
            Route("/deeds", self._do, methods=["POST"]),
        ]

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

    async def _show_world(self, _: Request) -> Response:
        return JSONResponse({"cases": [{**case.values, "comments": case.comments} for case in self.cases.all.values()]})

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
        """End every session."""
        self._door.revoke()

    def refusal(self, path: str, status: int, retry_after: int | None) -> Response:
        """A Salesforce error."""
        return errors.refusal(path, status, retry_after)

    def stop(self) -> None:
        """Nothing happens here by itself."""

    def restore(self) -> None:
        """No cases, a plain org."""
        self.cases.clear()
        self._door.clear()
