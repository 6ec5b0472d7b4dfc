"""Pages: ask the people of a tier by the first channel that takes the page, check for answers, close."""

import asyncio
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError

from workflows.desk import Desk
from workflows.failure import Cause, cause, sentence

with workflow.unsafe.imports_passed_through():
    from activities.paging import Paging
    from activities.texting import Texting
    from holdline.domain.acknowledgement import Acknowledgement, Via
    from holdline.domain.case import PageRecord
    from holdline.domain.escalation import STALE, Channel, Step, Target, Tier
    from holdline.domain.keys import tag
    from holdline.domain.queues import PAGERDUTY, TWILIO
    from holdline.domain.timeline import Fact
    from holdline.ports import Page, PageClosing, PageQuestion, Receipt, TextMessage
    from workflows import words
    from workflows.patience import CLOSE, PAGE, READ


# Rounds of their own, so that PagerDuty rings again however often the ladder has repeated.
LAST_ROUND = 998
ALARM_ROUND = 999


class Pages:
    """The pages of one incident at their vendors."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._case = desk.case

    async def ask(self, tier: Tier, step: Step, round_: int) -> bool:
        """Page a tier: each target in turn until one takes it. False where nobody could be reached."""
        for target in tier.page:
            if self._desk.over or self._taken():
                return True
            if await self._send(target, step.tier, tier.name, round_, step.reason):
                return True
        return False

    async def last_resort(self, targets: tuple[Target, ...]) -> None:
        """Tell everybody who is left that nobody answered."""
        for target in targets:
            await self._send(target, STALE, "last resort", LAST_ROUND, "nobody acknowledged")

    async def alarm(self, tier: Tier, why: str) -> None:
        """Page a tier about something that went wrong after the incident, whoever had it."""
        for target in tier.page:
            if await self._send(target, 1, tier.name, ALARM_ROUND, why):
                return

    async def check(self) -> bool:
        """Ask the vendor for the truth about every page that still counts; True where somebody has it (S1.6)."""
        asked = [page for page in self._case.pages if page.rings and self._counts(page)]
        latest = {page.target.to: page for page in asked}
        answers = await asyncio.gather(*(self._state(page) for page in latest.values()))
        return any(answers) or self._taken()

    async def close(self) -> None:
        """Resolve every page that still rings."""
        await asyncio.gather(*(self._close(page) for page in self._case.pages if page.rings))

    def _taken(self) -> bool:
        taken = self._case.acknowledgement
        return taken is not None and taken.holds(workflow.now())

    def _counts(self, page: PageRecord) -> bool:
        return self._case.heard_from is None or page.at >= self._case.heard_from

    async def _send(self, target: Target, tier: int, name: str, round_: int, why: str) -> bool:
        effect = self._case.key.effect(f"page.{_label(tier)}.{round_}", str(target))
        sent_at = workflow.now()
        try:
            receipt = await self._deliver(target, effect, tier, round_)
        except ActivityError as error:
            self._failed(target, error)
            return False
        self._took(target, tier, name, round_, sent_at, receipt, why)
        return True

    async def _deliver(self, target: Target, effect: str, tier: int, round_: int) -> Receipt:
        summary = f"page {_label(tier)}: {target}"
        match target.channel:
            case Channel.PAGERDUTY:
                page = self._page(target, effect, tier, round_)
                taken = self._desk.call(Paging.page, page, PAGERDUTY, summary, **PAGE.options())
            case Channel.SMS:
                taken = self._desk.call(Texting.text, self._text(target, effect), TWILIO, summary, **PAGE.options())
        receipt: Receipt = await taken
        return receipt

    def _page(self, target: Target, effect: str, tier: int, round_: int) -> Page:
        return Page(
            request_id=self._desk.request(effect),
            effect=effect,
            service=target.to,
            key=self._case.key.page_key(round_),
            summary=words.summary(self._case),
            severity=self._case.severity,
            entity=self._case.entity,
            at=workflow.now(),
            details=words.details(self._case, _label(tier)),
        )

    def _text(self, target: Target, effect: str) -> TextMessage:
        return TextMessage(
            request_id=self._desk.request(effect),
            effect=effect,
            contact=target.to,
            text=words.text_message(self._case, tag(effect)),
            tag=tag(effect),
        )

    def _took(
        self, target: Target, tier: int, name: str, round_: int, sent_at: datetime, receipt: Receipt, why: str
    ) -> None:
        record = PageRecord(
            tier=tier,
            tier_name=name,
            target=target,
            key=self._case.key.page_key(round_),
            at=sent_at,
            receipt=receipt.id,
        )
        self._case.pages.append(record)
        found = ", found at the vendor after an unknown outcome" if receipt.adopted else ""
        self._desk.note(Fact.PAGED, f"{_label(tier)} {name} by {target} because {why}{found}")

    def _failed(self, target: Target, error: ActivityError) -> None:
        what = "may or may not have been sent" if cause(error) is Cause.UNKNOWN else "was not sent"
        self._desk.note(Fact.PAGE_FAILED, f"the page to {target} {what}: {sentence(error)}; the next channel is tried")

    async def _state(self, page: PageRecord) -> bool:
        effect = self._case.key.effect("ask", f"{page.target}:{page.key}")
        question = PageQuestion(
            request_id=self._desk.request(effect), effect=effect, service=page.target.to, key=page.key
        )
        try:
            state = await self._desk.call(
                Paging.ask_page, question, PAGERDUTY, f"has anybody taken {page.target}?", **READ.options()
            )
        except ActivityError as error:
            self._desk.note(Fact.SKIPPED, f"{page.target} could not be asked for an answer: {sentence(error)}")
            return False
        if state.acknowledged_by is None and not state.resolved:
            return False
        by = state.acknowledged_by or "somebody who resolved it there"
        self.acknowledged(by, Via.PAGERDUTY_CHECK, state.acknowledged_at or workflow.now())
        return True

    def acknowledged(self, by: str, via: Via, at: datetime) -> None:
        """Record who has the incident from `at` on."""
        lease = self._desk.runbook.escalation.lease
        self._case.acknowledgement = Acknowledgement(by=by, via=via, at=at, lease=lease)
        self._desk.note(Fact.ACKNOWLEDGED, f"{by} has it ({via})")

    async def _close(self, page: PageRecord) -> None:
        effect = self._case.key.effect("close", f"{page.target}:{page.key}")
        closing = PageClosing(
            request_id=self._desk.request(effect), effect=effect, service=page.target.to, key=page.key
        )
        try:
            await self._desk.call(Paging.close_page, closing, PAGERDUTY, f"close {page.target}", **CLOSE.options())
        except ActivityError as error:
            self._desk.note(Fact.UNKNOWN, f"{page.target} could not be closed: {sentence(error)}; close it by hand")
            return
        self._case.pages = [
            each.model_copy(update={"closed": True}) if each is page else each for each in self._case.pages
        ]


def _label(tier: int) -> str:
    return "the stale tier" if tier == STALE else f"tier {tier}"
