"""The budget of one vendor credential in this process: every request waits for its turn, or is not sent (S3.12)."""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from math import inf
from random import Random
from typing import Protocol

import httpx

from holdline.clients.errors import retry_after
from holdline.clients.share import Limit, Share
from holdline.clients.standing import Standing, Window
from holdline.ports import Throttled

JITTER = 0.1
"""The part of a vendor's wish that is added to it at most, so that processes do not come back together."""
_DELAYED = "x-ratelimit-delay"
"""The header with which Azure DevOps says that it has slowed an answer down."""
_FIRST, _LAST = 1.0, 60.0
"""Seconds to hold back after a 429 that names no time, doubled up to the last one."""


class Rank(IntEnum):
    """How many seconds of waiting a kind of request gives way to others: nobody is overtaken for ever."""

    LOOK = -60
    CHANGE = -8
    READING = 0
    ROUTINE = 4


def _always() -> None:
    """Nothing is in the way."""


@dataclass(frozen=True)
class Turn:
    """How urgent a request is, and the instants of the loop's clock between which it may start.

    `since` is when its attempt began: of two attempts the older one is finished first, or storms would finish none.
    `ready` is called when the turn has come, and raises where the request must not be sent any more.
    """

    rank: Rank
    since: float = 0.0
    by: float = inf
    ready: Callable[[], None] = _always


class Gauge(Protocol):
    """Where the figures go."""

    def waited(self, vendor: str, patience: timedelta) -> None:
        """A request waited so long for its turn."""

    def throttled(self, vendor: str) -> None:
        """The vendor answered 429."""

    def refused(self, vendor: str) -> None:
        """A request was not sent, because its turn would have come too late."""


class Silent:
    """Figures that nobody wants."""

    def waited(self, vendor: str, patience: timedelta) -> None:
        """Not kept."""

    def throttled(self, vendor: str) -> None:
        """Not kept."""

    def refused(self, vendor: str) -> None:
        """Not kept."""


@dataclass(order=True)
class _Waiter:
    due: float
    number: int
    rank: Rank = field(compare=False)
    granted: asyncio.Future[None] = field(compare=False)
    begun: bool = field(default=False, compare=False)


class Budget:
    """Bounds the requests of one credential, obeys its vendor's rate headers and 429, counts the 429s it met."""

    def __init__(
        self, vendor: str, limit: Limit, workers: int = 1, gauge: Gauge | None = None, dice: Random | None = None
    ) -> None:
        self.vendor = vendor
        self.throttlings = 0
        self.workers = workers
        self._gauge = gauge or Silent()
        self._dice = dice or Random()  # noqa: S311 - spreads load, hides nothing
        self._share = Share(limit, workers)
        self._window = Window()
        self._sent = 0
        self._last = 0.0
        self._held = 0.0
        self._streak = 0
        self._waiting: list[_Waiter] = []
        self._numbers = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None

    def divide(self, workers: int) -> None:
        """Share the budget with so many processes from now on."""
        self.workers = workers
        self._share.divide(workers, self._window.allowed, asyncio.get_running_loop().time())

    async def admit(self, turn: Turn) -> None:
        """Return when the request may start. Raises Throttled where that would be too late; nothing is sent then."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        waiter = _Waiter(turn.since + turn.rank, next(self._numbers), turn.rank, loop.create_future())
        latest = max(turn.by, began)
        if self._expected(waiter, began) > latest:
            raise self._refused(waiter, began)
        heapq.heappush(self._waiting, waiter)
        self._serve()
        try:
            async with asyncio.timeout_at(None if latest == inf else latest):
                await waiter.granted
                waiter.begun = True
        except TimeoutError:
            raise self._refused(waiter, loop.time()) from None
        finally:
            self._leave(waiter)
        self._gauge.waited(self.vendor, timedelta(seconds=loop.time() - began))

    def _leave(self, waiter: _Waiter) -> None:
        """Who gives up in the very moment in which a turn is granted gives it back: nobody else would."""
        if not waiter.begun and not waiter.granted.cancel():
            self.give()

    def give(self) -> None:
        """A request that was admitted has been answered, or has failed."""
        self._share.give(asyncio.get_running_loop().time())
        self._serve()

    def learn(self, status: int, headers: Mapping[str, str]) -> None:
        """Take in what an answer says about the rate; Azure DevOps asks for a rest before it refuses."""
        now = asyncio.get_running_loop().time()
        standing = Standing.read(headers)
        if standing is not None:
            self._window.learn(standing, now, self._sent, self.workers)
            self._share.divide(self.workers, standing.allowed, now)
        if status == httpx.codes.TOO_MANY_REQUESTS:
            self._hold(headers, now)
        elif _DELAYED in headers and (wish := retry_after(httpx.Headers(dict(headers)), datetime.now(UTC))):
            self._rest(now + wish.total_seconds())
        elif now >= self._held:
            self._streak = 0

    def _hold(self, headers: Mapping[str, str], now: float) -> None:
        """Hold the credential back; of several 429s at once only the first one doubles the patience."""
        self.throttlings += 1
        self._gauge.throttled(self.vendor)
        wish = retry_after(httpx.Headers(dict(headers)), datetime.now(UTC))
        self._streak += now >= self._held
        seconds = min(_FIRST * 2 ** min(self._streak - 1, 10), _LAST) if wish is None else wish.total_seconds()
        self._rest(now + seconds * (1 + JITTER * self._dice.random()))

    def _rest(self, until: float) -> None:
        self._held = max(self._held, until)
        self._share.drain(self._held)
        self._serve()

    def _next(self, rank: Rank, now: float) -> float:
        """When the next request of this rank may start."""
        free = self._share.free(now, first=rank is Rank.LOOK)
        return max(self._held, free, min(self._last + self._pause(now), self._window.ends))

    def _pause(self, now: float) -> float:
        def wanted(seconds: float) -> float:
            return self._share.within(seconds, now)

        return self._window.pause(now, self._sent, self.workers, wanted)

    def _expected(self, waiter: _Waiter, now: float) -> float:
        """When its turn comes, as far as the pace tells; an answer that is awaited is expected at once."""
        ahead = sum(each < waiter and not each.granted.done() for each in self._waiting)
        at = self._next(waiter.rank, now)
        beyond = max(0.0, ahead - self._share.within(0, now)) if at <= now else ahead
        pause = min(self._pause(now), max(0.0, self._window.ends - now))
        return (now if at == inf else at) + beyond * max(self._share.interval, pause)

    def _serve(self) -> None:
        """Grant what may start now, and come back for the rest."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        loop = asyncio.get_running_loop()
        while self._waiting:
            if self._waiting[0].granted.done():
                heapq.heappop(self._waiting)
                continue
            now = loop.time()
            at = self._next(self._waiting[0].rank, now)
            if at > now:
                self._alarm = None if at == inf else loop.call_at(at, self._serve)
                return
            self._grant(now)

    def _grant(self, now: float) -> None:
        self._share.take(now)
        self._last, self._sent = now, self._sent + 1
        heapq.heappop(self._waiting).granted.set_result(None)

    def _refused(self, waiter: _Waiter, now: float) -> Throttled:
        """Say until when; whoever comes back then finds a turn, because those who wait now have had theirs."""
        self._gauge.refused(self.vendor)
        at = self._expected(waiter, now)
        seconds = 1.0 if at == inf else max(1.0, at - now)
        wait = timedelta(seconds=seconds * (1 + JITTER * self._dice.random()))
        why = "asked us to hold back" if self._held > now else "our budget has no turn free"
        return Throttled(self.vendor, f"{why} for {wait.total_seconds():.0f}s; nothing was sent", wait)
