"""S4: one incident has one ticket, which says what is true, whatever its system does meanwhile."""

from datetime import timedelta
from itertools import pairwise
from urllib.parse import quote

import pytest

from holdline.domain import ticket_messages
from holdline.domain.acknowledgement import Via
from holdline.domain.incident import IncidentKind
from holdline.domain.keys import workflow_id
from holdline.domain.messages import ACKNOWLEDGE, ANSWER, RESOLVE, Answer, AnswerKind, Reply
from holdline.domain.observation import Verdict
from holdline.domain.stability import StabilityRule
from holdline.domain.storm import StormRule
from holdline.domain.ticket import Failing
from holdline.domain.ticket_messages import DROP, REPLAY, Letter, Order, Record, Standing, Ticketed
from holdline.domain.timeline import Fact
from holdline.ports import (
    CredentialsRefused,
    Invalid,
    Misconfigured,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
)
from tests.scenarios.ticketed import TICKETED, comes, keeper, letter, marked, opened, passes, ticketed, until
from tests.support.scene import SYSTEM, Scene, pages, when
from workers.virtual import VirtualTime


async def test_one_ticket_from_beginning_to_end(virtual: VirtualTime) -> None:
    """It is opened beside the page, told who has the incident, closed with it, and let go with it."""
    async with ticketed(virtual) as story:
        await story.fails(metrics={"loss": 0.4})
        await story.at("30s")
        record = await opened(story)
        assert {"metrics": "loss 0.4", "event_id": "event-1"}.items() <= record.facts.items()
        assert record.facts["link"].endswith(quote(story.handle.id, safe=""))
        await story.asks(ACKNOWLEDGE)
        await story.at("3m")
        await passes(story, "70s")
        assert "alice" == record.facts["acknowledged_by"]
        await story.asks(RESOLVE)
        told = await story.ends()
        await story.time.finish(keeper(story))
        assert ["0s ticket INC1 in servicenow opened"] == when(told, Fact.TICKET)[:1]
        assert Standing.CLOSED is Letter.model_validate(await keeper(story).result()).standing
        assert [record] == story.outside.tickets.records
        assert not record.open


async def test_changes_within_a_minute_are_told_together(virtual: VirtualTime) -> None:
    """Within a minute of a call for the ticket no other is made (S4.5): the repair and the answer are one update."""
    async with ticketed(virtual) as story:
        await story.fails()
        await opened(story)
        await story.asks(ACKNOWLEDGE)
        await story.at("2m")

        async def briefed() -> bool:
            return any("carrier-b first" in note for note in (await letter(story)).notes)

        await comes(briefed)
        await passes(story, "70s")
        assert ["open", "update"] == story.outside.tickets.written
        (note,) = story.outside.tickets.records[0].notes.values()
        assert "alice has it" in note
        assert "carrier-b first" in note


async def test_lost_answer_is_no_second_ticket(virtual: VirtualTime) -> None:
    """The vendor committed and its answer was lost: it is looked for, adopted, and a minute later looked at again."""
    async with ticketed(virtual) as story:
        story.outside.tickets.trouble("open", lambda: OutcomeUnknown("servicenow", "the answer was lost"), "after")
        await story.fails()
        record = await opened(story)
        assert "found again" in when(await story.snapshot(), Fact.TICKET)[0]
        await passes(story, "70s")

        async def looked() -> bool:
            return any("INC1 is the only one" in row.text for row in (await letter(story)).timeline)

        await comes(looked)
        assert [record] == story.outside.tickets.records


async def test_second_ticket_is_closed_as_a_duplicate(virtual: VirtualTime) -> None:
    """Nothing was found although it was there: the index was behind. A minute later the second one is closed."""
    async with ticketed(virtual) as story:
        box = story.outside.tickets
        box.trouble("open", lambda: OutcomeUnknown("servicenow", "the answer was lost"), "after")
        box.behind = 1
        await story.fails()
        await opened(story)
        await passes(story, "70s")
        assert "duplicates of ticket INC2: INC1" in when(await story.snapshot(), Fact.TICKET)[-1]
        assert [False, True] == sorted(each.open for each in box.records)


