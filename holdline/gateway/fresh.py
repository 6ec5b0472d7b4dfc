"""A value that may change under us, such as a secret: at most five seconds old when it is used (S1.10)."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final, Generic, TypeVar

T = TypeVar("T")
OLDEST: Final = timedelta(seconds=5)
_log = logging.getLogger(__name__)


class Fresh(Generic[T]):
    """Reads a value in a thread, because that may run a command, and keeps it for a few seconds.

    While it cannot be read the last one stays: refusing what is authentic would lose it. Only the first reading
    raises, so that a process does not start without its secrets.
    """

    def __init__(self, read: Callable[[], T], oldest: timedelta = OLDEST) -> None:
        self._read = read
        self._oldest = oldest.total_seconds()
        self._value: T = read()
        self._at = time.monotonic()
        self._reading: asyncio.Task[None] | None = None

    def now(self) -> T | None:
        """The value where it is fresh enough, else None: then await `renewed`. Needs a running event loop."""
        age = time.monotonic() - self._at
        if age > self._oldest / 2 and self._reading is None:
            self._reading = asyncio.create_task(self._renew())
        return self._value if age < self._oldest else None

    @property
    def latest(self) -> T:
        """The value as it was read last, however long ago."""
        return self._value

    async def renewed(self) -> T:
        """Wait for the reading that is under way, and return the value."""
        self._reading = self._reading or asyncio.create_task(self._renew())
        await asyncio.shield(self._reading)
        return self._value

    async def current(self) -> T:
        """The value, at most five seconds old."""
        value = self.now()
        return await self.renewed() if value is None else value

    async def _renew(self) -> None:
        try:
            self._value = await asyncio.to_thread(self._read)
        except (OSError, ValueError) as error:
            _log.warning("The last known value stays in use: %s", error)
        finally:
            self._at = time.monotonic()
            self._reading = None
