"""Pages: ask the people of a tier by the first channel that takes the page, check for answers, close."""

import asyncio
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from temporalio import workflow
from temporalio.common import Priority
from temporalio.exceptions import ActivityError

from workflows.desk import Desk
from workflows.failure import Cause, cause, sentence
from workflows.shelter import Sheltering

with workflow.unsafe.imports_passed_through():
    from activities.crowds import Paged
    from activities.notifying import Notifying
    from activities.paging import Paging
    from activities.texting import Texting
    from holdline.domain.acknowledgement import Acknowledgement, Via
    from holdline.domain.case import MISSED_LIMIT, PageRecord
    from holdline.domain.credential import by_others_first
    from holdline.domain.escalation import STALE, Channel, Step, Target, Tier
    from holdline.domain.incident import IncidentKind
    from holdline.domain.keys import tag
    from holdline.domain.queues import of_channel
    from holdline.domain.storm import Crowd, Look
    from holdline.domain.timeline import Fact
    from holdline.ports import Notice, Page, PageClosing, PageQuestion, PageState, TextMessage
    from workflows import words
    from workflows.patience import CLOSE, PAGE, READ, SILENCE
    from workflows.told import news


_CHECKED = {Channel.PAGERDUTY: Via.PAGERDUTY_CHECK, Channel.JSM: Via.JSM_CHECK}

# An incident that an older release has begun waits where the vendor's word overtook the receipt.
_OVERTAKEN = "overtaken"

# Rounds of their own, so that PagerDuty rings again however often the ladder has repeated.
LAST_ROUND = 998
ALARM_ROUND = 999


