"""S1.8: of twenty queues automation touches a fifth by itself; the next one is only suggested."""

from datetime import timedelta

from holdline.domain.entity import Entity, EntityKind
from holdline.domain.gate import Limits
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.runbook import RemediationRule
from holdline.domain.timeline import Fact
from tests.contracts.rig import Rig, rigged
from tests.scenarios.test_actions import join, ledger, levers
from tests.support.scene import RUNBOOK, scene, when
from workers.virtual import VirtualTime, virtual_time

FIFTH = Limits(lease=timedelta(days=1), blast_window=timedelta(days=1), blast_queues_percent=20, blast_queues=1000)
"""The gate's clock does not stand still for the window."""


async def _overflows(virtual: VirtualTime, rig: Rig, queue: str) -> list[str]:
    """A queue overflows, and agents are to join it; what the timeline says about the gate."""
    about = (IncidentKind.QUEUE_OVERFLOW, Entity(kind=EntityKind.QUEUE, id=queue))
    runbook = RUNBOOK.model_copy(update={"remediation": RemediationRule(actions=(join(rig),))})
    async with scene(virtual, runbook, about=about, levers=levers(rig), limits=FIFTH) as story:
        await story.fails(Severity.MEDIUM)
        await story.at("1m")
        return [row for row in when(await story.snapshot(), *Fact) if "blast radius" in row]


async def test_the_fifth_of_twenty_queues_is_only_suggested() -> None:
    """Four are a fifth of the vendor's own count: the next incident changes nothing and says why."""
    async with rigged(queues=20) as rig, virtual_time() as virtual:
        queues = list(rig.sandbox.genesys.world.queues)[:5]
        *before, last = [await _overflows(virtual, rig, queue) for queue in queues]
        assert ([[]] * 4, ["members.changed"] * 4) == (before, ledger(rig))
    (row,) = last
    assert "the gate only suggests it" in row
    assert "blast radius: 4 queues touched since" in row
    assert row.endswith("limit 4 in 1d")
