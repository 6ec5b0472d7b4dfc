"""A process's share in numbers: whatever is asked of it, no second and no window holds more."""

from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdline.clients.share import Limit, Share

LIMITS = st.builds(Limit, per_second=st.integers(1, 50), per_minute=st.integers(1, 400))
PAUSES = st.lists(st.one_of(st.just(0.0), st.floats(0, 0.3), st.floats(0, 90)), min_size=1, max_size=400)


def _started(share: Share, pauses: list[float]) -> list[float]:
    """When requests start that are asked for after these pauses, each as soon as it may."""
    now, started = 0.0, []
    for pause in pauses:
        now = share.free(now + pause)
        share.take(now)
        started.append(now)
    return started


def _most(started: list[float], window: float) -> int:
    return max(bisect_left(started, first + window) - index for index, first in enumerate(started))


@given(limit=LIMITS, pauses=PAUSES)
def test_no_second_and_no_minute_holds_more(limit: Limit, pauses: list[float]) -> None:
    """However requests come, no second and no minute of any phase holds more than the limit."""
    started = _started(Share(limit, 1), pauses)
    assert _most(started, 1.0) <= limit.per_second
    assert _most(started, 60.0) <= limit.per_minute


@given(limit=LIMITS, pauses=st.lists(PAUSES, min_size=2, max_size=5))
def test_the_parts_together_are_the_whole(limit: Limit, pauses: list[list[float]]) -> None:
    """Several processes with a part each stay within the limit together, as long as each has at least one request."""
    workers = min(len(pauses), limit.per_second, limit.per_minute)
    started = sorted(at for each in pauses[:workers] for at in _started(Share(limit, workers), each))
    assert _most(started, 1.0) <= limit.per_second
    assert _most(started, 60.0) <= limit.per_minute


@pytest.mark.parametrize("workers", [1, 3])
def test_the_budget_is_used(workers: int) -> None:
    """In the long run nine tenths of the budget are there to be used, and a tenth may go at once."""
    limit = Limit(per_second=60, per_minute=240)
    started = _started(Share(limit, workers), [0.0] * (2400 // workers))
    assert 24 // workers == bisect_left(started, 0.1)
    assert 0.89 < len(started) * workers / (240 * started[-1] / 60) < 0.92


def test_a_smaller_part_counts_what_was_used() -> None:
    """When another process joins, what this one has used already still counts against its smaller part."""
    limit = Limit(per_second=10, per_minute=600)
    share = Share(limit, 1)
    for _ in range(10):
        share.take(0.0)
    share.divide(2, None, 0.5)
    assert share.free(0.5) >= 1.0


def test_a_vendor_that_allows_less_is_believed() -> None:
    """Where the vendor's own limit is below the configured one, the share follows it."""
    share = Share(Limit(per_second=100, per_minute=600), 1)
    share.divide(1, 60, 0.0)
    assert _most(_started(share, [0.0] * 200), 60.0) <= 60
