"""S3.6, S3.7: two healthy observations, the revert that was promised, and what prevents it."""

import asyncio
from datetime import timedelta

from holdline.domain import messages
from holdline.domain.lifecycle import State
from holdline.domain.observation import Verdict
from holdline.domain.recovery import RecoveryRule
from holdline.domain.runbook import Runbook
from holdline.domain.timeline import Fact
from holdline.ports import Rejected
from tests.support.scene import LADDER, crew, scene, when
from workers.virtual import VirtualTime

BEFORE, AFTER = ("carrier-a", "carrier-b"), ("carrier-b", "carrier-a")


async def test_whole_life(virtual: VirtualTime) -> None:
    """Two healthy observations: the route is put back, every page closed, and the story told."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("6m")
        await story.recovers()
        told = await story.ends()
        assert BEFORE == story.outside.order
        assert set() == story.outside.open_pages
        assert State.RESOLVED is told.state
        assert [("route", "carrier-b"), ("route", "carrier-a")] == [r for r in story.outside.ledger if r[0] == "route"]
        assert 2 == story.outside.count("closed")


async def test_one_healthy_is_not_enough(virtual: VirtualTime) -> None:
    """One healthy observation among failures resets nothing."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        await story.observes(Verdict.HEALTHY)
        await story.observes(Verdict.BREACH)
        await story.at("1m10s")
        await story.observes(Verdict.HEALTHY)
        await story.at("1m20s")
        assert State.MONITORING is (await story.snapshot()).state
        assert AFTER == story.outside.order


async def test_second_healthy_is_read(virtual: VirtualTime) -> None:
    """After one healthy event Holdline looks for itself half a minute later."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        story.outside.verdict = Verdict.HEALTHY
        await story.observes(Verdict.HEALTHY)
        await story.at("2m")
        assert State.RESOLVED is (await story.snapshot()).state


async def test_revert_although_all_workers_were_down(virtual: VirtualTime) -> None:
    """The revert due at 15:00 is done although every worker was down from 14:00 to 16:00."""
    rule = RecoveryRule(reading_interval=timedelta(hours=3))
    async with scene(virtual, Runbook(escalation=LADDER, recovery=rule), staffed=False) as story:
        async with crew(virtual.client, story.outside):
            await story.fails()
            await story.at("14m")
            await story.asks(messages.ACKNOWLEDGE)
            story.outside.verdict = Verdict.UNKNOWN
        # The clock cannot pass the deadline while nobody works: it stands at 15:00 until a worker is back.
        deadline = asyncio.create_task(story.at("15m30s"))
        await asyncio.sleep(0.5)
        assert AFTER == story.outside.order
        async with crew(virtual.client, story.outside):
            await deadline
            assert when(await story.snapshot(), Fact.REVERTED)[0].startswith("15m")
            assert BEFORE == story.outside.order


async def test_degradation_postpones_the_revert(virtual: VirtualTime) -> None:
    """A reading that still finds the trunk down is a degradation signal: the change stays."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("40m")
        assert AFTER == story.outside.order


async def test_hold_prevents_the_revert(virtual: VirtualTime) -> None:
    """A held change is left in place when the incident is over, and the story says who holds it."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        await story.asks(messages.HOLD)
        await story.recovers()
        told = await story.ends()
        assert AFTER == story.outside.order
        assert "alice holds the change" in when(told, Fact.SKIPPED)[-1]


async def test_change_by_a_person_is_not_overwritten(virtual: VirtualTime) -> None:
    """When a person has set the order meanwhile, it is left alone and told."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        story.outside.order = ("carrier-c", "carrier-a")
        await story.recovers()
        told = await story.ends()
        assert ("carrier-c", "carrier-a") == story.outside.order
        assert "nothing was overwritten" in when(told, Fact.SKIPPED)[-1]


async def test_revert_that_fails_wakes_somebody(virtual: VirtualTime) -> None:
    """A revert that is refused is tried on, and a person is paged meanwhile."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        story.outside.trouble("change", lambda: Rejected("genesys", "missing permission"), times=2)
        await story.recovers()
        told = await story.ends()
        assert BEFORE == story.outside.order
        assert 2 == story.outside.count("page", "one")
        assert 2 == len(when(told, Fact.UNKNOWN))


async def test_flapping_is_held(virtual: VirtualTime) -> None:
    """A trunk that comes and goes is not called recovered until it has been calm."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        for _ in range(3):
            await story.observes(Verdict.HEALTHY)
            await story.observes(Verdict.BREACH)
        await story.recovers()
        told = await story.snapshot()
        assert State.MONITORING is told.state
        assert "held: it changed more than" in when(told, Fact.SKIPPED)[-1]
        assert State.RESOLVED is (await story.ends()).state


async def test_resolved_by_a_person(virtual: VirtualTime) -> None:
    """An operator's word ends the incident and everything is put back."""
    async with scene(virtual) as story:
        await story.fails()
        await story.at("1m")
        await story.asks(messages.RESOLVE)
        told = await story.ends()
        assert State.RESOLVED is told.state
        assert BEFORE == story.outside.order
