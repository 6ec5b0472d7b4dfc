"""The messages in rooms: one for an incident, which is replaced by what is true now instead of followed by another."""

import asyncio
from datetime import timedelta
from typing import Final

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.desk import Desk
from workflows.failure import sentence

with workflow.unsafe.imports_passed_through():
    from activities.notifying import Notifying
    from holdline.domain.case import PageRecord
    from holdline.domain.escalation import Channel, Target
    from holdline.domain.keys import tag
    from holdline.domain.queues import of_channel
    from holdline.domain.timeline import Fact
    from holdline.ports import Notice
    from workflows import words
    from workflows.patience import RENEW
    from workflows.told import news

_TOGETHER: Final = timedelta(seconds=5)
"""What changes within it is one replacement: a room takes about one message a second."""


class Rooms:
    """Keeps the first message of each room true. Only Slack lets a message be replaced."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._case = desk.case

    async def run(self) -> None:
        """Return when the incident is over; the last word is `renew`'s."""
        if not self._used:
            return
        while not self._desk.over:
            await workflow.wait_condition(lambda: self._desk.over or self._stale)
            if not self._desk.over:
                await workflow.sleep(_TOGETHER, summary="what changes together is told together")
                await self.renew()

    async def renew(self) -> None:
        """Replace what is not true any more."""
        if not self._used or not self._stale:
            return
        told = self._case.shown = news(self._case)
        await asyncio.gather(*(self._replace(page, told) for page in self._roots))

    @property
    def _used(self) -> bool:
        """Whether the runbook asks anybody in a room; without one nothing here happens."""
        policy = self._desk.runbook.escalation
        tiers = (*policy.tiers, *((policy.stale,) if policy.stale else ()))
        targets = (*(target for tier in tiers for target in tier.page), *policy.last_resort)
        return any(target.channel is Channel.SLACK for target in targets)

    @property
    def _stale(self) -> bool:
        return bool(self._roots) and self._case.shown != news(self._case)

    @property
    def _roots(self) -> list[PageRecord]:
        """The first message in each room: later ones are in its thread."""
        roots: dict[Target, PageRecord] = {}
        for page in self._case.pages:
            if page.target.channel is Channel.SLACK and page.receipt:
                roots.setdefault(page.target, page)
        return list(roots.values())

    async def _replace(self, page: PageRecord, told: tuple[str, ...]) -> None:
        notice = self._notice(page, told)
        queue = of_channel(page.target.channel)
        try:
            await self._desk.call(
                Notifying.renew, notice, queue, f"renew the message in {page.target}", **RENEW.options()
            )
        except ActivityError as error:
            self._desk.note(Fact.SKIPPED, f"the message in {page.target} is not up to date: {sentence(error)}")

    def _notice(self, page: PageRecord, told: tuple[str, ...]) -> Notice:
        case = self._case
        effect = case.key.effect(f"renew.{tag('/'.join(told))}", str(page.target))
        return Notice(
            request_id=self._desk.request(effect),
            effect=effect,
            to=page.target.to,
            tag=tag(effect),
            title=words.summary(case),
            severity=case.severity,
            workflow_id=case.workflow_id,
            epoch=case.epoch,
            opening=case.opening,
            lines=words.standing(case),
            actions=words.offers(case),
            **words.asked(case),
            at=workflow.now(),
            record=page.receipt,
        )
