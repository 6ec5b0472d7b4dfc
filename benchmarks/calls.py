"""What the floor's workflow calls: activities that return at once; the first may ask a vendor something."""

import httpx
from temporalio import activity

from benchmarks import bare
from benchmarks.arrivals import Arrivals


class Calls:
    """The floor's activities. With `vendor` the first one is a bare request on a connection that is kept open."""

    def __init__(self, arrivals: Arrivals, vendor: httpx.AsyncClient | None = None) -> None:
        self._arrivals = arrivals
        self._vendor = vendor

    @activity.defn(name=bare.FIRST)
    async def first(self, name: str) -> str:
        """Be here, and perhaps at the vendor."""
        self._arrivals.note(f"{name}:activity")
        if self._vendor is not None:
            await self._vendor.get("/", headers={"X-Request-ID": name})
        return name

    @activity.defn(name=bare.NEXT)
    async def next(self, name: str) -> str:
        """Return at once."""
        return name
