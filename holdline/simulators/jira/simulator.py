"""Jira Cloud as one simulator: issues, the people who work on them, webhooks going out."""

from typing import Any, Literal
from uuid import NAMESPACE_DNS, uuid5

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.control import Misuse, read
from holdline.simulators.jira import errors
from holdline.simulators.jira.api import IssuesApi
from holdline.simulators.jira.desk import Desk, Oddities
from holdline.simulators.jira.errors import JiraError
from holdline.simulators.jira.issue import Person
from holdline.simulators.jira.webhooks import Webhooks
from holdline.simulators.settings import Frozen, JiraSettings, JiraTarget, Retries
from holdline.simulators.staffed import Staffed
from holdline.simulators.window import Window

WAYS = {"reopen": "11", "start": "21", "resolve": "31"}


class Deed(Frozen):
    """What a person does to an issue by its key or id; `text` is that of a comment."""

    issue: str
    do: Literal["assign", "start", "resolve", "reopen", "comment"]
    by: str = "Maria Huber"
    text: str = ""


class Jira(Staffed):
    """A site with its issues."""

    oddity = Oddities
    deed = Deed

    def __init__(self, settings: JiraSettings, retries: Retries) -> None:
        super().__init__(retries)
        self._window = Window(settings.requests_per_minute)
        self.webhooks = Webhooks(settings.webhook, self.courier, "https://sandbox.atlassian.net")
        self.desk = Desk(settings, self.ledger, self.webhooks.announce)
        self._api = IssuesApi(settings, self.desk, self._window)

    @property
    def target(self) -> JiraTarget | None:
        """Where webhooks go; None sends nothing."""
        return self.webhooks.target

    @target.setter
    def target(self, target: JiraTarget | None) -> None:
        self.webhooks.target = target

    def routes(self) -> list[BaseRoute]:
        """The platform API."""
        return self._api.paths()

    def controls(self) -> list[BaseRoute]:
        """Issues, oddities, deeds and target."""
        return [*super().controls(), Route("/targets", self._aim, methods=["POST"])]

    def act(self, deed: Deed) -> None:
        """Let a person do something to an issue. Raises JiraError where there is none."""
        issue, by = self.desk.named(deed.issue), person(deed.by)
        match deed.do:
            case "assign":
                self.desk.assign(issue, by, by)
            case "comment":
                paragraph = {"type": "paragraph", "content": [{"type": "text", "text": deed.text}]}
                self.desk.comment(issue, {"type": "doc", "version": 1, "content": [paragraph]}, by)
            case _:
                self.desk.move(issue, WAYS[deed.do], by)

    def world(self) -> dict[str, Any]:
        """Everything that there is."""
        return {"issues": [each.resource("") for each in self.desk.issues.values()]}

    def differ(self, oddities: Oddities) -> None:
        """Be as odd as this from now on."""
        self.desk.oddities = oddities

    def perform(self, deed: Deed) -> None:
        """The same for a command. Raises Misuse."""
        try:
            self.act(deed)
        except JiraError as error:
            raise Misuse("There is no such issue, or no such way for it.", error.status) from None

    async def _aim(self, request: Request) -> Response:
        self.target = await read(request, JiraTarget)
        return JSONResponse({"url": self.target.url})

    def refusal(self, path: str, status: int, retry_after: int | None) -> Response:
        """A Jira error."""
        return errors.refusal(path, status, retry_after)

    def restore(self) -> None:
        """No issues, a plain site, the limit unused."""
        self.desk.clear()
        self._window.clear()


def person(name: str) -> Person:
    """Somebody with an account of their own."""
    return Person(uuid5(NAMESPACE_DNS, name).hex[:24], name, f"{name.lower().replace(' ', '.')}@example.com")