class Pages:
    """The pages of one incident at their vendors."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._case = desk.case

    async def ask(self, tier: Tier, step: Step, after: Target | None = None, pressed: bool = False) -> bool:
        """Page a tier: each target in turn until one takes it. False where nobody could be reached.

        `after` a target whose page did not arrive only those behind it are asked. Where an operator `pressed` it is not
        looked for others.
        """
        targets = self._by_others_first(tier.page)
        if after in targets:
            targets = targets[targets.index(after) + 1 :]
        if not targets:
            # Whoever is paged first has yet to look whether there are others.
            return False
        look = Sheltering(self._desk).look()
        look = None if pressed else look
        for target in targets:
            if self._desk.ended or self._taken():
                return True
            if await self._send(target, step.tier, tier.name, self._round(target), step.reason, look):
                return True
            look = None
        return False

    async def last_resort(self, targets: tuple[Target, ...]) -> None:
        """Tell everybody who is left that nobody answered."""
        for target in targets:
            await self._send(target, STALE, "last resort", LAST_ROUND, "nobody acknowledged")

    async def alarm(self, why: str) -> bool:
        """Page the first tier that can be reached about something that went wrong, whoever had the incident."""
        policy = self._desk.runbook.escalation
        for tier in (*policy.tiers, *((policy.stale,) if policy.stale else ())):
            for target in self._by_others_first(tier.page):
                if await self._send(target, 1, tier.name, ALARM_ROUND, why):
                    return True
        return False

    def missed(self, receipt: str) -> None:
        """The vendor says that a page did not arrive; one of an earlier tier changes nothing any more."""
        self._case.missed = [*self._case.missed, receipt][-MISSED_LIMIT:]
        self._pass_on(receipt)

    def overtaken(self, known: int) -> None:
        """Pass on what came after the `known` pages and did not arrive, where that was told before it was recorded."""
        for page in self._case.pages[known:]:
            if page.receipt and page.receipt in self._case.missed and workflow.patched(_OVERTAKEN):
                self._pass_on(page.receipt)

    def _pass_on(self, receipt: str) -> None:
        ladder = self._case.ladder
        page = next((each for each in self._case.pages if receipt and each.receipt == receipt), None)
        current = ladder is not None and page is not None and page.tier == ladder.tier and self._counts(page)
        if ladder is not None and page is not None and current and not self._taken():
            self._case.ladder = ladder.model_copy(update={"missed": page.target})

    def _by_others_first(self, targets: tuple[Target, ...]) -> tuple[Target, ...]:
        """A refused credential is told by a channel that does not need it, as long as there is one (S1.9)."""
        if self._case.kind is not IncidentKind.CREDENTIAL_EXPIRED:
            return targets
        return by_others_first(targets, self._case.entity.id)

    def _round(self, target: Target) -> int:
        """The first round whose key no open page to this target carries: an open page of that key would not ring."""
        taken = {page.key for page in self._case.pages if page.target == target and not (page.closed or page.unsure)}
        return next(each for each in count(1) if self._case.key.page_key(each) not in taken)

    async def check(self) -> bool:
        """Ask the vendor for the truth about every page that still counts; True where somebody has it (S1.6)."""
        asked = [page for page in self._case.pages if page.rings and self._counts(page)]
        latest = {page.target.to: page for page in asked}
        answers = await asyncio.gather(*(self._state(page) for page in latest.values()))
        return any(answers) or self._taken()

    async def silence(self) -> bool:
        """Stop every page from ringing at its vendor: somebody has the incident, whichever way they said so.

        False where nothing rang.
        """
        ringing = {(page.target, page.key): page for page in self._case.pages if page.rings and not page.silent}
        await asyncio.gather(*(self._silence(page) for page in ringing.values()))
        return bool(ringing)

    async def close(self) -> None:
        """Resolve every page that still rings."""
        ringing = {(page.target, page.key): page for page in self._case.pages if page.rings}
        await asyncio.gather(*(self._close(page) for page in ringing.values()))

    def _taken(self) -> bool:
        taken = self._case.acknowledgement
        return taken is not None and taken.holds(workflow.now())

    def _counts(self, page: PageRecord) -> bool:
        return self._case.heard_from is None or page.at >= self._case.heard_from

    async def _send(
        self, target: Target, tier: int, name: str, round_: int, why: str, look: Look | None = None
    ) -> bool:
        effect = self._case.key.effect(f"page.{_label(tier)}.{round_}", str(target))
        record = PageRecord(
            tier=tier,
            tier_name=name,
            target=target,
            key=self._case.key.page_key(round_),
            at=workflow.now(),
            receipt="",
        )
        shown = news(self._case)
        try:
            receipt = await self._deliver(record, effect, round_, why, look)
        except ActivityError as error:
            self._failed(record, error)
            return False
        except asyncio.CancelledError:
            self._doubt(record)
            raise
        if receipt.crowd is not None:
            found = await self._one_of_many(record, receipt.crowd, look)
            return found is True or await self._send(target, tier, name, round_, why, found or None)
        self._took(record, receipt, why, shown)
        return True

    async def _one_of_many(self, record: PageRecord, crowd: Crowd, look: Look | None) -> Look | bool:
        """True where no page is needed, False where it is sent after all, or what must be looked at again first."""
        if crowd.doubtful:
            self._doubt(record)
        if self._desk.ended or self._taken():
            return True
        shelter = Sheltering(self._desk)
        if look is not None and not crowd.certain:
            return shelter.strictly(look)
        return await shelter.join(crowd) or self._desk.ended or self._taken()

    async def _deliver(self, record: PageRecord, effect: str, round_: int, why: str, look: Look | None) -> Paged:
        alarm = why if round_ in (LAST_ROUND, ALARM_ROUND) else ""
        summary = f"page {_label(record.tier)}: {record.target}"
        channel, options = record.target.channel, self._options()
        queue = of_channel(channel)
        match channel:
            case Channel.PAGERDUTY | Channel.JSM:
                page = self._page(record, effect, why, alarm, look)
                taken = self._desk.call(Paging.page, page, queue, summary, **options)
            case Channel.SMS:
                text = self._text(record.target, effect, alarm, look)
                taken = self._desk.call(Texting.text, text, queue, summary, **options)
            case Channel.SLACK | Channel.TEAMS | Channel.EMAIL:
                notice = self._notice(record, effect, why, alarm, look)
                taken = self._desk.call(Notifying.notify, notice, queue, summary, **options)
        receipt: Paged = await taken
        return receipt

    def _options(self) -> dict[str, Any]:
        """The page of a parent goes before the looks of hundreds of members, which share its queue."""
        ahead = {"priority": Priority(priority_key=1)} if self._case.storm is not None else {}
        return PAGE.options() | ahead

    def _page(self, record: PageRecord, effect: str, why: str, alarm: str, look: Look | None) -> Page:
        return Page(
            request_id=self._desk.request(effect),
            effect=effect,
            service=record.target.to,
            key=record.key,
            summary=words.summary(self._case, alarm),
            severity=self._case.severity,
            entity=self._case.entity,
            at=record.at,
            details=words.details(self._case, _label(record.tier), why),
            look=look,
        )

    def _text(self, target: Target, effect: str, alarm: str, look: Look | None) -> TextMessage:
        again = any(page.target == target for page in self._case.pages)
        return TextMessage(
            request_id=self._desk.request(effect),
            effect=effect,
            contact=target.to,
            text=words.text_message(self._case, tag(effect), alarm),
            tag=tag(effect),
            again=again,
            # A text that is looked for first leaves no time to wait for others as well.
            look=look.model_copy(update={"wait": timedelta(0)}) if look and again else look,
        )

    def _notice(self, record: PageRecord, effect: str, why: str, alarm: str, look: Look | None) -> Notice:
        told = [(each.target, each.receipt) for each in self._case.rooms]
        told += [(each.target, each.receipt) for each in self._case.pages]
        same = (receipt for target, receipt in told if target == record.target and receipt)
        return Notice(
            request_id=self._desk.request(effect),
            effect=effect,
            to=record.target.to,
            tag=tag(effect),
            title=words.summary(self._case, alarm),
            severity=self._case.severity,
            workflow_id=self._case.workflow_id,
            epoch=self._case.epoch,
            opening=self._case.opening,
            episode=self._case.mark,
            lines=words.details(self._case, _label(record.tier), why),
            actions=words.offers(self._case),
            **words.asked(self._case),
            at=record.at,
            thread=next(same, ""),
            loud=True,
            look=look,
        )

    def _took(self, record: PageRecord, receipt: Paged, why: str, shown: tuple[str, ...]) -> None:
        self._case.pages.append(record.model_copy(update={"receipt": receipt.id}))
        if record.target.channel is Channel.SLACK:
            self._case.shown = self._case.shown or shown
        found = ", found at the vendor after an unknown outcome" if receipt.adopted else ""
        whom = f"{_label(record.tier)} {record.tier_name} by {record.target}"
        self._desk.note(Fact.PAGED, f"{whom} because {why}{found}")

    def _failed(self, record: PageRecord, error: ActivityError) -> None:
        unknown = cause(error) is Cause.UNKNOWN
        if unknown:
            self._doubt(record)
        what = "may or may not have been sent" if unknown else "was not sent"
        self._desk.note(
            Fact.PAGE_FAILED, f"the page to {record.target} {what}: {sentence(error)}; the next channel is tried"
        )

    def _doubt(self, record: PageRecord) -> None:
        """A page that may ring although nobody confirmed it is remembered: it is asked about and closed."""
        if not any(_same(page, record) for page in self._case.pages):
            self._case.pages.append(record.model_copy(update={"unsure": True}))

    async def _state(self, page: PageRecord) -> bool:
        effect = self._case.key.effect("ask", f"{page.target}:{page.key}")
        question = PageQuestion(
            request_id=self._desk.request(effect), effect=effect, service=page.target.to, key=page.key
        )
        try:
            state = await self._desk.call(
                Paging.ask_page,
                question,
                of_channel(page.target.channel),
                f"has anybody taken {page.target}?",
                **READ.options(),
            )
        except ActivityError as error:
            self._desk.note(Fact.SKIPPED, f"{page.target} could not be asked for an answer: {sentence(error)}")
            return False
        if self._taken():
            return True
        if not self._answers(page, state):
            return False
        by = state.acknowledged_by or "somebody who resolved it there"
        self.acknowledged(by, _CHECKED[page.target.channel], state.acknowledged_at or workflow.now())
        return True

    def _answers(self, page: PageRecord, state: PageState) -> bool:
        """Whether the vendor's word is an answer to this page, not to one before the incident was free again."""
        if not self._counts(page):
            return False
        if state.acknowledged_by is None:
            return state.resolved and not page.unsure
        heard_from, at = self._case.heard_from, state.acknowledged_at
        return heard_from is None or at is None or at >= heard_from

    def acknowledged(self, by: str, via: Via, at: datetime) -> None:
        """Record who has the incident from `at` on."""
        lease = self._desk.runbook.escalation.lease
        self._case.acknowledgement = Acknowledgement(by=by, via=via, at=at, lease=lease)
        self._desk.note(Fact.ACKNOWLEDGED, f"{by} has it ({via})")

    async def _silence(self, page: PageRecord) -> None:
        self._mark(page, silent=True)
        closing = self._closing(page, "silence")
        try:
            await self._desk.call_unless(
                lambda: self._desk.over or not self._taken(),
                Paging.silence_page,
                closing,
                of_channel(page.target.channel),
                f"silence {page.target}",
                **SILENCE.options(),
            )
        except ActivityError as error:
            if self._taken():
                self._desk.note(Fact.SKIPPED, f"{page.target} may ring on: {sentence(error)}")

    def _closing(self, page: PageRecord, step: str) -> PageClosing:
        effect = self._case.key.effect(step, f"{page.target}:{page.key}")
        return PageClosing(request_id=self._desk.request(effect), effect=effect, service=page.target.to, key=page.key)

    def _mark(self, page: PageRecord, **fields: bool) -> None:
        self._case.pages = [each.model_copy(update=fields) if _same(each, page) else each for each in self._case.pages]

    async def _close(self, page: PageRecord) -> None:
        closing = self._closing(page, "close")
        try:
            await self._desk.call_unless(
                lambda: self._desk.failing_again,
                Paging.close_page,
                closing,
                of_channel(page.target.channel),
                f"close {page.target}",
                **CLOSE.options(),
            )
        except ActivityError as error:
            if not self._desk.failing_again:
                self._desk.note(Fact.UNKNOWN, f"{page.target} could not be closed: {sentence(error)}; close it by hand")
            return
        self._mark(page, closed=True)


def _same(one: PageRecord, other: PageRecord) -> bool:
    return one.target == other.target and one.key == other.key


def _label(tier: int) -> str:
    return "the stale tier" if tier == STALE else f"tier {tier}"
