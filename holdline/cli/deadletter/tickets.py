"""The tickets that their system was not told, asked for at their keepers in Temporal."""

import json
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Final, TypeVar

from temporalio.client import (
    Client,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from holdline import keeper
from holdline.cli import session
from holdline.cli.deadletter.letters import Letter
from holdline.cli.exits import Exit, Stop
from holdline.domain.ticket_messages import DROP, REPLAY, Order, Standing
from holdline.domain.ticket_messages import Letter as Kept
from holdline.settings import Settings

Answer = TypeVar("Answer")

_NO_WORKER: Final = "No worker answers for the tickets; `holdline worker` starts one."
_SILENT = (RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)


class Tickets:
    """The keepers of tickets. What they could not tell is told again by itself where only the network failed."""

    prefix = "ticket/"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def all(self) -> list[Letter]:
        """Every one that waits, for the network or for a human."""
        client = await session.connected(self._settings)
        return [_letter(each) for each in await _asked(keeper.letters(client))]

    async def one(self, id: str) -> Letter:
        """One, with everything that its ticket is to say."""
        return _letter(await self._kept(await session.connected(self._settings), id))

    async def replay(self, id: str, by: str) -> str:
        """Have it delivered now, or looked for a second one."""
        return await self._tell(id, REPLAY, by)

    async def drop(self, id: str, by: str) -> str:
        """Give it up: nothing is written for that episode any more, or nobody looks for a second ticket."""
        return await self._tell(id, DROP, by)

    async def _kept(self, client: Client, id: str) -> Kept:
        found = await _asked(keeper.letter(client, id))
        if found.standing is not Standing.DEAD_LETTER:
            raise Stop(Exit.NOT_FOUND, f"{id} is no dead letter: its ticket is {found.standing}.")
        return found

    async def _tell(self, id: str, verb: str, by: str) -> str:
        if not by:
            raise Stop(Exit.USAGE, "Say who you are with --by NAME or in HOLDLINE_OPERATOR.")
        client = await session.connected(self._settings)
        await self._kept(client, id)
        reply = await _asked(keeper.tell(client, id, verb, Order(by=by)))
        if not reply.changed:
            raise Stop(Exit.CONFLICT, f"{id}: {reply.text}")
        return f"{id}: {reply.text}"


async def _asked(question: Awaitable[Answer]) -> Answer:
    try:
        return await question
    except (WorkflowQueryFailedError, WorkflowUpdateRPCTimeoutOrCancelledError):
        raise Stop(Exit.TIMED_OUT, _NO_WORKER) from None
    except WorkflowUpdateFailedError as error:
        cause = error.cause
        raise Stop(Exit.REFUSED, cause.message if isinstance(cause, ApplicationError) else "it was refused") from None
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise Stop(Exit.NOT_FOUND, "There is no such dead letter; it may have been delivered or dropped.") from None
        if error.status in _SILENT:
            raise Stop(Exit.TIMED_OUT, _NO_WORKER) from None
        raise


def _letter(kept: Kept) -> Letter:
    said = {"incident": kept.incident, "record": kept.record.name if kept.record else None}
    body = json.dumps({**said, "facts": kept.facts, "notes": kept.notes}, ensure_ascii=False)
    return Letter(
        id=kept.id,
        source=kept.system or "unknown",
        about=kept.incident,
        kind=str(kept.failing or ""),
        reason=_why(kept),
        at=kept.failed_at or datetime.now(UTC),
        body=body,
    )


def _why(kept: Kept) -> str:
    if kept.failing is None:
        return f"{kept.reason}; does a `holdline worker` run?"
    again = f"again at {kept.try_at:%H:%M:%S} UTC" if kept.try_at else "it waits for `holdline deadletter replay`"
    return f"{kept.failing}: {kept.reason}; {again}"
