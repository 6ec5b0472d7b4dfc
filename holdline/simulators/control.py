"""The paths below `/_sim` that every simulator has: ledger, requests, deliveries, faults, reset."""

import json
from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from holdline.simulators.courier import Courier
from holdline.simulators.faults import Fault, Faults
from holdline.simulators.ledger import Ledger, RequestLog

Body = TypeVar("Body", bound=BaseModel)


class Misuse(Exception):
    """A control request that cannot be followed; answered with its sentence."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


async def misused(_: Request, error: Exception) -> Response:
    """The answer to a Misuse."""
    assert isinstance(error, Misuse)
    return JSONResponse({"error": error.sentence}, status_code=error.status)


async def read(request: Request, model: type[Body]) -> Body:
    """The JSON body of a control request. Raises Misuse with a sentence that names each wrong field."""
    try:
        fields = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise Misuse(f"{request.url.path} needs a JSON object: {error}.") from None
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise Misuse(f"{request.url.path} was refused: {complaints(error)}.") from None


def complaints(error: ValidationError) -> str:
    """What pydantic found, one clause per field, without the values."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{clause(item['loc'])}{item['msg']}" for item in found)


def clause(location: tuple[Any, ...]) -> str:
    """The dotted name of a field, followed by a colon."""
    return ".".join(str(part) for part in location) + ": " if location else ""


def record_controls(ledger: Ledger, requests: RequestLog, courier: Courier) -> list[BaseRoute]:
    """Read what was committed, asked and delivered."""

    async def committed(_: Request) -> Response:
        return JSONResponse(ledger)

    async def asked(_: Request) -> Response:
        return JSONResponse(list(requests))

    async def delivered(_: Request) -> Response:
        return JSONResponse(courier.log)

    return [Route("/ledger", committed), Route("/requests", asked), Route("/deliveries", delivered)]


def reset_control(reset: Callable[[], None]) -> BaseRoute:
    """Put the simulator back to its start."""

    async def put_back(_: Request) -> Response:
        reset()
        return JSONResponse({"reset": True})

    return Route("/reset", put_back, methods=["POST"])


def fault_controls(faults: Faults) -> list[BaseRoute]:
    """Order, list and withdraw faults."""

    async def order(request: Request) -> Response:
        fault = await read(request, Fault)
        try:
            faults.add(fault)
        except ValueError as error:
            raise Misuse(str(error)) from None
        return JSONResponse(fault.model_dump(mode="json"), status_code=201)

    async def listed(_: Request) -> Response:
        return JSONResponse(faults.listed())

    async def withdraw(_: Request) -> Response:
        return JSONResponse({"removed": faults.clear()})

    return [
        Route("/faults", order, methods=["POST"]),
        Route("/faults", listed, methods=["GET"]),
        Route("/faults", withdraw, methods=["DELETE"]),
    ]
