"""The dead letters over HTTP, for operators: list, show, replay, drop (S3.14)."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from holdline.gateway import genesys
from holdline.gateway.authentic import Delivery, Verified
from holdline.gateway.deadletters import DeadLetters, Ending, Letter
from holdline.gateway.entrance import Keys
from holdline.gateway.fresh import Fresh
from holdline.gateway.journal import JournalUnavailable

PATH: Final = "/v1/deadletters"
PREFIX: Final = "event:"
OPERATOR: Final = "X-Holdline-Operator"
_LISTED: Final = 100
_LONGEST: Final = 18

Handler = Callable[[Request], Awaitable[Response]]


class Letterbox:
    """Answers operators alone: `keys` are the tokens of `[gateway.secrets] operators`, and no vendor's."""

    def __init__(self, letters: DeadLetters, keys: Fresh[Keys], clock: Callable[[], datetime]) -> None:
        self._letters = letters
        self._keys = keys
        self._clock = clock

    def routes(self) -> list[Route]:
        """The four requests."""
        one = f"{PATH}/{{id}}"
        return [
            Route(PATH, self._guarded(self._list), methods=["GET"]),
            Route(one, self._guarded(self._show), methods=["GET"]),
            Route(f"{one}/replay", self._guarded(self._replay), methods=["POST"]),
            Route(f"{one}/drop", self._guarded(self._drop), methods=["POST"]),
        ]

    def _guarded(self, handle: Handler) -> Handler:
        async def endpoint(request: Request) -> Response:
            keys = await self._keys.current()
            given = Delivery(b"", request.scope["headers"])
            if not isinstance(genesys.verify(given, keys.live, self._clock()), Verified):
                return _error(401, "not authentic")
            try:
                return await handle(request)
            except JournalUnavailable:
                return _error(503, "the journal cannot be read or written now; try again")

        return endpoint

    async def _list(self, _request: Request) -> Response:
        found = self._letters.newest(_LISTED + 1)
        return JSONResponse({"letters": [_row(each) for each in found[:_LISTED]], "more": len(found) > _LISTED})

    async def _show(self, request: Request) -> Response:
        number = _number(request)
        letter = self._letters.one(number) if number is not None else None
        return JSONResponse(_row(letter) | {"body": letter.body}) if letter else _gone()

    async def _replay(self, request: Request) -> Response:
        number = _number(request)
        if number is None:
            return _gone()
        ending, said = await self._letters.replay(number, _by(request))
        return _ended(ending, said)

    async def _drop(self, request: Request) -> Response:
        number = _number(request)
        return _gone() if number is None else _ended(await self._letters.drop(number, _by(request)), "")


def _row(letter: Letter) -> dict[str, Any]:
    return {
        "id": f"{PREFIX}{letter.number}",
        "source": letter.source,
        "event_id": letter.event_id,
        "class": letter.kind,
        "reason": letter.reason,
        "received_at": letter.received_at.isoformat(),
    }


def _number(request: Request) -> int | None:
    text = str(request.path_params["id"]).removeprefix(PREFIX)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST else None


def _by(request: Request) -> str:
    return unquote(request.headers.get(OPERATOR, ""))


def _ended(ending: Ending, said: str) -> Response:
    if ending is Ending.GONE:
        return _gone()
    name = "reason" if ending in (Ending.KEPT, Ending.DROPPED) else "event_id"
    return JSONResponse({"ended": ending, name: said} if said else {"ended": ending})


def _gone() -> Response:
    return _error(404, "there is no such dead letter; it may have been replayed or dropped")


def _error(status: int, words: str) -> Response:
    return JSONResponse({"error": words}, status)
