"""The misbehaviour that an operator or a test orders from a simulator."""

import asyncio
import contextlib
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class FaultKind(StrEnum):
    """What goes wrong."""

    LATENCY = "latency"
    STATUS = "status"
    RESET = "reset"
    HANG = "hang"
    DRIP = "drip"
    TRUNCATE = "truncate"
    HTML = "html"
    LYING_200 = "lying_200"
    TOKEN_REVOKED = "token_revoked"


class When(StrEnum):
    """Whether the request is lost unprocessed, or processed and committed before the answer is spoilt."""

    BEFORE = "before"
    AFTER = "after"


class Match(BaseModel):
    """Which requests a fault hits: an HTTP method (None: any) and a path prefix or glob."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: str | None = None
    path: str = Field("/", pattern=r"^[/*]")

    def hits(self, method: str, path: str) -> bool:
        """Whether a request is meant."""
        if self.method not in (None, "*") and str(self.method).upper() != method:
            return False
        if any(mark in self.path for mark in "*?["):
            return fnmatchcase(path, self.path)
        return path.startswith(self.path)


DEFAULT_SECONDS = {FaultKind.LATENCY: 1.0, FaultKind.HANG: 60.0, FaultKind.DRIP: 0.05}


class Fault(BaseModel):
    """One order: what goes wrong, for which requests, when, and how often (`times` None: until removed).

    `seconds` is the delay of `latency`, the patience of `hang`, and the pause of `drip` between two bytes.
    `status` is the code of `status`, and of the unprocessed answer that `drip` and `truncate` spoil. `retry_after` in
    seconds is told in the vendor's words; a text is that header as it stands, such as a date.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FaultKind
    match: Match = Match()
    when: When = When.BEFORE
    times: int | None = Field(1, ge=1)
    status: int = Field(503, ge=200, le=599)
    retry_after: Annotated[int, Field(ge=0)] | Annotated[str, Field(pattern=r"^[ -~]{1,100}$")] | None = None
    seconds: float | None = Field(None, ge=0)

    def wait(self) -> float:
        """Seconds to wait where this kind waits."""
        return DEFAULT_SECONDS.get(self.kind, 0.0) if self.seconds is None else self.seconds


@dataclass(frozen=True)
class Hit:
    """A fault that a request was given; `release` is set when the faults are cleared."""

    fault: Fault
    release: asyncio.Event

    async def pause(self) -> None:
        """Wait as long as the fault says, but no longer than until the faults are cleared."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.release.wait(), self.fault.wait())


class Faults:
    """The orders in force, oldest first; each request takes at most one."""

    def __init__(self, *, tokens: bool) -> None:
        self._tokens = tokens
        self._orders: list[Fault] = []
        self._release = asyncio.Event()

    def add(self, fault: Fault) -> Fault:
        """Put a fault in force. Raises ValueError where the vendor has no tokens to revoke."""
        if fault.kind is FaultKind.TOKEN_REVOKED and not self._tokens:
            raise ValueError("This vendor issues no tokens; token_revoked is for Genesys only.")
        self._orders.append(fault)
        return fault

    def take(self, method: str, path: str) -> Hit | None:
        """The fault that this request gets, used up by one."""
        for index, fault in enumerate(self._orders):
            if fault.match.hits(method, path):
                self._use(index, fault)
                return Hit(fault, self._release)
        return None

    def _use(self, index: int, fault: Fault) -> None:
        if fault.times == 1:
            del self._orders[index]
        elif fault.times is not None:
            self._orders[index] = fault.model_copy(update={"times": fault.times - 1})

    def listed(self) -> list[dict[str, Any]]:
        """The orders that remain, with the times that remain."""
        return [fault.model_dump(mode="json") for fault in self._orders]

    def clear(self) -> int:
        """Withdraw every order and let go of every connection held; says how many orders there were."""
        count = len(self._orders)
        self._orders.clear()
        self._release.set()
        self._release = asyncio.Event()
        return count
