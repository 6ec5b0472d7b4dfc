"""S1.6: an answer counts for the page it was given to, not for a later one."""

from datetime import timedelta

from holdline.domain import messages
from holdline.domain.acknowledgement import Via
from holdline.domain.observation import Verdict
from holdline.domain.timeline import Fact
from tests.support.scene import Scene, pages, scene, when
from workers.virtual import VirtualTime


async def test_answer_from_before_the_relapse(virtual: VirtualTime) -> None:
    """A webhook about the first opening that arrives after a relapse does not silence the second one."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        await story.recovers()
        story.outside.verdict = Verdict.BREACH
        await story.at("10m")
        await story.observes(Verdict.BREACH)
        await story.at("11m")
        await _answers(virtual, story, messages.AnswerKind.ACKNOWLEDGED, ago=timedelta(minutes=10))
        told = await story.snapshot()
        assert told.acknowledged_by is None
        assert "dora acknowledged an older page" in when(told, Fact.SKIPPED)[-1]


async def test_answer_after_the_end(virtual: VirtualTime) -> None:
    """The vendor's report that our own resolve has arrived is written down as what it is."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        await story.recovers()
        await story.at("2m")
        await _answers(virtual, story, messages.AnswerKind.RESOLVED)
        told = await story.snapshot()
        assert "dora resolved it when it was RESOLVED already" in when(told, Fact.SKIPPED)[-1]


async def test_vendor_takes_back_what_it_never_had(virtual: VirtualTime) -> None:
    """PagerDuty's `unacknowledged` does not take the incident from somebody who took it on the command line."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        await story.asks(messages.ACKNOWLEDGE, by="bob")
        await _answers(virtual, story, messages.AnswerKind.UNACKNOWLEDGED)
        await story.at("2m")
        told = await story.snapshot()
        assert "bob" == told.acknowledged_by
        assert 1 == len(pages(told))


async def _answers(time: VirtualTime, story: Scene, kind: messages.AnswerKind, ago: timedelta = timedelta(0)) -> None:
    at = await time.now(story.handle) - ago
    said = messages.Answer(event_id=f"a-{kind}", kind=kind, by="dora", via=Via.PAGERDUTY, at=at, epoch=1)
    await story.handle.signal(messages.ANSWER, said)
