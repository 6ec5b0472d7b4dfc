"""What is known about one request and its answer, however it ended."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

import httpx

from holdline.ports import VendorError

Judge = Callable[["Exchange", str], VendorError | None]
"""What a vendor's own codes mean: the error of an answered exchange, given the vendor's cleaned words, or None.

It is asked before the general rules, which hold wherever it returns None.
"""


class Intent(StrEnum):
    """Whether a lost answer leaves something behind: a read may be repeated, a write may have happened."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One request. `route` is the path with its placeholders, `parts` fill them; `expect` is the documented status,
    and `also` are others of a success.

    `hide` are the values that the vendor's words must not repeat; `grants` marks a request for a token, where a 400
    refuses the credential. `empty` is an order that is answered without a body: what it did must be read back. `raw` is
    a body that is sent byte for byte, because it is signed. What may hold a secret or a number is not shown.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    route: str
    parts: Mapping[str, str] = field(default_factory=dict)
    expect: int = 200
    also: tuple[int, ...] = ()
    grants: bool = False
    empty: bool = False
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Mapping[str, Any] | Sequence[Any] | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    raw: bytes | None = field(default=None, repr=False)
    hide: tuple[str, ...] = field(default=(), repr=False)


@dataclass(kw_only=True)
class Exchange:
    """A request under way, filled in as it proceeds.

    `sent` turns true with the first byte of the request, so false proves that the vendor processed nothing.
    """

    vendor: str
    host: str
    credential: str
    intent: Intent
    ask: Ask
    sent: bool = False
    token: str = field(default="", repr=False)
    status: int | None = None
    headers: httpx.Headers = field(default_factory=httpx.Headers, repr=False)
    body: bytes = field(default=b"", repr=False)
    fault: Exception | None = field(default=None, repr=False)
    judge: Judge | None = field(default=None, repr=False)

    async def trace(self, event: str, info: dict[str, Any]) -> None:
        """Follow httpcore: a request starts with its headers; one answered 401 was not processed."""
        if event.endswith(".send_request_headers.started"):
            self.sent = True
        elif event.endswith(".receive_response_headers.complete"):
            self.sent = info["return_value"][1] != httpx.codes.UNAUTHORIZED
