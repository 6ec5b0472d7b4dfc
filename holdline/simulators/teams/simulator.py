"""Teams as one simulator: a trigger for each workflow, which says 202 before anything is posted."""

import asyncio
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.control import Misuse, read
from holdline.simulators.ledger import request_id
from holdline.simulators.settings import Frozen, Retries, TeamsFlow, TeamsSettings
from holdline.simulators.simulator import Simulator
from holdline.simulators.teams import errors
from holdline.simulators.teams.card import LARGEST, card_of, texts
from holdline.simulators.teams.errors import TeamsError
from holdline.simulators.window import Window

PATH = "/workflows/{flow}/triggers/manual/paths/invoke"


class Change(Frozen):
    """`POST /_sim/flows`: what has become of a workflow. One that is `gone` was deleted; what an `orphaned` one takes
    fails later, because nobody owns it any more."""

    id: str
    gone: bool = False
    orphaned: bool = False


class Teams(Simulator):
    """The workflows of a team. `taken` are the cards that a trigger said 202 to, `posted` those that came through."""

    def __init__(self, settings: TeamsSettings, retries: Retries) -> None:
        super().__init__(retries)
        self._settings = settings
        self._window = Window(settings.requests_per_minute)
        self._runs: set[asyncio.Task[None]] = set()
        self.flows = self._fresh()
        self.taken: list[dict[str, Any]] = []
        self.posted: list[dict[str, Any]] = []

    def _fresh(self) -> dict[str, TeamsFlow]:
        return {flow.id: flow for flow in self._settings.flows}

    def address(self, base: str, flow: TeamsFlow) -> str:
        """The address of a workflow's trigger, which is as good as a token."""
        path = PATH.replace("{flow}", flow.id)
        return f"{base}{path}?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={flow.signature}"

    def routes(self) -> list[BaseRoute]:
        """The triggers."""
        return [Route(PATH, self._invoke, methods=["POST"])]

    async def _invoke(self, request: Request) -> Response:
        try:
            flow = self._admitted(request)
            body = await request.body()
            card = card_of(body)
        except TeamsError as error:
            return error.response()
        self.taken.append(card)
        told = "\n".join(texts(card))
        self.ledger.commit("teams.taken", f"{flow.id} {told}", request_id(request.scope), flow=flow.id, text=told)
        task = asyncio.create_task(self._run(flow.id, card, len(body)))
        self._runs.add(task)
        task.add_done_callback(self._runs.discard)
        return Response(status_code=202)

    def _admitted(self, request: Request) -> TeamsFlow:
        flow = self.flows.get(request.path_params["flow"])
        if flow is None:
            raise TeamsError(404, "The workflow could not be found.")
        if not secrets.compare_digest(request.query_params.get("sig", ""), flow.signature):
            raise TeamsError(401, "The signature of the address is not valid.")
        count = self._window.admit(flow.id)
        if count.over:
            raise TeamsError(429, "Too many requests.", count.reset)
        return flow

    async def _run(self, id: str, card: dict[str, Any], size: int) -> None:
        """What the workflow does with a card, after it said that it would."""
        await asyncio.sleep(self._settings.step.total_seconds())
        flow = self.flows.get(id)
        if flow is None or flow.orphaned or size > LARGEST:
            self.ledger.commit("teams.failed", id, None, flow=id)
            return
        self.posted.append(card)
        self.ledger.commit("teams.posted", f"{id} {texts(card)}", None, flow=id, text="\n".join(texts(card)))

    async def settled(self) -> None:
        """Wait until every workflow has run."""
        while self._runs:
            await asyncio.wait(set(self._runs))

    def controls(self) -> list[BaseRoute]:
        """Cards and workflows."""
        return [Route("/world", self._show_world), Route("/flows", self._change, methods=["POST"])]

    async def _show_world(self, _: Request) -> Response:
        return JSONResponse({"taken": self.taken, "posted": self.posted})

    async def _change(self, request: Request) -> Response:
        change = await read(request, Change)
        known = {flow.id: flow for flow in self._settings.flows}.get(change.id)
        if known is None:
            raise Misuse(f"There is no workflow {change.id}.", 404)
        if change.gone:
            self.flows.pop(change.id, None)
        else:
            self.flows[change.id] = known.model_copy(update={"orphaned": change.orphaned})
        return JSONResponse(change.model_dump())

    def refusal(self, path: str, status: int, retry_after: int | None) -> Response:
        """An error of Azure's."""
        return errors.refusal(path, status, retry_after)

    def stop(self) -> None:
        """End the workflows that run."""
        for task in self._runs:
            task.cancel()

    def restore(self) -> None:
        """Every workflow as it was set up, no cards, the limits unused."""
        self.stop()
        self.flows = self._fresh()
        self.taken.clear()
        self.posted.clear()
        self._window.clear()
