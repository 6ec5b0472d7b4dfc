"""S1.6, S4.7: once an incident is free again, whoever takes its ticket then is heard, and nobody who had it before."""

from datetime import timedelta

import pytest

from holdline.domain.acknowledgement import Via
from holdline.domain.messages import ACKNOWLEDGE, ESCALATE, RESOLVE
from holdline.domain.observation import Verdict
from holdline.domain.timeline import Fact
from holdline.ports import Unavailable
from tests.scenarios.ticketed import TICKETED, comes, opened, passes, ticketed
from tests.support.scene import LADDER, Scene, when
from tests.support.ticketbox import Box
from workers.virtual import VirtualTime

LAPSING = TICKETED.model_copy(update={"escalation": LADDER.model_copy(update={"lease": timedelta(minutes=7)})})


async def lapsed(story: Scene) -> Box:
    """Maria takes it by another way and puts her name into the ticket; a minute ago that has lapsed."""
    await story.fails()
    record = await opened(story)
    await story.asks(ACKNOWLEDGE, by="maria")
    record.by = "maria"
    await story.at("8m")
    assert when(await story.snapshot(), Fact.LAPSED)
    return record


async def reopened(story: Scene) -> Box:
    """Maria ended it, and it fails again: the first tier is paged anew, and the ticket, still hers, is not yet open."""
    await story.fails()
    record = await opened(story)
    record.by = "maria"
    await story.asks(RESOLVE, by="maria")
    await passes(story, "70s")

    async def shut() -> bool:
        return not record.open

    async def paged() -> bool:
        return 2 == story.outside.count("page", "one") and story.outside.tickets.orders.count("state") > 1

    await comes(shut)
    await story.observes(Verdict.BREACH)
    await comes(paged)
    return record


async def taken(story: Scene) -> str | None:
    """Who has it six minutes later, when the ticket was asked."""
    elapsed = await story.time.elapsed(story.handle)
    assert await story.time.move(story.handle, elapsed + timedelta(minutes=6))
    return (await story.snapshot()).acknowledged_by


async def test_name_of_before_the_lapse_is_no_answer(virtual: VirtualTime) -> None:
    """Maria sleeps, and the ticket still names her: the ladder climbs."""
    async with ticketed(virtual, LAPSING) as story:
        await lapsed(story)
        assert await taken(story) is None
        assert story.outside.count("page", "two")


@pytest.mark.parametrize("before", ["maria", None])
async def test_another_name_after_a_lapse_is_an_answer(virtual: VirtualTime, before: str | None) -> None:
    """Bob puts his name into the ticket after the page: he has it, whoever was named before, or nobody."""
    async with ticketed(virtual, LAPSING) as story:
        await story.fails()
        record = await opened(story)
        await story.asks(ACKNOWLEDGE, by="maria")
        record.by = before
        await story.at("8m")
        record.by = "bob"
        assert "bob" == await taken(story)
        assert str(Via.TICKET_CHECK) in when(await story.snapshot(), Fact.ACKNOWLEDGED)[-1]
        assert not story.outside.count("page", "two")


async def test_whoever_comes_back_to_the_ticket_is_heard(virtual: VirtualTime) -> None:
    """Maria is named by nobody at one look, and at the next she is: she has taken it again."""
    async with ticketed(virtual, LAPSING) as story:
        record = await lapsed(story)
        record.by = None
        assert await taken(story) is None
        record.by = "maria"
        assert "maria" == await taken(story)


async def test_whoever_merely_writes_in_a_ticket_has_not_taken_it(virtual: VirtualTime) -> None:
    """It names nobody, and after the lapse a job writes in it: only a name of its own is an answer."""
    async with ticketed(virtual, LAPSING) as story:
        await story.fails()
        record = await opened(story)
        await story.asks(ACKNOWLEDGE, by="maria")
        record.by, record.guessed = "maria", True
        await story.at("8m")
        record.by = "system"
        assert await taken(story) is None
        record.by, record.guessed = "maria", False
        assert "maria" == await taken(story)


async def test_name_of_before_an_escalation_is_no_answer(virtual: VirtualTime) -> None:
    """An operator wants the next tier, whoever has it: the name in the ticket ends nothing, another one does."""
    async with ticketed(virtual) as story:
        await story.fails()
        record = await opened(story)
        record.by = "maria"
        await story.at("6m")
        assert "maria" == (await story.snapshot()).acknowledged_by
        await story.asks(ESCALATE, by="otto")
        assert await taken(story) is None
        record.by = "bob"
        assert "bob" == await taken(story)


async def test_name_of_before_the_end_is_no_answer_to_a_relapse(virtual: VirtualTime) -> None:
    """The ticket is opened again with Maria's name in it: she has not been heard of since."""
    async with ticketed(virtual) as story:
        await reopened(story)
        await passes(story, "140s")
        assert await taken(story) is None
        assert story.outside.count("page", "two")


async def test_whoever_takes_the_ticket_after_a_relapse_has_the_incident(virtual: VirtualTime) -> None:
    """Bob puts his name into the ticket after it was opened again."""
    async with ticketed(virtual) as story:
        record = await reopened(story)
        await passes(story, "140s")
        await again(story)
        record.by = "bob"
        assert "bob" == await taken(story)


async def test_whom_the_system_gives_a_reopened_ticket_to_is_nobody(virtual: VirtualTime) -> None:
    """A rule of the system gives it to a team lead when it is opened again: nobody was woken by that."""
    async with ticketed(virtual) as story:
        record = await reopened(story)
        record.by = "team lead"
        await passes(story, "140s")
        await again(story)
        assert await taken(story) is None
        assert story.outside.count("page", "two")


async def again(story: Scene) -> None:
    """Wait until the incident knows that its ticket is open again."""

    async def told() -> bool:
        return any("opened again" in row for row in when(await story.snapshot(), Fact.TICKET))

    await comes(told)


async def test_name_that_nobody_could_look_at_is_no_answer(virtual: VirtualTime) -> None:
    """The system is away when the page goes out: whom it names first may have been there before."""
    async with ticketed(virtual, LAPSING) as story:
        await story.fails()
        record = await opened(story)
        await story.asks(ACKNOWLEDGE, by="maria")
        record.by = "maria"
        story.outside.tickets.trouble("state", lambda: Unavailable("servicenow", "no connection"))
        await story.at("8m")
        assert await taken(story) is None
        record.by = "bob"
        assert "bob" == await taken(story)


async def test_somebody_without_a_name_is_nobody_new(virtual: VirtualTime) -> None:
    """Maria's name is taken out, and the status of the ticket still says that somebody works on it."""
    async with ticketed(virtual, LAPSING) as story:
        record = await lapsed(story)
        record.by = "somebody"
        assert await taken(story) is None
