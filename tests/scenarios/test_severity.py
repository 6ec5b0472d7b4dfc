"""S1.4: severity decides the path."""

import pytest

from holdline.domain.incident import Severity
from holdline.domain.lifecycle import State
from holdline.domain.observation import Verdict
from holdline.ports import Rejected
from tests.support.scene import pages, scene
from workers.virtual import VirtualTime


async def test_critical_pages_beside_the_remediation(virtual: VirtualTime) -> None:
    """CRITICAL: a broken remediation does not delay the page."""
    async with scene(virtual) as story:
        story.outside.trouble("routes", lambda: Rejected("genesys", "no"), times=9)
        await story.fails(Severity.CRITICAL)
        await story.at("30s")
        assert ["0s first pagerduty:one"] == pages(await story.snapshot())


async def test_high_is_remediated_first(virtual: VirtualTime) -> None:
    """HIGH: the page goes five minutes after a remediation that brought no recovery."""
    async with scene(virtual) as story:
        await story.fails(Severity.HIGH)
        await story.at("4m30s")
        assert [] == pages(await story.snapshot())
        await story.at("5m30s")
        assert ["5m first pagerduty:one"] == pages(await story.snapshot())


async def test_high_pages_at_once_when_automation_stops(virtual: VirtualTime) -> None:
    """HIGH: a remediation that is handed over pages at once."""
    async with scene(virtual) as story:
        story.outside.standby_healthy = False
        await story.fails(Severity.HIGH)
        await story.at("30s")
        told = await story.snapshot()
        assert State.HANDED_OVER is told.state
        assert ["0s first pagerduty:one"] == pages(told)


@pytest.mark.parametrize("severity", [Severity.LOW, Severity.MEDIUM])
async def test_lower_ones_wake_nobody(virtual: VirtualTime, severity: Severity) -> None:
    """LOW and MEDIUM are warnings: watched, without a page, and nothing is failed over (S3.10)."""
    async with scene(virtual) as story:
        await story.fails(severity)
        await story.at("1h")
        assert [] == pages(await story.snapshot())
        assert 0 == story.outside.count("route")


async def test_it_gets_worse(virtual: VirtualTime) -> None:
    """An incident that becomes CRITICAL pages at once, and now the failover is due."""
    async with scene(virtual) as story:
        await story.fails(Severity.LOW)
        await story.at("7m")
        await story.observes(Verdict.BREACH, severity=Severity.CRITICAL)
        await story.at("8m")
        assert ["7m first pagerduty:one"] == pages(await story.snapshot())
        assert 1 == story.outside.count("route", "carrier-b")
