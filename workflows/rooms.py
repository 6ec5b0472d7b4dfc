"""The messages in rooms: one for an incident, which is replaced by what is true now instead of followed by another."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Final

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.desk import Desk
from workflows.failure import sentence
from workflows.shelter import Sheltering

with workflow.unsafe.imports_passed_through():
    from activities.crowds import Paged
    from activities.notifying import Notifying
    from holdline.domain.case import RoomRecord
    from holdline.domain.escalation import Channel, Target
    from holdline.domain.keys import tag
    from holdline.domain.queues import of_channel
    from holdline.domain.storm import Look
    from holdline.domain.timeline import Fact
    from holdline.ports import Notice
    from workflows import words
    from workflows.patience import RENEW
    from workflows.told import news

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
            elif self._stale:
                await self._gather_news()
                await self._renew(self._over)
            else:
                await workflow.wait_condition(lambda: self._desk.over or bool(self._untold) or self._stale)

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
        if told is not None and told.crowd is not None and not told.crowd.certain:
            told = await self._send(target, "announce", shelter.strictly(look), self._over)
        if told is None or told.crowd is None:
            self._keep(target, told, shown)
            return False
        return await shelter.join(told.crowd) or self._desk.over

    def _keep(self, target: Target, told: Paged | None, shown: tuple[str, ...]) -> None:
        """A room that could not be told is not told again: the next change is no reason to hope."""
        receipt = told.id if told is not None else ""
        self._case.rooms = [*self._case.rooms, RoomRecord(target=target, receipt=receipt)]
        self._case.shown = self._case.shown or shown

    async def _send(
        self, target: Target, step: str, look: Look | None, stop: Callable[[], bool], thread: str = ""
    ) -> Paged | None:
        """None where it was not sent, which the timeline says."""
        effect = self._case.key.effect(step, str(target))
        notice = self._notice(target, effect).model_copy(update={"look": look, "thread": thread})
        queue = of_channel(target.channel)
        try:
            told: Paged = await self._desk.call_unless(
                stop, Notifying.notify, notice, queue, f"tell {target}", **RENEW.options()
            )
        except ActivityError as error:
            self._desk.note(Fact.SKIPPED, f"{target} was not told: {sentence(error)}")
            return None
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


def _replaceable(target: Target) -> bool:
    return target.channel is Channel.SLACK