async def test_rich_ticket_refused_is_a_small_one(virtual: VirtualTime) -> None:
    """A rule of the vendor refuses the content: the least that it needs is tried, and the timeline says so."""
    async with ticketed(virtual) as story:
        story.outside.tickets.trouble("open", lambda: Invalid("servicenow", "category is missing"))
        await story.fails()
        record = await opened(story)
        assert record.minimal
        assert "says the least" in when(await story.snapshot(), Fact.TICKET)[0]


async def test_rule_that_refuses_what_changes_stops_neither_notes_nor_the_closing(virtual: VirtualTime) -> None:
    """A rule that came after the opening: the note is added alone, the ticket is closed, and the timeline says so."""

    def refused() -> Invalid:
        return Invalid("servicenow", "descriptions are final")

    async with ticketed(virtual) as story:
        await story.fails()
        record = await opened(story)
        for what in ("update", "close"):
            story.outside.tickets.trouble(what, refused)
        await story.asks(ACKNOWLEDGE)
        await story.at("2m")
        await passes(story, "70s")
        assert any("alice has it" in note for note in record.notes.values())
        await story.asks(RESOLVE)
        told = await story.ends()
        await story.time.finish(keeper(story))
        assert not record.open
        assert ["open", "update", "update", "close", "close"] == story.outside.tickets.written
        assert any(
            "not kept by the vendor: what changes (descriptions are final)" in row for row in when(told, Fact.TICKET)
        )
        assert [] == when(told, Fact.UNKNOWN)


async def test_update_that_is_refused_whatever_it_says_waits_for_a_human(virtual: VirtualTime) -> None:
    """The least is refused as well: a dead letter."""
    async with ticketed(virtual) as story:
        await story.fails()
        await opened(story)
        story.outside.tickets.trouble("update", lambda: Invalid("servicenow", "no notes either"), times=2)
        await story.asks(ACKNOWLEDGE)
        await story.at("2m")
        await passes(story, "70s")
        dead = await until(story, Standing.DEAD_LETTER)
        assert (Failing.INTEGRATION, ["open", "update", "update"]) == (dead.failing, story.outside.tickets.written)


FAILURES = {
    Failing.INTEGRATION: lambda: Rejected("servicenow", "the field assignment_group is not known"),
    Failing.CONFIGURATION: lambda: Misconfigured("servicenow", "there is no table called incidents"),
}


@pytest.mark.parametrize("failing", FAILURES)
async def test_what_a_human_must_mend_waits_for_one(virtual: VirtualTime, failing: Failing) -> None:
    """It is a dead letter that keeps everything, says so on the incident, and is delivered when somebody says so."""
    async with ticketed(virtual) as story:
        story.outside.tickets.trouble("open", FAILURES[failing])
        await story.fails()
        dead = await until(story, Standing.DEAD_LETTER)
        assert (failing, None) == (dead.failing, dead.try_at)
        assert story.trunk.id == dead.facts["entity_id"]
        await story.at("6m")
        assert ["open"] == story.outside.tickets.written
        assert str(failing) in when(await story.snapshot(), Fact.UNKNOWN)[0]
        reply = await keeper(story).execute_update(REPLAY, Order(by="alice"), result_type=Reply)
        assert reply.changed
        await until(story, Standing.KEPT)
        assert ["open", "find", "open"] == story.outside.tickets.written
        assert "delivered late" in when(await story.snapshot(), Fact.TICKET)[0]


async def test_network_failure_delivers_itself(virtual: VirtualTime) -> None:
    """It is a dead letter, tried again after 3 minutes as the vendor asks, then after 5 and 30, and delivered."""
    async with ticketed(virtual) as story:
        wait = timedelta(minutes=3)
        story.outside.tickets.trouble("open", lambda: Throttled("servicenow", "too many", wait), times=3)
        await story.fails()
        assert Failing.NETWORK is (await until(story, Standing.DEAD_LETTER)).failing
        await passes(story, "2m59s")
        assert 1 == len(story.outside.tickets.written)
        await passes(story, "40m")
        rows = (await letter(story)).timeline
        pauses = [round((later.at - earlier.at) / timedelta(minutes=1)) for earlier, later in pairwise(rows)]
        assert [3, 5, 30] == pauses[:3]
        assert 1 == len(story.outside.tickets.records)
        assert "delivered late" in when(await story.snapshot(), Fact.TICKET)[0]


