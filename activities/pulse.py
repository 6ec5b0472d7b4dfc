"""The pulse of a change under way: Temporal hears that its worker lives, and nothing is sent once it may doubt it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio import activity
from temporalio.client import AsyncActivityCancelledError, AsyncActivityHandle
from temporalio.service import RPCError, RPCStatusCode

_BEATS: Final = 5
"""How often it beats within the silence after which Temporal gives the worker up."""


class Pulse:
    """Until when Temporal takes the worker for alive: `silence` after the last beat that it has answered.

    Without a limit of silence, as an older release has ordered it, that is for ever.
    """

    def __init__(self, since: datetime, silence: timedelta | None) -> None:
        self._silence = silence
        self.until = None if silence is None else since + silence

    async def beat(self, handle: AsyncActivityHandle) -> None:
        """Go on beating until cancelled.

        Temporal is asked itself: the worker's own heartbeats tell nobody whether they have arrived, and would break off
        a change in the middle of a request where the incident does not want it any more.
        """
        while self._silence is not None and self.until is not None:
            await asyncio.sleep((self._silence / _BEATS).total_seconds())
            at = datetime.now(UTC)
            try:
                await handle.heartbeat(rpc_timeout=self._silence / _BEATS)
            except AsyncActivityCancelledError:
                self.until = at + self._silence
            except RPCError as error:
                # It is somebody else's by now. A server that does not answer may have heard it all the same.
                if error.status is RPCStatusCode.NOT_FOUND:
                    self.until = at
                    return
            else:
                self.until = at + self._silence


@asynccontextmanager
async def pulse() -> AsyncIterator[Pulse]:
    """Beat while the activity is at work in here."""
    info = activity.info()
    found = Pulse(info.started_time, info.heartbeat_timeout)
    handle = activity.client().get_async_activity_handle(task_token=info.task_token)
    beating = asyncio.create_task(found.beat(handle))
    try:
        yield found
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
