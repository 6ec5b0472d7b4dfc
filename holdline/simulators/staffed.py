"""A vendor where people work: its world is shown, its oddities are set, and deeds of people are done below `/_sim`."""

from abc import abstractmethod
from typing import Any, ClassVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.control import read
from holdline.simulators.simulator import Simulator


class Staffed(Simulator):
    """`oddity` is the shape of how the vendor differs from the plain one, `deed` that of what a person does."""

    oddity: ClassVar[type[BaseModel]]
    deed: ClassVar[type[BaseModel]]

    @abstractmethod
    def world(self) -> dict[str, Any]:
        """Everything that there is, as JSON."""

    @abstractmethod
    def differ(self, oddities: Any) -> None:
        """Be as odd as this from now on."""

    @abstractmethod
    def perform(self, deed: Any) -> None:
        """Let a person do something. Raises Misuse where that cannot be done."""

    def controls(self) -> list[BaseRoute]:
        """World, oddities, deeds."""
        return [
            Route("/world", self._show),
            Route("/oddities", self._set, methods=["POST"]),
            Route("/deeds", self._do, methods=["POST"]),
        ]

    async def _show(self, _: Request) -> Response:
        return JSONResponse(self.world())

    async def _set(self, request: Request) -> Response:
        oddities = await read(request, self.oddity)
        self.differ(oddities)
        return JSONResponse(oddities.model_dump(mode="json"))

    async def _do(self, request: Request) -> Response:
        self.perform(await read(request, self.deed))
        return JSONResponse({"done": True})

    def stop(self) -> None:
        """Nothing happens here by itself."""
