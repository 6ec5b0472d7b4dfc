"""The gateway's metrics: what /readyz counts can be scraped."""

from pathlib import Path

from holdline.freeport import free_port
from tests.gateway.events import event, trunk
from tests.gateway.running import configured, nowhere, running
from workers.runtime import runtime


def row(source: str, outcome: str, reason: str, count: int) -> str:
    """One line of the page, as it is served."""
    labels = f'outcome="{outcome}",reason="{reason}",service_name="temporal-core-sdk",source="{source}"'
    return f"holdline_gateway_events_total{{{labels}}} {count}\n"


async def test_deliveries_are_counted_for_prometheus(tmp_path: Path) -> None:
    """By source, outcome and reason: what is not understood can wake somebody."""
    address = f"127.0.0.1:{free_port()}"
    meter = runtime(address).metric_meter
    async with running(configured(tmp_path), await nowhere(), meter=meter) as gateway:
        await gateway.event(event(trunk()))
        for _ in range(2):
            await gateway.event(event(trunk(), severity=None))
        page = (await gateway.http.get(f"http://{address}/metrics")).text
        assert 2 == await gateway.counted("own", "quarantined", "schema mismatch")
    assert row("own", "accepted", "", 1) in page, page
    assert row("own", "quarantined", "schema mismatch", 2) in page, page
    assert row("own", "verified", "secret 1", 3) in page, page
