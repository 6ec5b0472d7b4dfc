"""A process's share in numbers: whatever is asked of it, no second and no window holds more."""

from bisect import bisect_left
from heapq import heappop, heappush

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdline.clients.share import Limit, Share

LIMITS = st.builds(Limit, per_second=st.integers(1, 50), per_minute=st.integers(1, 400))
TIMES = st.one_of(st.just(0.0), st.floats(0, 0.3), st.floats(0, 20))
ASKED = st.lists(st.tuples(TIMES, TIMES, st.floats(0, 1)), min_size=1, max_size=400)


def _seen(share: Share, asked: list[tuple[float, float, float]]) -> list[float]:
    """When the vendor sees requests, each asked for after a pause and started as soon as it may.

    The answer takes its time, and the vendor sees the request at some part of that time.
    """
    now, seen, answers = 0.0, [], list[float]()
    for pause, patience, part in asked:
        now = _free(share, now + pause, answers)
        share.take(now)
        heappush(answers, now + patience)
        seen.append(now + patience * part)
    return sorted(seen)


def _free(share: Share, now: float, answers: list[float]) -> float:
    """When the next request starts, while the answers that are awaited come in."""
    while True:
        while answers and answers[0] <= now:
            share.give(heappop(answers))
        at = share.free(now)
        if at <= now:
            return now
        now = min(at, answers[0]) if answers else at


def _most(started: list[float], window: float) -> int:
    return max(bisect_left(started, first + window) - index for index, first in enumerate(started))


@given(limit=LIMITS, asked=ASKED)
def test_no_second_and_no_minute_holds_more(limit: Limit, asked: list[tuple[float, float, float]]) -> None:
    """However requests come and however long they take, no second and no minute at the vendor holds more."""
    started = _seen(Share(limit, 1), asked)
    assert _most(started, 1.0) <= limit.per_second
    assert _most(started, 60.0) <= limit.per_minute


@given(limit=LIMITS, asked=st.lists(ASKED, min_size=2, max_size=5))
def test_the_parts_together_are_the_whole(limit: Limit, asked: list[list[tuple[float, float, float]]]) -> None:
    """Several processes with a part each stay within the limit together, as long as each has at least one request."""
    workers = min(len(asked), limit.per_second, limit.per_minute)
    started = sorted(at for each in asked[:workers] for at in _seen(Share(limit, workers), each))
    assert _most(started, 1.0) <= limit.per_second
    assert _most(started, 60.0) <= limit.per_minute


@pytest.mark.parametrize("workers", [1, 3])
def test_the_budget_is_used(workers: int) -> None:
    """In the long run three quarters of the budget are there to be used, and a quarter may go at once."""
    limit = Limit(per_second=60, per_minute=240)
    started = _seen(Share(limit, workers), [(0.0, 0.0, 0.0)] * (2400 // workers))
    assert 60 // workers == bisect_left(started, 0.1)
    assert 0.75 < len(started) * workers / (240 * started[-1] / 60) < 0.78


def test_half_of_a_burst_is_kept_for_first_looks() -> None:
    """Whoever plans leaves turns to those who have not looked yet; after a 429 there is no burst to keep one from."""
    share, begun = Share(Limit(per_second=100, per_minute=240), 1), {False: 0, True: 0}
    for first in begun:
        while share.free(0.0, first=first) <= 0.0:
            share.take(0.0)
            share.give(0.0)
            begun[first] += 1
    assert {False: 30, True: 30} == begun
    share.drain(100.0)
    assert 100.0 == share.free(100.0, first=False)


def test_a_smaller_part_counts_what_was_used() -> None:
    """When another process joins, what this one has used already still counts against its smaller part."""
    limit = Limit(per_second=10, per_minute=600)
    share = Share(limit, 1)
    for _ in range(10):
        share.take(0.0)
        share.give(0.0)
    share.divide(2, None, 0.5)
    assert share.free(0.5) >= 1.0


def test_a_vendor_that_allows_less_is_believed() -> None:
    """Where the vendor's own limit is below the configured one, the share follows it."""
    share = Share(Limit(per_second=100, per_minute=600), 1)
    share.divide(1, 60, 0.0)
    assert _most(_seen(share, [(0.0, 0.0, 0.0)] * 200), 60.0) <= 60
