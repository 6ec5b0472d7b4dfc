"""What goes wrong in a conversation, by order: a reply, a connection that is lost, a silence."""

import asyncio
import contextlib
from enum import StrEnum
from typing import Any

from pydantic import Field

from holdline.simulators.settings import Frozen


class Stage(StrEnum):
    """Where in the conversation it happens. `DOT` is before the message is taken, `TAKEN` after that."""

    GREETING = "greeting"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"
    TAKEN = "taken"


class Mishap(Frozen):
    """`POST /_sim/mishaps`: at a stage the server replies `code`, or is silent for `seconds`, or is gone.

    `code` 0 tears the connection off. With `recipient` only that one is refused, which is a partial refusal where there
    are others. `times` None: until removed.
    """

    stage: Stage
    code: int = Field(0, ge=0, le=599)
    text: str = "ordered by the sandbox"
    seconds: float = Field(0, ge=0)
    recipient: str | None = None
    times: int | None = Field(1, ge=1)


class Mishaps:
    """The orders in force, oldest first; each stage takes at most one."""

    def __init__(self) -> None:
        self._orders: list[Mishap] = []
        self._release = asyncio.Event()

    def add(self, mishap: Mishap) -> None:
        """Put an order in force."""
        self._orders.append(mishap)

    def take(self, stage: Stage, recipient: str | None = None) -> Mishap | None:
        """The mishap that this stage gets, used up by one."""
        for index, each in enumerate(self._orders):
            if each.stage is stage and each.recipient in (None, recipient):
                self._use(index, each)
                return each
        return None

    def _use(self, index: int, mishap: Mishap) -> None:
        if mishap.times == 1:
            del self._orders[index]
        elif mishap.times is not None:
            self._orders[index] = mishap.model_copy(update={"times": mishap.times - 1})

    async def pause(self, mishap: Mishap) -> None:
        """Be silent as long as it says, but no longer than until the orders are withdrawn."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._release.wait(), mishap.seconds)

    def listed(self) -> list[dict[str, Any]]:
        """The orders that remain."""
        return [each.model_dump(mode="json") for each in self._orders]

    def clear(self) -> int:
        """Withdraw every order and end every silence; says how many orders there were."""
        count = len(self._orders)
        self._orders.clear()
        self._release.set()
        self._release = asyncio.Event()
        return count
