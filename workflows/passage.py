"""Passage through the gate: how any workflow asks for leave to change something, waits for it, and gives it back."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from temporalio import workflow
from temporalio.exceptions import ActivityError, FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.gatekeeping import Claiming, Gatehouse
    from holdline.domain import gate_messages as messages
    from holdline.domain.change import Touch
    from holdline.domain.claim import Claim
    from holdline.domain.gate_messages import Answer, Reached, Release
    from holdline.domain.incident import Severity
    from workflows.patience import AT_THE_GATE


_PAUSE: Final = timedelta(seconds=1)
_LONGEST_PAUSE: Final = timedelta(minutes=1)
"""Between two claims where the grant of the first one came too late; doubled each time, up to the longest."""

# Names in the Temporal history; persisted data, never changed.
_PAUSES: Final = "pause after a late grant"
_WORSENS: Final = "worse while in line"


@dataclass(frozen=True)
class Entered:
    """The leave to change what was claimed: whatever is changed must be done by `until`, in Temporal's time."""

    token: int
    until: datetime


@dataclass(frozen=True)
class Suggested:
    """Nothing may be changed, for this reason: tell people what would have been."""

    reason: str


@dataclass(frozen=True)
class GivenUp:
    """The wish was given up before it was granted."""


@dataclass(frozen=True)
class Wish:
    """What is wanted: locks such as `route:<site>/<route>`, what it touches for the blast radius, and how urgently.

    `since` is when it was wanted first, for whoever asks again; `queues` is how many there are in all, where known.
    What puts something back touches nothing: it must never be refused.
    """

    resources: tuple[str, ...]
    severity: Severity
    touches: tuple[Touch, ...] = ()
    lease: timedelta | None = None
    summary: str = ""
    since: datetime | None = None
    queues: int | None = None


