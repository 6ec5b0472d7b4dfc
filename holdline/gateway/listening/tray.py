"""The tray between a socket and the clerk: what was heard is kept, however long the disk is full."""

import asyncio
import logging
from datetime import timedelta
from typing import Final

from holdline.gateway.answers import UNAVAILABLE
from holdline.gateway.authentic import Verified
from holdline.gateway.clerk import Clerk
from holdline.gateway.entrance import Entrance, Keys, told
from holdline.gateway.fresh import Fresh
from holdline.gateway.listening.echoes import Echoes
from holdline.gateway.listening.messages import Heard, reader
from holdline.gateway.reading import Source
from holdline.gateway.topics.topic import Rules

# The socket itself is the proof: we opened it, with a token of ours.
_OURS: Final = Verified(0)
_ROOM: Final = 256
_FULL: Final = timedelta(seconds=1)
_LAST: Final = timedelta(seconds=2)
_log = logging.getLogger(__name__)


class Tray:
    """Hands messages to the clerk in their order, many at once, so that a burst shares its commits.

    Nobody sends a message of a channel again: one that cannot be kept waits, and when too many wait the socket is read
    no further.
    """

    def __init__(self, clerk: Clerk, rules: Rules, echoes: Echoes) -> None:
        self._clerk = clerk
        self._rules = rules
        self._echoes = echoes
        self._keys = Fresh(lambda: Keys((), frozenset()))
        self._room = asyncio.Semaphore(_ROOM)
        self._waiting: set[asyncio.Task[None]] = set()

    async def put(self, heard: Heard) -> None:
        """Take a message; returns when there is room for it."""
        await self._room.acquire()
        task = asyncio.create_task(self._keep(heard))
        self._waiting.add(task)
        task.add_done_callback(self._kept)

    async def close(self) -> None:
        """Let what waits be kept; what cannot be is lost with the process."""
        if self._waiting:
            _, left = await asyncio.wait(self._waiting, timeout=_LAST.total_seconds())
            for task in left:
                task.cancel()
            if left:
                _log.error("%d Genesys notifications could not be kept before the end.", len(left))

    def _kept(self, task: asyncio.Task[None]) -> None:
        self._waiting.discard(task)
        self._room.release()
        broken = None if task.cancelled() else task.exception()
        if broken is not None:
            _log.error("A Genesys notification was lost. This is a mistake in Holdline.", exc_info=broken)

    async def _keep(self, heard: Heard) -> None:
        read = reader(heard, self._rules, self._echoes)
        entrance = Entrance("", Source.NOTIFICATIONS, self._keys, lambda *_: _OURS, read, told, ())
        while True:
            if await self._clerk.take(entrance, heard.delivery()) is not UNAVAILABLE:
                return
            await asyncio.sleep(_FULL.total_seconds())
