"""Budgets shared by the worker processes there are."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import Client

from holdline.clients.budgets import Budgets
from holdline.clients.share import Limit
from holdline.secrets import Secret
from holdline.settings import Settings
from holdline.settings.sections import Gateway, Genesys, PagerDuty
from tests.support.temporal import connected, unique, working
from tests.support.workflows import echo
from workers.budgets import gateway_limits, limits
from workers.datadir import Server
from workers.sharing import pollers, share_out

LIMIT = Limit(per_second=20, per_minute=240)
SECRET = Secret("env:SECRET")
GENESYS = Genesys(
    login_url="https://login.example.com", api_url="https://api.example.com", client_id="c", client_secret=SECRET
)


async def _counted(client: Client, queue: str, number: int) -> None:
    while number != await pollers(client, queue):  # noqa: ASYNC110 - nothing tells when they have begun to poll
        await asyncio.sleep(0.05)


async def test_more_processes_than_configured_have_smaller_parts(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """Where more workers poll than the settings say, each takes the smaller part, and the log says what to set."""
    first, second = await connected(server), await Client.connect(server.address, identity="another process")
    budgets = Budgets({"Twilio": LIMIT})
    budget = budgets.of("Twilio", "auth token")
    assert budget is not None
    queue = unique("twilio")
    async with working(first, activities=[echo], queue=queue), working(second, activities=[echo], queue=queue):
        await _counted(first, queue, 2)
        sharing = asyncio.create_task(share_out(first, budgets, 1, timedelta(hours=1), {"Twilio": queue}))
        while not caplog.records:  # noqa: ASYNC110 - the log is what tells
            await asyncio.sleep(0.02)
        sharing.cancel()
    assert 2 == budget.workers
    assert "set worker.processes, which is 1" in caplog.text


@pytest.mark.parametrize("vendor", ["Genesys", "PagerDuty"])
def test_the_gateway_has_a_part_of_its_own(vendor: str) -> None:
    """What the gateway may ask and what the workers may ask is the budget together, whether it listens or not."""
    settings = Settings(genesys=GENESYS, pagerduty=PagerDuty(), gateway=Gateway())
    ours, its = limits(settings)[vendor], gateway_limits(settings)[vendor]
    assert (240, 20) == (ours.per_minute + its.per_minute, ours.per_second + its.per_second)
    assert (216, 18) == (ours.per_minute, ours.per_second)


def test_the_gateways_requests_to_genesys_wait_for_their_turn() -> None:
    """A gateway that asks Genesys has a budget to ask within, also where it listens to no notifications."""
    settings = Settings(genesys=GENESYS, gateway=Gateway())
    assert not settings.gateway.notifications.enabled
    assert Budgets(gateway_limits(settings)).of("Genesys", "OAuth client") is not None