async def test_no_connection_is_tried_four_times(virtual: VirtualTime) -> None:
    """Repeats after 1, 2 and 4 seconds (S4.3), then it waits for its minute."""
    async with ticketed(virtual) as story:
        story.outside.tickets.trouble("open", lambda: Unavailable("servicenow", "no connection"), times=4)
        await story.fails()
        await until(story, Standing.DEAD_LETTER)
        assert 4 == story.outside.tickets.orders.count("open")
        await passes(story, "70s")
        await until(story, Standing.KEPT)


async def test_pages_do_not_wait_for_a_ticket_system_that_is_down(virtual: VirtualTime) -> None:
    """A vendor that is down for half an hour delays nothing: the ladder climbs on its minutes, to its end."""
    async with ticketed(virtual) as story:
        wait = timedelta(minutes=10)
        story.outside.tickets.trouble("open", lambda: Throttled("servicenow", "too many", wait), times=100)
        await story.fails()
        await story.at("31m")
        told = await story.snapshot()
        climbed = ["0s first pagerduty:one", "5m second pagerduty:two", "10m third pagerduty:three"]
        managers = [f"{minutes}m managers pagerduty:stale" for minutes in (15, 20, 25)]
        assert [*climbed, *managers] == pages(told)


async def test_refused_credential_is_an_incident_of_its_own(virtual: VirtualTime) -> None:
    """The vendor refuses the credential (S4.8): an incident about that opens, and the ticket is tried again later."""
    async with ticketed(virtual) as story:
        story.outside.tickets.trouble("open", lambda: CredentialsRefused("servicenow", "the token expired"))
        await story.fails()
        dead = await until(story, Standing.DEAD_LETTER)
        assert Failing.CREDENTIAL is dead.failing
        raised = story.handle_of(workflow_id(IncidentKind.CREDENTIAL_EXPIRED, SYSTEM))
        await comes(raised.describe)
        await passes(story, "70s")
        await until(story, Standing.KEPT)


async def test_whoever_has_the_ticket_has_the_incident(virtual: VirtualTime) -> None:
    """At check time the ticket is asked too (S4.7): whoever took it there ends the climb."""
    async with ticketed(virtual) as story:
        await story.fails()
        (await opened(story)).by = "bob"
        await story.at("6m")
        told = await story.snapshot()
        assert ["0s first pagerduty:one"] == pages(told)
        assert "bob" == told.acknowledged_by
        assert str(Via.TICKET_CHECK) in when(told, Fact.ACKNOWLEDGED)[0]


async def test_dropped_letter_is_told_no_more(virtual: VirtualTime) -> None:
    """Whoever drops it ends it; the incident goes on, says so, and tells the ticket nothing more."""
    async with ticketed(virtual) as story:
        story.outside.tickets.trouble("open", FAILURES[Failing.INTEGRATION])
        await story.fails()
        await until(story, Standing.DEAD_LETTER)
        order = Order(by="alice", reason="the instance is gone")
        await keeper(story).execute_update(DROP, order, result_type=Reply)
        await story.asks(ACKNOWLEDGE)
        await story.at("2m")
        assert ["open"] == story.outside.tickets.written
        assert any("alice dropped" in row for row in when(await story.snapshot(), Fact.UNKNOWN))


async def test_small_ticket_is_tried_whatever_failed_before(virtual: VirtualTime) -> None:
    """The network fails first and a rule refuses the content then: the least is tried at once, not never."""
    async with ticketed(virtual) as story:
        box, wait = story.outside.tickets, timedelta(minutes=3)
        box.trouble("open", lambda: Throttled("servicenow", "too many", wait))
        box.trouble("open", lambda: Invalid("servicenow", "category is missing"))
        await story.fails()
        await until(story, Standing.DEAD_LETTER)
        await passes(story, "3m10s")
        assert (await opened(story)).minimal


async def test_ticket_that_is_not_found_by_its_key_is_looked_for_again(virtual: VirtualTime) -> None:
    """The index is behind: nothing is closed and nobody says that it is the only one until it is found."""
    async with ticketed(virtual) as story:
        box = story.outside.tickets
        box.trouble("open", lambda: OutcomeUnknown("servicenow", "the answer was lost"), "after")
        box.behind = 2
        await story.fails()
        await opened(story)
        await passes(story, "70s")

        async def behind() -> bool:
            return any("not found by its key yet" in row.text for row in (await letter(story)).timeline)

        await comes(behind)
        assert [True, True] == [each.open for each in box.records]
        await passes(story, "3m")
        await comes(lambda: closed(story))
        assert [False, True] == [each.open for each in box.records]


