"""The runtime of a process, and its metrics."""

import asyncio
import socket
from datetime import timedelta
from urllib.request import urlopen

import pytest
from temporalio.client import Client

from holdline.freeport import free_port
from workers.datadir import Server
from workers.gauge import RuntimeGauge
from workers.runtime import MetricsUnavailable, runtime


def _page(address: str) -> str:
    with urlopen(f"http://{address}/metrics", timeout=5) as answer:
        content: bytes = answer.read()
    return content.decode()


async def test_metrics_for_prometheus(server: Server) -> None:
    """What the SDK counts can be scraped where the settings say, in seconds and with the usual suffixes."""
    address = f"127.0.0.1:{free_port()}"
    client = await Client.connect(server.address, runtime=runtime(address))
    await client.service_client.check_health()
    page = await asyncio.to_thread(_page, address)
    assert "temporal_request_latency_seconds" in page
    assert "temporal_request_total" in page


async def test_the_budgets_are_among_the_metrics() -> None:
    """What the vendors and the budgets refuse, and the wait for a turn, can be scraped by vendor."""
    address = f"127.0.0.1:{free_port()}"
    gauge = RuntimeGauge(runtime(address))
    gauge.throttled("Genesys")
    gauge.refused("Genesys")
    gauge.waited("Genesys", timedelta(seconds=2))
    page = await asyncio.to_thread(_page, address)
    for row in ("holdline_throttled_total", "holdline_budget_refused_total", "holdline_budget_wait_seconds_sum"):
        assert f'{row}{{service_name="temporal-core-sdk",vendor="Genesys"}}' in page, page


async def test_a_taken_address_is_a_sentence() -> None:
    """Metrics that cannot be served are told with the setting to change."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(MetricsUnavailable, match=r"telemetry\.metrics"):
            runtime(f"127.0.0.1:{other.getsockname()[1]}")


def test_one_runtime() -> None:
    """Every client of a process shares its threads."""
    assert runtime(None) is runtime(None)
