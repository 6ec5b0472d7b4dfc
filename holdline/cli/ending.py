"""The end of a process that runs others: the first signal asks for it, the second one does not wait."""

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, Final

# What ends a process may signal its group as well; that is one wish, not two.
_ONE_SIGNAL: Final = timedelta(milliseconds=500)
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ending:
    """Whether somebody has asked this process to end."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._asked_at = 0.0
        self._hurry: Callable[[], None] | None = None
        for each in _SIGNALS:
            asyncio.get_running_loop().add_signal_handler(each, self.ask)

    def ask(self) -> None:
        """End; asked again after a moment, without waiting for anybody."""
        now = time.monotonic()
        if self._asked.is_set() and self._hurry is not None and now - self._asked_at > _ONE_SIGNAL.total_seconds():
            self._hurry()
        elif not self._asked.is_set():
            self._asked_at = now
            self._asked.set()

    def hurried_by(self, hurry: Callable[[], None]) -> None:
        """Name what ends everything at once when the signal comes a second time."""
        self._hurry = hurry

    @property
    def asked(self) -> bool:
        """Whether it has been asked for."""
        return self._asked.is_set()

    async def wait(self) -> None:
        """Wait until it is asked for."""
        await self._asked.wait()

    async def unless(self, work: Coroutine[Any, Any, None]) -> bool:
        """Do the work unless the end is asked for before it is done; say whether it was done."""
        working, asked = asyncio.create_task(work), asyncio.create_task(self._asked.wait())
        try:
            await asyncio.wait([working, asked], return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()
            if not working.done():
                working.cancel()
            await asyncio.gather(asked, working, return_exceptions=True)
        if working.cancelled():
            return False
        working.result()
        return True
