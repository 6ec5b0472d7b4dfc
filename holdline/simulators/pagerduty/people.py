"""The people of the account: `/_sim/ack`, `/_sim/unack`, `/_sim/resolve`, `/_sim/escalate`."""

from collections.abc import Awaitable, Callable
from typing import Self
from uuid import NAMESPACE_DNS, uuid5

from pydantic import model_validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.control import Misuse, read
from holdline.simulators.pagerduty.desk import Desk
from holdline.simulators.pagerduty.incident import Agent, Incident, Status
from holdline.simulators.settings import Frozen, PagerUser

Act = Callable[[Incident, Agent], Incident]


class Deed(Frozen):
    """What a person does, to the incidents of a dedup_key or to one incident; `by` is a name or an e-mail."""

    dedup_key: str | None = None
    incident_id: str | None = None
    by: str = "Maria Huber"

    @model_validator(mode="after")
    def _one_way_to_name_it(self) -> Self:
        if (self.dedup_key is None) == (self.incident_id is None):
            raise ValueError("give either a dedup_key or an incident_id")
        return self


class People:
    """Carries out what people do in the vendor's app."""

    def __init__(self, desk: Desk, users: tuple[PagerUser, ...]) -> None:
        self._desk = desk
        self._users = users

    def paths(self) -> list[BaseRoute]:
        """One path per deed."""
        return [
            Route("/ack", self._deed(self._acknowledge), methods=["POST"]),
            Route("/unack", self._deed(self._unacknowledge), methods=["POST"]),
            Route("/resolve", self._deed(self._resolve), methods=["POST"]),
            Route("/escalate", self._deed(self._escalate), methods=["POST"]),
        ]

    def _acknowledge(self, incident: Incident, by: Agent) -> Incident:
        return self._desk.acknowledge(incident, by, "human")

    def _unacknowledge(self, incident: Incident, by: Agent) -> Incident:
        if incident.status is not Status.ACKNOWLEDGED:
            raise Misuse(f"Incident {incident.id} is {incident.status}, not acknowledged.")
        return self._desk.unacknowledge(incident, by, "human")

    def _resolve(self, incident: Incident, by: Agent) -> Incident:
        return self._desk.resolve(incident, by, "human")

    def _escalate(self, incident: Incident, by: Agent) -> Incident:
        return self._desk.escalate(incident, incident.level + 1, by, "human", None)

    def _deed(self, act: Act) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            deed = await read(request, Deed)
            by = self.agent(deed.by)
            done = [act(incident, by) for incident in self._meant(deed)]
            found = [{"incident_id": incident.id, "status": str(incident.status)} for incident in done]
            return JSONResponse({"incidents": found})

        return endpoint

    def agent(self, known_as: str) -> Agent:
        """A user of the account by name or e-mail; anybody else gets an id of their own."""
        for user in self._users:
            if known_as in (user.name, user.email):
                return Agent("user", user.id, user.name, user.email)
        id = f"PU{uuid5(NAMESPACE_DNS, known_as).hex[:10].upper()}"
        return Agent("user", id, known_as)

    def _meant(self, deed: Deed) -> list[Incident]:
        if deed.dedup_key is not None:
            found = self._desk.open_with(deed.dedup_key)
        else:
            one = self._desk.incidents.get(str(deed.incident_id))
            found = [one] if one is not None and one.open else []
        if not found:
            raise Misuse(f"No open incident has {deed.dedup_key or deed.incident_id}.", 404)
        return found
