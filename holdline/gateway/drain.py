"""The drain: what the journal holds goes to Temporal, in order for each lane, whatever happens in between (S3.3)."""

import asyncio
import heapq
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final

from holdline.gateway.backlog import Backlog
from holdline.gateway.batch import bound, news
from holdline.gateway.counters import Counters
from holdline.gateway.dispatch import Dispatch, Ended, NotYet
from holdline.gateway.journal import JournalUnavailable
from holdline.gateway.pace import NEVER, News, Pace, Rhythm
from holdline.gateway.spans import delivering
from holdline.intake import NotTaken

_AT_ONCE: Final = 8
_PAGE: Final = 100
# After so many failures in a row, of whatever lanes, one lane at a time finds out whether Temporal is back.
_OUTAGE: Final = 8
_IDLE: Final = 30.0
_PROBE: Final = 0.25
_INCIDENT: Final = "incident/"
_log = logging.getLogger(__name__)


class Drain:
    """One task that starts deliveries when their lane is due, at most eight at once, never two of one lane."""

    def __init__(
        self,
        backlog: Backlog,
        dispatch: Dispatch,
        rhythm: Rhythm,
        counters: Counters,
        clock: Callable[[], datetime],
    ) -> None:
        self._backlog = backlog
        self._dispatch = dispatch
        self._rhythm = rhythm
        self._counters = counters
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._paces: dict[str, Pace] = {}
        self._due: list[tuple[float, str]] = []
        self._wake = asyncio.Event()
        self._deliveries: set[asyncio.Task[None]] = set()
        self._failures = 0
        self._not_before = 0.0
        self._swept_at = 0.0

    def notice(self, lane: str, said: News | None) -> None:
        """An event of the lane is in the journal; None where it should not wait for others."""
        pace = self._paces.get(lane)
        if pace is None:
            pace = self._paces[lane] = Pace(self._rhythm)
        before = pace.due
        pace.hear(said, self._loop.time())
        if pace.due < before:
            self._plan(lane, pace)

    async def run(self) -> None:
        """Deliver for ever; what a former process left behind first."""
        for lane in self._backlog.lanes():
            self.notice(lane, None)
        while True:
            self._start_due()
            await self._rest()

    async def stop(self) -> None:
        """Let the deliveries under way end; the rest stays in the journal."""
        if self._deliveries:
            await asyncio.wait(self._deliveries)

    @property
    def in_outage(self) -> bool:
        """Whether Temporal seems not to answer anybody."""
        return self._failures >= _OUTAGE

    def _plan(self, lane: str, pace: Pace) -> None:
        heapq.heappush(self._due, (pace.due, lane))
        self._wake.set()

    def _start_due(self) -> None:
        while self._due and self._due[0][0] <= self._loop.time() and self._may_start():
            due, lane = heapq.heappop(self._due)
            pace = self._paces.get(lane)
            if pace is not None and not pace.busy and pace.due == due:
                pace.busy = True
                task = self._loop.create_task(self._deliver(lane, pace), name=lane)
                self._deliveries.add(task)
                task.add_done_callback(self._delivered)

    def _may_start(self) -> bool:
        if self.in_outage:
            return not self._deliveries and self._loop.time() >= self._not_before
        return len(self._deliveries) < _AT_ONCE

    def _delivered(self, task: asyncio.Task[None]) -> None:
        self._deliveries.discard(task)
        self._wake.set()
        broken = None if task.cancelled() else task.exception()
        if broken is not None:
            # A mistake of ours in one lane must not stop the others.
            _log.error("A delivery to %s broke off; it is tried again.", task.get_name(), exc_info=broken)
            pace = self._paces[task.get_name()]
            pace.failed(self._loop.time())
            self._plan(task.get_name(), pace)

    async def _rest(self) -> None:
        """Sleep until a lane is due, or until something happens."""
        now = self._loop.time()
        until = _IDLE
        if self._due and len(self._deliveries) < (1 if self.in_outage else _AT_ONCE):
            until = max(self._due[0][0], self._not_before if self.in_outage else 0.0) - now
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, min(until, _IDLE))):
                await self._wake.wait()
        self._wake.clear()
        self._sweep()

    def _sweep(self) -> None:
        """Forget lanes that have been silent for long."""
        now = self._loop.time()
        if now - self._swept_at > _IDLE:
            self._swept_at = now
            self._paces = {lane: pace for lane, pace in self._paces.items() if not pace.forgettable(now)}

    async def _deliver(self, lane: str, pace: Pace) -> None:
        try:
            if lane.startswith(_INCIDENT):
                await self._observations(lane, pace)
            else:
                await self._answers(lane, pace)
            self._succeeded()
        except (NotTaken, NotYet, JournalUnavailable) as error:
            self._failed(pace, error)
        if pace.due != NEVER:
            self._plan(lane, pace)

    async def _observations(self, lane: str, pace: Pace) -> None:
        found = await bound(self._backlog, lane)
        if found is None:
            pace.idle(self._loop.time())
            return
        batch = found.batch
        with delivering("events", batch.trace):
            ended = await self._dispatch.observed(batch)
        await self._backlog.settle_batch(batch, ended.state, ended.result, self._clock())
        self._count(ended, batch.events)
        pace.sent(news(batch.message), self._loop.time())
        if found.more:
            pace.hear(None, self._loop.time())

    async def _answers(self, lane: str, pace: Pace) -> None:
        """One by one: each is a person's word."""
        page = self._backlog.waiting(lane, _PAGE)
        for waiting in page:
            with delivering("answer", waiting.trace):
                ended = await self._dispatch.answered(waiting, self._clock())
            await self._backlog.settle(waiting.seq, ended.state, ended.result)
            self._count(ended, 1)
        pace.sent(None, self._loop.time())
        if len(page) == _PAGE:
            pace.hear(None, self._loop.time())

    def _count(self, ended: Ended, events: int) -> None:
        self._counters.add("drain", ended.state.value, "", events)

    def _succeeded(self) -> None:
        if self.in_outage:
            _log.info("Temporal answers again; what waited is delivered now.")
            for lane, pace in self._paces.items():
                if not pace.busy and pace.due != NEVER:
                    pace.due = self._loop.time()
                    self._plan(lane, pace)
        self._failures = 0

    def _failed(self, pace: Pace, error: NotTaken | NotYet | JournalUnavailable) -> None:
        self._counters.add("drain", "failed", type(error).__name__)
        pace.failed(self._loop.time())
        if isinstance(error, NotTaken) and not error.reached:
            self._failures += 1
            self._not_before = self._loop.time() + _PROBE
            if self._failures == _OUTAGE:
                _log.warning("%s; events are accepted and wait in the journal.", error)
        elif isinstance(error, NotTaken):
            _log.warning("%s; the event waits in the journal.", error)
