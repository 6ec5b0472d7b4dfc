"""After a gap the detectors are asked to look at once: what was told meanwhile is lost for ever (S3.1)."""

import asyncio
from datetime import timedelta
from typing import Final

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from holdline.domain.detection import Source
from holdline.domain.watching import POLL, detector_id

DETECTORS: Final = tuple(detector_id(source) for source in Source)
_PATIENCE: Final = timedelta(seconds=2)


class Reconciliation:
    """Asks each detector once for a gap; while Temporal is away it asks again, and a new gap joins the one before."""

    def __init__(self, client: Client, pause: timedelta) -> None:
        self._client = client
        self._pause = pause
        self._wanted = asyncio.Event()

    def ask(self) -> None:
        """There was a gap."""
        self._wanted.set()

    async def run(self) -> None:
        """Ask for ever."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            await self._reach(DETECTORS)

    async def _reach(self, detectors: tuple[str, ...]) -> None:
        while True:
            detectors = tuple([each for each in detectors if not await self._asked(each)])
            if not detectors:
                return
            await asyncio.sleep(self._pause.total_seconds())

    async def _asked(self, detector: str) -> bool:
        """Whether that is done; a detector that does not run has nothing to look at."""
        handle = self._client.get_workflow_handle(detector)
        try:
            async with asyncio.timeout(1.5 * _PATIENCE.total_seconds()):
                await handle.signal(POLL, rpc_timeout=_PATIENCE)
        except RPCError as error:
            return error.status is RPCStatusCode.NOT_FOUND
        except (RuntimeError, TimeoutError):
            # The bridge's word for a connection that cannot be made; and a server that is frozen.
            return False
        return True
