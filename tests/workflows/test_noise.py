"""An hour and a half of noise through the real detectors; `scripts/bench noise` lives the whole day."""

from datetime import timedelta

import pytest

from benchmarks.watch_day import Account, Size, live
from workers.virtual import VirtualTime

SIZE = Size(trunks=150, queues=120, length=timedelta(minutes=90), trunk_outages=3, queue_outages=2, seed=7)


@pytest.fixture(scope="module")
async def account(virtual: VirtualTime) -> Account:
    """What became of it."""
    return await live(virtual, SIZE)


def test_noise_opens_nothing(account: Account) -> None:
    """Glitches, gaps, blackouts and jitter open no incident."""
    assert account.glitches > 50
    assert [] == account.noise


def test_every_outage_is_found(account: Account) -> None:
    """Each planted outage opens one incident, within three ticks and what could not be read."""
    assert [] == account.missed
    assert timedelta(minutes=2) < min(account.found.values())
    assert max(account.found.values()) < timedelta(minutes=6)


def test_the_budget(account: Account) -> None:
    """At this rate a day costs less than 10,000 billable actions, whatever the number of entities."""
    assert account.actions.total() * timedelta(hours=24) / SIZE.length < 10_000
