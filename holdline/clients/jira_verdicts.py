"""What a refusal of Jira means: the fields that it names tell content from setting up."""

from typing import Final

from pydantic import BaseModel, ValidationError

from holdline.clients.exchange import Exchange
from holdline.clients.ticketing import misconfigured, refused
from holdline.ports import Rejected, VendorError

_SET_UP: Final = frozenset({"project", "issuetype"})


class _Refusal(BaseModel):
    errors: dict[str, str] = {}


def judge(exchange: Exchange, said: str) -> VendorError | None:
    """A wrong project or type is not mended by saying less; an issue that is gone says nothing of the project."""
    if exchange.status == 400 and _fields(exchange.body) & _SET_UP:
        return misconfigured(exchange, said)
    if exchange.status == 404 and "issueId" in exchange.ask.parts:
        return Rejected(exchange.vendor, f"the issue is gone, or may not be seen (404{said})")
    return refused(exchange, said)


def _fields(body: bytes) -> frozenset[str]:
    """The fields that a refusal names."""
    try:
        return frozenset(_Refusal.model_validate_json(body).errors)
    except ValidationError:
        return frozenset()
