"""S1.1 through the real workflow: ticks on the minute, certain announcements, nothing on noise."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus

from holdline.domain import watching
from holdline.domain.detection import ELSE, Group, Plan, Source
from holdline.domain.sweep import Gap
from holdline.ports import CredentialsRefused, Unavailable
from tests.support.polled import Ears, Trunks, post, staffed, started
from workers.virtual import VirtualTime

GAP = Gap(what="page 2 of 3 of the trunks", reason="Genesys: no answer in time")


def trunks(**scripts: str) -> Trunks:
    """Trunks by their scripts."""
    found = Trunks()
    for trunk, looks in scripts.items():
        found.script(trunk, looks)
    return found


async def test_three_polls(virtual: VirtualTime) -> None:
    """A trunk that fails three times in a row is announced once; two good looks announce its end once."""
    async with post(virtual, trunks(a="HBBBBHH", b="H")) as watch:
        await watch.passes(2)
        assert [] == watch.ears.said
        await watch.passes(2)
        assert ["a breach x3"] == watch.ears.said
        await watch.passes(4)
        assert ["a breach x3", "a healthy x2"] == watch.ears.said


async def test_glitches_open_nothing(virtual: VirtualTime) -> None:
    """Failures of two polls, and whatever cannot be judged, are never announced."""
    async with post(virtual, trunks(a="HBBHB?BHBBHHBH", b="?", c="BBH")) as watch:
        await watch.passes(14)
        assert [] == watch.ears.said


async def test_on_the_minute(virtual: VirtualTime) -> None:
    """The first look is at once, the others are on the minute, whatever a look takes."""
    async with post(virtual, trunks(a="H")) as watch:
        await watch.passes(3)
        first, *others = (each.at for each in watch.trunks.asked)
        assert [0, 0, 0] == [at.second + at.microsecond for at in others]
        assert [timedelta(minutes=1)] * 2 == [later - earlier for earlier, later in pairwise(others)]
        assert timedelta(0) < others[0] - first <= timedelta(minutes=1)


async def test_only_news_is_asked_for(virtual: VirtualTime) -> None:
    """A look names what is known already, so that it is not told, and stored, again."""
    async with post(virtual, trunks(a="BBBBBBB", b="H")) as watch:
        await watch.passes(2)
        assert [["a"], ["a"]] == [[known.id for known in each.known] for each in watch.trunks.asked[1:]]


async def test_a_page_that_cannot_be_read(virtual: VirtualTime) -> None:
    """A gap does not blind the rest, is no breach, and is shown."""
    source = trunks(a="B")
    source.gaps = (GAP,)
    async with post(virtual, source) as watch:
        await watch.passes(4)
        assert ["a breach x3"] == watch.ears.said[:1]
        board = await watch.board()
        assert (5, (GAP,)) == (board.blind, board.gaps)


async def test_no_data_is_noticed(virtual: VirtualTime) -> None:
    """A source that cannot be read five times in a row is an incident; its trunks are not. Reading again ends it."""
    source = trunks(a="H")
    refused = CredentialsRefused("Genesys", "the OAuth client may not do this (403)")
    source.trouble.extend([None, *[Unavailable("Genesys", "no connection")] * 4, refused])
    async with post(virtual, source) as watch:
        await watch.passes(4)
        assert [] == watch.ears.said
        await watch.passes(1)
        assert ["trunks breach x5"] == watch.ears.said
        assert "403" in watch.ears.heard[0].reason
        await watch.passes(3)
        assert ["trunks breach x5", "trunks healthy x2"] == watch.ears.said


async def test_nobody_works(client: Client) -> None:
    """Ticks that were missed while no worker ran are skipped: one look, then the next tick."""
    source, ears, every = trunks(a="H"), Ears(), timedelta(seconds=1)
    plan = Plan(source=Source.TRUNKS, interval=every, groups=(Group(name=ELSE, every=every),))
    async with started(client, plan):
        async with staffed(client, source, ears):
            await source.looked(2)
        await asyncio.sleep(4)
        async with staffed(client, source, ears):
            await source.looked(2)
    looks = [each.at for each in source.asked]
    assert 1 == sum(later - earlier > 2 * every for earlier, later in pairwise(looks))
    assert len(looks) == len(set(looks))


async def test_announcements_are_kept(virtual: VirtualTime) -> None:
    """What the incidents did not take is announced after the next tick, as the same event."""
    async with post(virtual, trunks(a="B")) as watch:
        watch.ears.deaf = True
        await watch.passes(3)
        assert 1 == (await watch.board()).waiting
        watch.ears.deaf = False
        await watch.passes(1)
        assert ["a breach x3"] == watch.ears.said
        assert 0 == (await watch.board()).waiting


async def test_poll_is_a_look_now(virtual: VirtualTime) -> None:
    """After a gap in the events somebody asks for a look, which is no tick that the next minute misses."""
    async with post(virtual, trunks(a="B")) as watch:
        await watch.passes(1)
        looks = len(watch.trunks.asked)
        await watch.handle.signal(watching.POLL)
        await watch.after("1s")
        assert looks + 1 == len(watch.trunks.asked)
        assert [] == watch.ears.said


async def test_another_plan_is_adopted(virtual: VirtualTime) -> None:
    """A changed configuration holds from the next look on, which is at once."""
    async with post(virtual, trunks(a="B", b="B")) as watch:
        await watch.passes(1)
        every = timedelta(minutes=5)
        alone = Plan(
            source=Source.TRUNKS, interval=every, groups=(Group(name="b", ids=("b",), every=every, failures=1),)
        )
        await watch.adopts(alone)
        await watch.after("1s")
        assert [("b",), ["b"]] == [
            watch.trunks.asked[-1].due,
            [each.entity.id for each in (await watch.board()).entities],
        ]
        await watch.passes(2, every)
        assert ["b"] == [each.entity.id for each in watch.ears.heard]
        assert 0 == watch.trunks.asked[-1].at.minute % 5


async def test_slower_groups(virtual: VirtualTime) -> None:
    """A group with a longer interval is looked at on its own ticks; its runs are counted by them."""
    slow = Group(name="slow", ids=("a",), every=timedelta(minutes=5), failures=2)
    plan = Plan(source=Source.TRUNKS, groups=(slow, Group(name=ELSE)))
    async with post(virtual, trunks(a="B", b="H"), plan) as watch:
        await watch.after("12m")
        assert 2 <= sum("slow" in each.due for each in watch.trunks.asked[1:]) <= 3
        assert ["a breach"] == [each.rpartition(" ")[0] for each in watch.ears.said]


async def test_what_nobody_has_is_shown(virtual: VirtualTime, caplog: pytest.LogCaptureFixture) -> None:
    """An id that is written wrong is told once, and stands on the board."""
    plan = Plan(source=Source.TRUNKS, groups=(Group(name="mine", ids=("a", "x")),))
    async with post(virtual, trunks(a="H"), plan) as watch:
        await watch.passes(3)
        assert ("x",) == (await watch.board()).missing
    told = [each.getMessage() for each in caplog.records if "[detection.groups] names x" in each.getMessage()]
    assert 1 == len(told)


async def test_everything_fails_at_once(virtual: VirtualTime) -> None:
    """An outage of a thousand trunks is announced whole, in parts that Temporal takes."""
    async with post(virtual, trunks(**{f"t{n}": "B" for n in range(1200)})) as watch:
        await watch.passes(6)
        assert 1200 == len({each.entity.id for each in watch.ears.heard})


async def test_lost_and_found(virtual: VirtualTime) -> None:
    """A detector that is told that its loss was announced says so when it reads again."""
    async with post(virtual, trunks(a="H")) as watch:
        await watch.adopts((await watch.board()).plan, lost=True)
        await watch.passes(3)
        assert ["trunks healthy x2"] == watch.ears.said


async def test_removed_from_the_configuration(virtual: VirtualTime) -> None:
    """A source that is watched no more ends its detector."""
    async with post(virtual, trunks(a="H")) as watch:
        await watch.passes(1)
        await watch.handle.signal(watching.RETIRE)
        await watch.handle.result()
        assert WorkflowExecutionStatus.COMPLETED is (await watch.handle.describe()).status


async def test_going_on_as_new(virtual: VirtualTime) -> None:
    """Counts survive the end of a run, which comes after some ticks."""
    async with post(virtual, trunks(a="HHHBBHHHHHHBBB", b="B"), ticks=4) as watch:
        for _ in range(14):
            await watch.passes(1)
            await watch.answers()
        assert ["b breach x3", "a breach x3"] == watch.ears.said
        assert watch.handle.first_execution_run_id != (await watch.handle.describe()).run_id


async def test_when_the_server_suggests_it(short: VirtualTime) -> None:
    """A run ends sooner where the server says that its history is long."""
    async with post(short, trunks(a="H")) as watch:
        for _ in range(5):
            await watch.passes(1)
            await watch.answers()
        assert watch.handle.first_execution_run_id != (await watch.handle.describe()).run_id


async def test_a_quiet_tick_costs_two_actions(virtual: VirtualTime) -> None:
    """One timer and one activity for each tick, however many trunks there are."""
    async with post(virtual, trunks(**{f"t{n}": "H" for n in range(300)})) as watch:
        await watch.passes(10)
        events = [event.event_type for event in (await watch.handle.fetch_history()).events]
    assert len(watch.trunks.asked) == events.count(EventType.EVENT_TYPE_TIMER_STARTED)
    assert len(watch.trunks.asked) == events.count(EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED)
    assert 1 == events.count(EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES)
