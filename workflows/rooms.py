"""The messages in rooms: one for an incident, which is replaced by what is true now instead of followed by another."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.desk import Desk
from workflows.failure import Cause, cause, failing, rest, sentence
from workflows.shelter import Sheltering

with workflow.unsafe.imports_passed_through():
    from activities.crowds import Paged
    from activities.notifying import Notifying
    from holdline.domain.case import RoomRecord
    from holdline.domain.escalation import Channel, Target
    from holdline.domain.keys import tag
    from holdline.domain.queues import of_channel
    from holdline.domain.storm import Look
    from holdline.domain.ticket import AGAIN, Failing
    from holdline.domain.timeline import Fact
    from holdline.ports import Notice
    from workflows import words
    from workflows.patience import RENEW
    from workflows.told import news

# An incident that an older release has begun tells a room once.
_LATER: Final = "rooms-later"

_TOGETHER: Final = timedelta(seconds=5)
"""What changes within it is one replacement: a room takes about one message a second."""


class Rooms:
    """Tells the rooms of an incident, and keeps the first message of each true. Only Slack lets one be replaced."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._case = desk.case

    async def run(self) -> None:
        """Return when the incident is over; the last word is `end`'s."""
        while self._used and not self._desk.over:
            if self._untold:
                await self._announce()
            elif self._owed:
                await self._tell_late(self._owed[0])
            elif self._stale:
                await self._gather_news()
                await self._renew(self._over)
            else:
                await self._rest()

    async def _rest(self) -> None:
        """Wait for news, or until a room that was out of reach is tried again."""
        due = min((each.again_at for each in self._unreached if each.again_at is not None), default=None)
        patience = None if due is None else due - workflow.now()
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._desk.over or bool(self._untold or self._owed) or self._stale,
                timeout=patience,
                timeout_summary="tell a room that was out of reach" if due else None,
            )

    def _over(self) -> bool:
        return self._desk.over

    def _failing_again(self) -> bool:
        return self._desk.failing_again

    async def _gather_news(self) -> None:
        """What changes together is told together; nobody waits for that when it is over."""
        with suppress(TimeoutError):
            await workflow.wait_condition(self._over, timeout=_TOGETHER, timeout_summary="news for the rooms")

    async def end(self) -> None:
        """Say that it is over: where a message stands in its place, elsewhere by another one."""
        if not self._used:
            return
        await self._renew(self._failing_again)
        if self._desk.failing_again:
            return
        last = [each for each in self._case.rooms if each.receipt and not each.ended and not each.replaceable]
        self._case.rooms = [each.model_copy(update={"ended": True}) for each in self._case.rooms]
        await asyncio.gather(
            *(self._send(each.target, "over", None, self._failing_again, each.receipt) for each in last)
        )

    @property
    def _used(self) -> bool:
        """Whether the runbook tells or asks anybody in a room; without one nothing here happens."""
        policy = self._desk.runbook.escalation
        tiers = (*policy.tiers, *((policy.stale,) if policy.stale else ()))
        targets = (*(target for tier in tiers for target in tier.page), *policy.last_resort)
        return bool(self._desk.runbook.announce) or any(_replaceable(target) for target in targets)

    @property
    def _untold(self) -> list[Target]:
        """The rooms to be told; one of many has its parent for that."""
        told = {each.target for each in self._case.rooms}
        return [] if self._case.sheltered else [each for each in self._desk.runbook.announce if each not in told]

    @property
    def _unreached(self) -> list[RoomRecord]:
        """The rooms that are told when their vendor is back; one that was paged meanwhile knows."""
        paged = {each.target for each in self._case.pages if each.receipt}
        open_ = [] if self._case.sheltered else self._case.rooms
        return [each for each in open_ if each.again_at is not None and each.target not in paged]

    @property
    def _owed(self) -> list[RoomRecord]:
        return [each for each in self._unreached if each.again_at is not None and each.again_at <= workflow.now()]

    async def _tell_late(self, record: RoomRecord) -> None:
        """Try a room again; the timeline has it already that it could not be told."""
        shown = news(self._case)
        if not self._roots:
            self._case.shown = ()
        told = await self._send(record.target, "announce", None, self._over, again=True)
        kept = self._keep(record.target, told, shown)
        if kept.receipt:
            self._desk.note(Fact.SEEN, f"{record.target} was told late")
        elif isinstance(told, ActivityError) and kept.again_at is None:
            self._desk.note(Fact.SKIPPED, f"{record.target} is not told any more: {sentence(told)}")

    async def _announce(self) -> None:
        """Tell each room once; the first time it is looked whether the incident is one of many."""
        known = self._case.pages or self._case.told_at or self._case.rooms
        look = None if known else Sheltering(self._desk).glance()
        for target in self._untold:
            if look is not None and await self._one_of_many(look, target):
                return
            look = None
            if self._desk.over:
                return
            if target not in {each.target for each in self._case.rooms}:
                shown = news(self._case)
                self._keep(target, await self._send(target, "announce", None, self._over), shown)

    async def _one_of_many(self, look: Look, target: Target) -> bool:
        """Send the first message unless others fail with it; True where the incident has become one of many."""
        shown = news(self._case)
        told = await self._send(target, "announce", look, self._over)
        shelter = Sheltering(self._desk)
        if isinstance(told, Paged) and told.crowd is not None and not told.crowd.certain:
            told = await self._send(target, "announce", shelter.strictly(look), self._over)
        if isinstance(told, ActivityError) or told.crowd is None:
            self._keep(target, told, shown)
            return False
        return await shelter.join(told.crowd) or self._desk.over

    def _keep(self, target: Target, told: Paged | ActivityError, shown: tuple[str, ...]) -> RoomRecord:
        """A room that could not be told is told again where its vendor was out of reach, which mends itself."""
        before = next((each for each in self._case.rooms if each.target == target), None)
        others = [each for each in self._case.rooms if each.target != target]
        record = RoomRecord(target=target, receipt=told.id if isinstance(told, Paged) else "")
        if isinstance(told, ActivityError) and _mends_itself(target, told) and workflow.patched(_LATER):
            failures = 1 if before is None else before.failures + 1
            again_at = workflow.now() + rest(AGAIN, failures, told)
            record = record.model_copy(update={"failures": failures, "again_at": again_at})
        self._case.rooms = [*others, record]
        self._case.shown = self._case.shown or shown
        return record

    async def _send(
        self,
        target: Target,
        step: str,
        look: Look | None,
        stop: Callable[[], bool],
        thread: str = "",
        *,
        again: bool = False,
    ) -> Paged | ActivityError:
        """The failure where it was not sent, which the timeline says once."""
        effect = self._case.key.effect(step, str(target))
        looks = {"look": look, "thread": thread, "again": again and _replaceable(target)}
        notice = self._notice(target, effect).model_copy(update=looks)
        queue = of_channel(target.channel)
        try:
            told: Paged = await self._desk.call_unless(
                stop, Notifying.notify, notice, queue, f"tell {target}", **RENEW.options()
            )
        except ActivityError as error:
            if not again:
                self._desk.note(Fact.SKIPPED, f"{target} was not told: {sentence(error)}")
            return error
        return told

    async def _renew(self, stop: Callable[[], bool]) -> None:
        if self._stale:
            self._case.shown = news(self._case)
            await asyncio.gather(*(self._replace(*each, stop) for each in self._roots.items()))

    @property
    def _stale(self) -> bool:
        return bool(self._roots) and self._case.shown != news(self._case)

    @property
    def _roots(self) -> dict[Target, str]:
        """The first message in each room where one can be replaced: later ones are in its thread."""
        told = [(each.target, each.receipt) for each in self._case.rooms]
        roots: dict[Target, str] = {}
        for target, receipt in [*told, *((each.target, each.receipt) for each in self._case.pages)]:
            if _replaceable(target) and receipt:
                roots.setdefault(target, receipt)
        return roots

    async def _replace(self, target: Target, record: str, stop: Callable[[], bool]) -> None:
        effect = self._case.key.effect(f"renew.{tag('/'.join(self._case.shown))}", str(target))
        notice = self._notice(target, effect).model_copy(update={"record": record})
        queue = of_channel(target.channel)
        try:
            summary = f"renew the message in {target}"
            await self._desk.call_unless(stop, Notifying.renew, notice, queue, summary, **RENEW.options())
        except ActivityError as error:
            if stop():
                # What was given up for something more urgent is told later.
                self._case.shown = ()
                return
            self._desk.note(Fact.SKIPPED, f"the message in {target} is not up to date: {sentence(error)}")

    def _notice(self, target: Target, effect: str) -> Notice:
        case = self._case
        return Notice(
            request_id=self._desk.request(effect),
            effect=effect,
            to=target.to,
            tag=tag(effect),
            title=words.summary(case),
            severity=case.severity,
            workflow_id=case.workflow_id,
            epoch=case.epoch,
            opening=case.opening,
            episode=case.mark,
            lines=words.standing(case),
            actions=words.offers(case),
            **words.asked(case),
            at=workflow.now(),
        )


def _mends_itself(target: Target, error: ActivityError) -> bool:
    """Whether it is told later by itself; what may have been sent only where it can be looked for."""
    known = cause(error) is not Cause.UNKNOWN or _replaceable(target)
    return failing(error) is Failing.NETWORK and known


def _replaceable(target: Target) -> bool:
    return target.channel is Channel.SLACK
