"""S1.6: an acknowledgement ends the wait, whichever way it comes, and may lapse."""

from datetime import UTC, datetime, timedelta

from holdline.domain import messages
from holdline.domain.acknowledgement import Via
from holdline.domain.runbook import Runbook
from holdline.domain.timeline import Fact
from holdline.ports import Rejected
from tests.support.scene import LADDER, RUNBOOK, pages, scene, when
from workers.virtual import VirtualTime

FIRST = "0s first pagerduty:one"
SECOND = "5m second pagerduty:two"


async def test_one_second_before_the_next_tier(virtual: VirtualTime) -> None:
    """An acknowledgement at 4:59 keeps tier 2 asleep."""
    async with scene(virtual, _without_lease()) as story:
        await story.fails()
        await story.at("2m")
        await story.at_next(timedelta(seconds=-1))
        reply = await story.asks(messages.ACKNOWLEDGE)
        assert reply.changed
        await story.at("40m")
        assert [FIRST] == pages(await story.snapshot())


async def test_one_second_after_the_next_tier(virtual: VirtualTime) -> None:
    """An acknowledgement at 5:01 does not undo tier 2, and keeps tier 3 asleep."""
    async with scene(virtual, _without_lease()) as story:
        await story.fails()
        await story.at("2m")
        await story.at_next(timedelta(seconds=1))
        await story.asks(messages.ACKNOWLEDGE)
        await story.at("40m")
        assert [FIRST, SECOND] == pages(await story.snapshot())


async def test_acknowledgement_silences_every_page(virtual: VirtualTime) -> None:
    """Whoever takes it, and by whatever way: no page of any tier rings on at its vendor."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("6m")
        await story.asks(messages.ACKNOWLEDGE)
        await story.at("7m")
        assert ["one", "two"] == sorted(row[1] for row in story.outside.ledger if row[0] == "silenced")


async def test_page_that_cannot_be_silenced_is_told(virtual: VirtualTime) -> None:
    """A vendor that refuses to be silenced does not undo the acknowledgement."""
    async with scene(virtual) as story:
        story.outside.trouble("silence", lambda: Rejected("pagerduty", "no"))
        await story.fails()
        await story.at("1m")
        await story.asks(messages.ACKNOWLEDGE)
        await story.at("2m")
        told = await story.snapshot()
        assert "alice" == told.acknowledged_by
        assert "may ring on" in when(told, Fact.SKIPPED)[-1]


async def test_second_person_learns_who_has_it(virtual: VirtualTime) -> None:
    """The first acknowledgement keeps the incident; the second person is told who has it."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("10s")
        await story.asks(messages.ACKNOWLEDGE, by="alice")
        reply = await story.asks(messages.ACKNOWLEDGE, by="bob")
        assert not reply.changed
        assert "already acknowledged by alice" in reply.text


async def test_lapsed_lease_pages_again(virtual: VirtualTime) -> None:
    """When the lease of an acknowledgement lapses, the tier is paged again although the vendor still shows it."""
    policy = LADDER.model_copy(update={"lease": timedelta(minutes=10)})
    async with scene(virtual, RUNBOOK.model_copy(update={"escalation": policy})) as story:
        await story.fails()
        await story.at("1m")
        await story.asks(messages.ACKNOWLEDGE)
        story.outside.taken["one"] = "alice"
        await story.at("12m")
        assert [FIRST, "11m first pagerduty:one"] == pages(await story.snapshot())
        assert 2 == story.outside.count("page", "one")


async def test_truth_is_asked_of_the_vendor(virtual: VirtualTime) -> None:
    """A lost acknowledgement webhook does not wake tier 2: the vendor is asked first."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        story.outside.taken["one"] = "carol"
        await story.at("6m")
        told = await story.snapshot()
        assert [FIRST] == pages(told)
        assert "carol" == told.acknowledged_by


async def test_webhook_takes_and_gives_back(virtual: VirtualTime) -> None:
    """An acknowledgement by webhook counts at once; taken back there, the tier is paged again."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        await story.handle.signal(messages.ANSWER, _answer("a1", messages.AnswerKind.ACKNOWLEDGED))
        await story.handle.signal(messages.ANSWER, _answer("a1", messages.AnswerKind.ACKNOWLEDGED))
        assert "dora" == (await story.snapshot()).acknowledged_by
        await story.at("2m")
        await story.handle.signal(messages.ANSWER, _answer("a2", messages.AnswerKind.UNACKNOWLEDGED))
        await story.at("3m")
        told = await story.snapshot()
        assert [FIRST, "2m first pagerduty:one"] == pages(told)
        assert ["1m dora has it (pagerduty)"] == when(told, Fact.ACKNOWLEDGED)


async def test_answer_to_an_older_episode_does_nothing(virtual: VirtualTime) -> None:
    """An acknowledgement of another epoch is written down and changes nothing."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        old = _answer("a1", messages.AnswerKind.ACKNOWLEDGED).model_copy(update={"epoch": 9})
        await story.handle.signal(messages.ANSWER, old)
        told = await story.snapshot()
        assert told.acknowledged_by is None
        assert ["1m dora acknowledged another episode (pagerduty)"] == when(told, Fact.SKIPPED)


async def test_operator_escalates(virtual: VirtualTime) -> None:
    """An operator's `escalate` asks the next tier at once, although somebody had acknowledged."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        await story.asks(messages.ACKNOWLEDGE)
        await story.at("2m")
        await story.asks(messages.ESCALATE, by="bob")
        await story.at("3m")
        assert [FIRST, "2m second pagerduty:two"] == pages(await story.snapshot())


def _without_lease() -> Runbook:
    return RUNBOOK.model_copy(update={"escalation": LADDER.model_copy(update={"lease": None})})


def _answer(event_id: str, kind: messages.AnswerKind) -> messages.Answer:
    return messages.Answer(event_id=event_id, kind=kind, by="dora", via=Via.PAGERDUTY, at=datetime.now(UTC), epoch=1)
