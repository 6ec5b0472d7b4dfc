"""The events that the gateway has not understood, asked for over its HTTP surface with an operator's token."""

from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote

import httpx

from holdline.cli.deadletter.letters import Letter
from holdline.cli.event import address
from holdline.cli.exits import Exit, Stop
from holdline.secrets import SecretUnreadable
from holdline.settings import Settings

_PATH: Final = "/v1/deadletters"
_OPERATOR: Final = "X-Holdline-Operator"
_TIMEOUT: Final = 10.0
_REFUSED: Final = MappingProxyType(
    {
        401: (Exit.REFUSED, "the gateway does not know the token of gateway.secrets.operators"),
        404: (Exit.NOT_FOUND, "there is no such dead letter; it may have been replayed or dropped"),
        503: (Exit.UNREACHABLE, "the gateway's journal cannot be read or written now; try again"),
    }
)
_ENDINGS: Final = MappingProxyType(
    {
        "accepted": "understood now, and on its way: event {}",
        "known already": "understood now, and known already: event {}",
        "dropped": "understood now, and none of our business: {}",
        "kept": "still not understood, and kept: {}",
    }
)


class Events:
    """The gateway's quarantine."""

    prefix = "event:"

    def __init__(self, settings: Settings, url: str | None = None) -> None:
        self._settings = settings
        self._url = url or address(settings)

    async def all(self) -> list[Letter]:
        """The newest hundred."""
        return [_letter(each) for each in (await self._ask("GET", _PATH))["letters"]]

    async def one(self, id: str) -> Letter:
        """One, with its redacted body."""
        return _letter(await self._ask("GET", _path(id)))

    async def replay(self, id: str, by: str) -> str:
        """Have the gateway read it again with today's code."""
        answer = await self._ask("POST", f"{_path(id)}/replay", by)
        said = answer.get("event_id") or answer.get("reason") or ""
        return f"{id}: " + _ENDINGS.get(answer["ended"], "{}").format(said)

    async def drop(self, id: str, by: str) -> str:
        """Give it up: its body goes, its id stays known."""
        await self._ask("POST", f"{_path(id)}/drop", by)
        return f"{id}: dropped"

    async def _ask(self, method: str, path: str, by: str = "") -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token()}", _OPERATOR: quote(by, safe=" ")}
        try:
            async with httpx.AsyncClient(base_url=self._url, timeout=_TIMEOUT, trust_env=False) as client:
                response = await client.request(method, path, headers=headers)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise Stop(
                Exit.UNREACHABLE, f"The gateway at {self._url} does not answer ({type(error).__name__})."
            ) from None
        if response.status_code != httpx.codes.OK:
            unknown = (Exit.UNEXPECTED, "the gateway gave an answer that Holdline does not know")
            code, why = _REFUSED.get(response.status_code, unknown)
            raise Stop(code, f"Nothing was done: {why} (HTTP {response.status_code}).")
        answer = response.json()
        assert isinstance(answer, dict)
        return answer

    def _token(self) -> str:
        found = self._settings.gateway.secrets.operators
        if not found:
            raise Stop(Exit.CONFIG, "There is no token to ask the gateway with; set gateway.secrets.operators.")
        try:
            return found[0].read()
        except SecretUnreadable as error:
            raise Stop(Exit.CONFIG, f"The gateway cannot be asked: {error}.") from None


def _path(id: str) -> str:
    return f"{_PATH}/{quote(id, safe='')}"


def _letter(row: dict[str, Any]) -> Letter:
    return Letter(
        id=row["id"],
        source=row["source"],
        about=row["event_id"],
        kind=row["class"],
        reason=row["reason"],
        at=datetime.fromisoformat(row["received_at"]),
        body=row.get("body", ""),
    )
