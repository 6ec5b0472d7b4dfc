"""Polling: one look at everything of a source, reduced to what the detector does not know yet."""

from temporalio import activity

from activities.failures import vendor_failures
from holdline.domain.sweep import News, news
from holdline.ports import Sweeps, Wanted


class Polling:
    """Polls by one vendor's bulk calls."""

    def __init__(self, sweeps: Sweeps) -> None:
        self._sweeps = sweeps

    @activity.defn(name="poll")
    async def poll(self, wanted: Wanted) -> News:
        """Look at everything that is due and return what has changed."""
        with vendor_failures():
            return news(await self._sweeps.sweep(wanted), wanted.known)
