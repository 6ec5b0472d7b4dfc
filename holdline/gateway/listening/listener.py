"""The life of the notification channel: opened, heard, renewed, replaced before it ends, opened anew (S3.1)."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import assert_never

from holdline.domain.keys import request_id
from holdline.gateway.listening.messages import About, Heard, about
from holdline.gateway.listening.patience import Patience
from holdline.gateway.listening.standing import Standing
from holdline.ports import (
    Call,
    Channel,
    Channels,
    CredentialsRefused,
    Rejected,
    Socket,
    Throttled,
    Unavailable,
    VendorError,
)

Keep = Callable[[Heard], Awaitable[None]]
"""Takes an event to be kept; returns when there is room for the next one."""


@dataclass(eq=False)
class Line:
    """A channel with its open socket; the instants are in seconds on the event loop's clock."""

    channel: Channel
    socket: Socket
    closing: AsyncExitStack
    opened_at: float
    heard_at: float
    renew_at: float
    asked: bool = False
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def hears(self, now: float) -> None:
        """Something was heard: it is not stalled."""
        self.heard_at, self.asked = now, False

    async def close(self) -> None:
        """Let go of the socket."""
        await self.closing.aclose()


class Listener:
    """Keeps one channel open for ever. `gap` is told each time that something may have been missed."""

    def __init__(
        self,
        channels: Channels,
        topics: tuple[str, ...],
        patience: Patience,
        keep: Keep,
        standing: Standing,
        gap: Callable[[], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._channels = channels
        self._topics = topics
        self._patience = patience
        self._keep = keep
        self._standing = standing
        self._gap = gap
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._calls = count(1)
        self._failures = 0
        self._current: Line | None = None
        self._farewells: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Listen for ever."""
        try:
            while True:
                await self._follow(await self._opened())
        finally:
            await self._leave()

    async def _follow(self, line: Line) -> None:
        """Hear a socket to its end. Before the vendor closes it another takes its place, and nothing is missed."""
        why = await self._hear(line)
        lived = timedelta(seconds=self._loop.time() - line.opened_at)
        self._failures = 0 if lived > self._patience.longest else self._failures + 1
        if why != About.CLOSING:
            await self._end(line, why)
            return
        farewell = self._loop.create_task(self._finish(line))
        self._farewells.add(farewell)
        farewell.add_done_callback(self._farewells.discard)

    async def _finish(self, line: Line) -> None:
        """Hear what still comes on a socket that is about to be closed."""
        why: str = About.CLOSING
        line.renew_at = math.inf
        try:
            async with asyncio.timeout(self._patience.farewell.total_seconds()):
                while why == About.CLOSING:
                    why = await self._hear(line)
        except TimeoutError:
            why = "the vendor announced the end of the socket and did not end it"
        finally:
            await self._end(line, why)

    async def _end(self, line: Line, why: str) -> None:
        """Close a socket; a gap begins where no other has taken its place."""
        if self._current is line:
            self._current = None
            self._standing.lost(why)
        await line.close()

    async def _leave(self) -> None:
        for farewell in self._farewells:
            farewell.cancel()
        await asyncio.gather(*self._farewells, return_exceptions=True)
        if self._current is not None:
            await self._current.close()

    async def _opened(self) -> Line:
        """Open a socket, and try until there is one."""
        await asyncio.sleep(self._patience.pause(self._failures).total_seconds())
        while True:
            try:
                line = await self._open()
            except VendorError as error:
                self._failures += 1
                self._standing.fails(str(error))
                await asyncio.sleep(self._patience.pause(self._failures, error).total_seconds())
            else:
                self._current = line
                if self._standing.up():
                    self._gap()
                return line

    async def _open(self) -> Line:
        """Connect before subscribing: what is told from then on is heard."""
        call = self._call("open a notification channel")
        channel = await self._channels.open(call)
        async with AsyncExitStack() as stack:
            socket = await stack.enter_async_context(self._channels.listen(channel, call))
            await self._subscribe(channel)
            now = self._loop.time()
            renew_at = now + self._patience.renewal(channel.life).total_seconds()
            return Line(channel, socket, stack.pop_all(), opened_at=now, heard_at=now, renew_at=renew_at)

    async def _subscribe(self, channel: Channel) -> None:
        answers = await self._channels.subscribe(channel, self._topics, self._call("subscribe to notifications"))
        self._standing.subscribed(answers)

    def _call(self, effect: str) -> Call:
        event = f"notifications:{self._clock().isoformat()}:{next(self._calls)}"
        return Call(request_id=request_id(event, effect), effect=effect)

    async def _hear(self, line: Line) -> str:
        """Hear a socket until it ends or is about to; returns why."""
        why: str | None = None
        try:
            while why is None:
                text = await self._next(line)
                why = await self._idle(line) if text is None else await self._take(line, text)
        except Unavailable as error:
            return str(error)
        return why

    async def _next(self, line: Line) -> str | None:
        """The next message; None where there was none for so long that something else is due."""
        silence = self._patience.silence.total_seconds()
        due = min(line.heard_at + (silence if line.asked else silence / 2), line.renew_at)
        try:
            async with asyncio.timeout_at(due):
                text = await line.socket.next()
        except TimeoutError:
            return None
        line.hears(self._loop.time())
        return text

    async def _idle(self, line: Line) -> str | None:
        """Renew the subscription, or ask whether the vendor is still there; why the socket has ended, else None."""
        if self._loop.time() >= line.renew_at:
            return await self._renew(line)
        if line.asked:
            return f"nothing was heard for {self._patience.silence.total_seconds():g}s"
        line.asked = True
        await line.socket.ping()
        return None

    async def _renew(self, line: Line) -> str | None:
        """Subscribe again, to what is there by now; a channel that is not known any more has ended."""
        pause = self._patience.renewal(line.channel.life)
        try:
            await self._subscribe(line.channel)
        except (Rejected, CredentialsRefused) as error:
            return str(error)
        except Throttled as error:
            pause = error.retry_after or pause / 4
        except VendorError:
            pause /= 4
        now = self._loop.time()
        line.renew_at = now + pause.total_seconds()
        line.hears(now)
        return None

    async def _take(self, line: Line, text: str) -> str | None:
        """Act on a message; why the socket has ended, or is about to, else None."""
        subject = about(text)
        match subject:
            case About.HEARTBEAT | About.CHANNEL:
                return None
            case About.CLOSING | About.REVOKED | About.UNSUBSCRIBED:
                return subject.value
            case About.EVENT:
                at = self._clock() - line.channel.ahead
                await self._keep(Heard(line.channel.id, next(line.numbers), at, text))
                return None
            case _:
                assert_never(subject)