async def closed(story: Scene) -> bool:
    """Whether a duplicate was closed."""
    return any("duplicates" in row.text for row in (await letter(story)).timeline)


async def test_ticket_of_another_day_answers_nothing(virtual: VirtualTime) -> None:
    """An episode of the same number, which the server has forgotten, had a ticket: closing it wakes no hope."""
    async with ticketed(virtual) as story:
        await story.fails()
        at = await story.now()
        said = Answer(event_id="a", kind=AnswerKind.RESOLVED, by="bob", via=Via.TICKET, at=at, epoch=1, mark="00000000")
        await story.handle.signal(ANSWER, said)
        await story.at("6m")
        told = await story.snapshot()
        assert ["0s first pagerduty:one", "5m second pagerduty:two"] == pages(told)
        assert any("bob resolved another episode" in row for row in when(told, Fact.SKIPPED))


async def test_assignee_of_the_beginning_is_nobody(virtual: VirtualTime) -> None:
    """Whom the system gives a new ticket to by a rule of its own was not woken: the ladder climbs."""
    async with ticketed(virtual) as story:
        story.outside.tickets.default = "team lead"
        await story.fails()
        await opened(story)
        await story.at("6m")
        assert ["0s first pagerduty:one", "5m second pagerduty:two"] == pages(await story.snapshot())


async def test_assignee_of_the_beginning_is_nobody_by_an_older_name_too(virtual: VirtualTime) -> None:
    """A release before this one kept their e-mail address; asked now, the system's word is shorter."""
    lead = "team.lead@example.com"
    async with ticketed(virtual) as story:
        story.outside.tickets.default = lead
        await story.fails()
        record = Record(id=(await opened(story)).id, taker=lead)
        await story.handle.signal(ticket_messages.TICKETED, Ticketed(epoch=1, text="as it was", record=record))
        await story.at("6m")
        assert ["0s first pagerduty:one", "5m second pagerduty:two"] == pages(await story.snapshot())


async def test_cancelled_incident_leaves_no_ticket_open(virtual: VirtualTime) -> None:
    """Cancelled in the console: the keeper hears the end, closes the ticket and lets go."""
    async with ticketed(virtual) as story:
        await story.fails()
        record = await opened(story)
        await story.handle.cancel()
        await story.time.finish(keeper(story))
        assert Standing.CLOSED is Letter.model_validate(await keeper(story).result()).standing
        assert not record.open


async def test_blip_has_no_ticket(virtual: VirtualTime) -> None:
    """What clears before it is confirmed ends without a ticket."""
    steady = TICKETED.model_copy(update={"stability": StabilityRule(failures=3, window=timedelta(minutes=2))})
    async with ticketed(virtual, steady) as story:
        story.outside.verdict = Verdict.HEALTHY
        await story.fails()
        await story.ends()
        assert [] == story.outside.tickets.written


async def test_storm_has_one_ticket(virtual: VirtualTime) -> None:
    """Many of one cause have one ticket, their parent's; it says how many they are."""
    many = TICKETED.model_copy(update={"storm": StormRule()})
    async with ticketed(virtual, many) as story:
        await story.gathers("one", "two", "three")
        record = await opened(story)
        await story.at("2m")
        kept = story.handle_of(await marked(story.handle))
        assert await story.time.move(kept, timedelta(minutes=2, seconds=10))
        assert "3 trunk failures" in record.facts["summary"]
        assert [record] == story.outside.tickets.records
        await kept.terminate()


async def test_reopened_incident_reopens_its_ticket(virtual: VirtualTime) -> None:
    """A failure within the re-open window goes on in the same ticket (S1.3)."""
    async with ticketed(virtual) as story:
        await story.fails()
        record = await opened(story)
        await story.asks(RESOLVE)

        async def open_() -> bool:
            return record.open

        async def shut() -> bool:
            return not record.open

        await passes(story, "70s")
        await comes(shut)
        await story.observes(Verdict.BREACH)
        await passes(story, "140s")
        await comes(open_)
        assert [record] == story.outside.tickets.records
