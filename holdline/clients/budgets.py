"""The budgets of a process: one for each credential, whoever uses it."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import httpx

from holdline.clients.budget import Budget, Gauge, Rank, Turn
from holdline.clients.share import Limit

TURN = "holdline.turn"
"""The request extension that carries the turn a request waits for."""


class Budgets:
    """Knows the limits by vendor and makes the budget of a credential when somebody first asks for it.

    A vendor without a limit has no budget: its requests do not wait. Each of `workers` processes takes an equal part.
    """

    def __init__(
        self, limits: Mapping[str, Limit] = MappingProxyType({}), workers: int = 1, gauge: Gauge | None = None
    ) -> None:
        self._limits = limits
        self._workers = workers
        self._gauge = gauge
        self._budgets: dict[tuple[str, str], Budget] = {}

    def of(self, vendor: str, credential: str) -> Budget | None:
        """The budget of a credential of a vendor."""
        limit = self._limits.get(vendor)
        if limit is None:
            return None
        key = (vendor, credential)
        if key not in self._budgets:
            self._budgets[key] = Budget(vendor, limit, self._workers, self._gauge)
        return self._budgets[key]

    def divide(self, workers: Mapping[str, int]) -> None:
        """Share the vendors' budgets with so many processes from now on; inside the running loop."""
        for (vendor, _), budget in self._budgets.items():
            if vendor in workers:
                budget.divide(workers[vendor])

    def __iter__(self) -> Iterator[Budget]:
        """The budgets that somebody has asked for."""
        return iter(self._budgets.values())


class Paced(httpx.AsyncBaseTransport):
    """Lets each request wait for its turn, a repeat after a renewed token too, and hears what the answer says."""

    def __init__(self, inner: httpx.AsyncBaseTransport, budget: Budget) -> None:
        self._inner = inner
        self._budget = budget

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send when it is its turn. Raises Throttled where that would be too late, and what `ready` raises."""
        turn = request.extensions.get(TURN, Turn(Rank.READING))
        await self._budget.admit(turn)
        try:
            turn.ready()
            response = await self._inner.handle_async_request(request)
        finally:
            self._budget.give()
        self._budget.learn(response.status_code, response.headers)
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()
