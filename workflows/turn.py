"""A turn at the gate: what changes something is alone on what it changes, and one of a handful at once (S1.8, S3.8)."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from temporalio import workflow

from workflows.desk import Desk
from workflows.passage import Entered, GivenUp, Suggested, Wish

with workflow.unsafe.imports_passed_through():
    from holdline.domain.change import Touch
    from holdline.domain.duration import say
    from holdline.domain.timeline import Fact

# A wait of this length is worth a row, and what was planned before it is planned again.
LONG = timedelta(seconds=2)


class NotByItself(Exception):
    """Automation has done enough for now; the reason says what it has touched."""


class Turn:
    """One incident's way to its turn."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._case = desk.case

    @asynccontextmanager
    async def taken(
        self,
        resources: tuple[str, ...],
        touches: tuple[Touch, ...],
        what: str,
        stop: Callable[[], bool],
        queues: int | None = None,
    ) -> AsyncIterator[datetime | None]:
        """Wait for the turn and give it back; yields its end, None where `stop` came first. Raises NotByItself.

        `queues` is how many there are in all, where that is known.
        """
        # A passage has one claim at a time: what puts back and what repairs take turns.
        await workflow.wait_condition(lambda: not self._desk.in_turn or stop())
        while self._desk.in_turn and not stop():
            # Of several that wait all wake up together, and one of them was faster.
            await workflow.wait_condition(lambda: not self._desk.in_turn or stop())
        if self._desk.in_turn:
            yield None
            return
        self._desk.in_turn = True
        try:
            until = await self._until(self._wish(resources, touches, what, queues), stop)
            async with self._desk.passage:
                yield until
        finally:
            self._desk.in_turn = False

    def _wish(self, resources: tuple[str, ...], touches: tuple[Touch, ...], what: str, queues: int | None) -> Wish:
        return Wish(
            resources=resources,
            severity=self._case.severity,
            touches=touches,
            summary=what,
            since=self._case.at_gate_since or workflow.now(),
            queues=queues,
        )

    async def _until(self, wish: Wish, stop: Callable[[], bool]) -> datetime | None:
        self._case.at_gate = ", ".join(wish.resources)
        try:
            answer = await self._desk.passage.enter(wish, stop, lambda: self._case.severity)
        finally:
            self._case.at_gate = ""
            # Who goes on as new in the queue keeps the place in it.
            self._case.at_gate_since = wish.since if self._desk.moving_on else None
            self._case.passages = self._desk.passage.count
        match answer:
            case Entered():
                self._told(workflow.now() - (wish.since or workflow.now()))
                return answer.until
            case Suggested():
                raise NotByItself(answer.reason)
            case GivenUp():
                return None

    def _told(self, waited: timedelta) -> None:
        if waited >= LONG:
            self._desk.note(Fact.SEEN, f"waited {say(waited)} for its turn at the gate")
