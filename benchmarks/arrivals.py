"""When each request reached a vendor, on the machine's monotonic clock."""

import asyncio
import time


class Arrivals:
    """The first arrival under every name (an X-Request-ID, or a trunk's id); whoever asks before it waits."""

    def __init__(self) -> None:
        self._moments: dict[str, asyncio.Future[float]] = {}

    def note(self, *names: str, at: float | None = None) -> None:
        """A request with these names is here, or was `at`."""
        now = time.perf_counter() if at is None else at
        for moment in map(self._moment, names):
            if not moment.done():
                moment.set_result(now)

    async def of(self, *names: str) -> float:
        """Wait until all of these have arrived; when the last one did, in seconds of `time.perf_counter`."""
        return max([await self._moment(name) for name in names])

    def forget(self) -> None:
        """Begin anew: the same trunks will fail again."""
        self._moments.clear()

    def _moment(self, name: str) -> asyncio.Future[float]:
        if name not in self._moments:
            self._moments[name] = asyncio.get_running_loop().create_future()
        return self._moments[name]