class Passage:
    """One workflow's way through the gate, one change at a time.

    `key` makes its claims its own for ever, such as incident and epoch; `count` is how many it has made under that key
    and is carried through continue-as-new. Create it in the workflow's `__init__`: it answers the signal `granted`.
    What waits is said again every `repeat`, because a gate that was lost knows of nobody.
    """

    def __init__(
        self, key: str, count: int = 0, gate: str = messages.GATE, repeat: timedelta = timedelta(minutes=5)
    ) -> None:
        self.count = count
        self.touched = False
        self._key = key
        self._gate = gate
        self._repeat = repeat
        self._claim: Claim | None = None
        self._reached: Reached | None = None
        self._worse = False
        self._returns: set[asyncio.Task[None]] = set()
        workflow.set_signal_handler(messages.GRANTED, self._granted)

    async def enter(
        self, wish: Wish, stop: Callable[[], bool], severity: Callable[[], Severity] | None = None
    ) -> Entered | Suggested | GivenUp:
        """Wait, for as long as it takes, for leave to change something; `stop` gives it up. One that is held is left.

        Where `severity` says that it has become worse meanwhile, it moves up in the line and keeps its arrival. Raises
        CancelledError where the workflow is cancelled, after the claim was withdrawn.
        """
        await self.leave()
        since, cancelled = wish.since or workflow.now(), workflow.cancellation_reason()

        def over() -> bool:
            # A signal that is under way takes the cancellation of the workflow without a word.
            return stop() or workflow.cancellation_reason() != cancelled

        pause = _PAUSE
        try:
            while not over():
                answer = await self._asked(wish, since, over, severity or (lambda: wish.severity))
                if answer is not None:
                    return answer
                await self.leave()
                await self._rest(pause, over)
                pause = min(2 * pause, _LONGEST_PAUSE)
        except asyncio.CancelledError:
            await self.leave()
            raise
        if workflow.cancellation_reason() != cancelled:
            raise asyncio.CancelledError
        return GivenUp()

    async def __aenter__(self) -> "Passage":
        """Begin what was entered for; it is left at the end, also when the workflow is cancelled meanwhile."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # A workflow that a worker merely forgets is thrown away with this, and says nothing any more.
        if kind is not GeneratorExit:
            await self.leave()

    async def leave(self) -> None:
        """Give back what is held, or withdraw what is wanted; where that is lost, the lease ends by itself.

        Where nothing was `touched`, that does not count for the blast radius.
        """
        touched, self.touched = self.touched, False
        if self._claim is not None:
            claim, self._claim = self._claim, None
            await self._give_back(claim.id, touched)

    async def _rest(self, pause: timedelta, stop: Callable[[], bool]) -> None:
        """Wait before it is asked for again: where every grant comes too late, asking at once would never end."""
        if not stop() and workflow.patched(_PAUSES):
            with suppress(TimeoutError):
                await workflow.wait_condition(stop, timeout=pause, timeout_summary="its turn came too late")

    async def _asked(
        self, wish: Wish, since: datetime, stop: Callable[[], bool], severity: Callable[[], Severity]
    ) -> Entered | Suggested | None:
        """Claim and wait; None where it was given up, or the grant came too late and must be asked for again."""
        claim = self._claim = self._next(wish, since, severity())
        self._reached = None
        watching = asyncio.create_task(self._watch(severity))
        try:
            while self._reached is None and not stop():
                self._worse = False
                claim = self._claim or claim
                await self._said(claim, stop)
                await self._answered(stop)
        finally:
            watching.cancel()
        return None if stop() else self._judged(self._reached)

    async def _watch(self, severity: Callable[[], Severity]) -> None:
        """Have the claim said again where it has become worse; beside the wait, whose timer stays till then."""
        while (claim := self._claim) is not None:
            await workflow.wait_condition(lambda: severity() is not claim.severity)
            if self._claim is not claim or not workflow.patched(_WORSENS):
                return
            self._claim = claim.model_copy(update={"severity": severity()})
            self._worse = True

    def _judged(self, reached: Reached | None) -> Entered | Suggested | None:
        if reached is None:
            return None
        if reached.grant is None:
            self._claim = None
            return Suggested(reached.reason)
        late = reached.grant.until <= workflow.now()
        return None if late else Entered(reached.grant.token, reached.grant.until)

    def _next(self, wish: Wish, since: datetime, severity: Severity) -> Claim:
        self.count += 1
        return Claim(
            id=f"{self._key}#{self.count}",
            holder=workflow.info().workflow_id,
            severity=severity,
            arrived_at=since,
            resources=wish.resources,
            touches=wish.touches,
            queues=wish.queues,
            lease=wish.lease,
            summary=wish.summary,
        )

    async def _said(self, claim: Claim, stop: Callable[[], bool]) -> None:
        """Say it, and hear the answer if there is one at once; what is said before a crash is said again."""
        claiming = Claiming(gate=self._gate, claim=claim)
        saying = workflow.start_activity_method(
            Gatehouse.claim_at_gate, claiming, summary="may it be changed now?", **AT_THE_GATE.options()
        )
        await workflow.wait_condition(lambda: saying.done() or stop())
        if not saying.done():
            saying.cancel()
        try:
            answer: Answer = await saying
        except ActivityError as error:
            if not is_cancelled_exception(error):
                # Whoever wants to change something waits, for as long as it takes; it is said again.
                workflow.logger.warning("the gate could not be asked: %s", error.cause or error)
        else:
            self._reached = self._reached or answer.reached

    async def _answered(self, stop: Callable[[], bool]) -> None:
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._reached is not None or self._worse or stop(),
                timeout=self._repeat,
                timeout_summary="its turn at the gate",
            )

    async def _give_back(self, claim: str, changed: bool) -> None:
        """Recorded before it is said: whoever has given back a lock does not come back to the moment before."""
        gate: Any = workflow.get_external_workflow_handle(self._gate)
        release = Release(claim=claim, holder=workflow.info().workflow_id, changed=changed)
        try:
            await gate.signal(messages.RELEASE, release)
        except FailureError as error:
            if is_cancelled_exception(error):
                raise asyncio.CancelledError from error
            workflow.logger.info("the gate does not run; the lease of %s ends by itself", claim)

    def _granted(self, reached: Reached) -> None:
        """The gate's answer; a grant that nobody here waits for, such as one of an earlier run, is given back."""
        if self._claim is not None and reached.claim == self._claim.id:
            self._reached = self._reached or reached
        elif reached.grant is not None:
            returning = asyncio.create_task(self._give_back(reached.claim, changed=False))
            self._returns.add(returning)
            returning.add_done_callback(self._returns.discard)
