"""An ear: a listener at work beside the doors, feeding the clerk as they do."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from temporalio.client import Client
from temporalio.common import MetricMeter

from holdline.gateway.clerk import Clerk
from holdline.gateway.listening.echoes import Echoes
from holdline.gateway.listening.listener import Listener
from holdline.gateway.listening.patience import Patience
from holdline.gateway.listening.reconciliation import Reconciliation
from holdline.gateway.listening.standing import Standing
from holdline.gateway.listening.tray import Tray
from holdline.gateway.topics.topic import Rules
from holdline.ports import Channels

_AWAY: Final = timedelta(seconds=5)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ear:
    """What to listen to: the vendor's channels, the topics, and how long to wait for what."""

    channels: Channels
    topics: tuple[str, ...]
    patience: Patience = field(default_factory=Patience)


class Hearing:
    """An ear at work: what it has heard by several ways, and where it stands."""

    def __init__(self, ear: Ear, client: Client, clock: Callable[[], datetime], meter: MetricMeter) -> None:
        self._ear = ear
        self._clock = clock
        self._reconciliation = Reconciliation(client, _AWAY)
        self.echoes = Echoes()
        self.standing = Standing(clock, meter)

    @asynccontextmanager
    async def listening(self, clerk: Clerk, rules: Rules) -> AsyncIterator[None]:
        """Listen until the block ends."""
        ear, tray = self._ear, Tray(clerk, rules, self.echoes)
        gap = self._reconciliation.ask
        listener = Listener(ear.channels, ear.topics, ear.patience, tray.put, self.standing, gap, self._clock)
        tasks = [asyncio.create_task(each.run()) for each in (listener, self._reconciliation)]
        for task in tasks:
            task.add_done_callback(lambda done: _stopped(done, self.standing))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await tray.close()


def _stopped(task: asyncio.Task[None], standing: Standing) -> None:
    broken = None if task.cancelled() else task.exception()
    if broken is not None:
        _log.error("Genesys notifications have stopped. This is a mistake in Holdline.", exc_info=broken)
        standing.lost("a mistake of ours stopped it")
