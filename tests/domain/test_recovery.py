"""S3.6, S3.7: two healthy in a row, no flapping, and when a change is put back."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdline.domain.observation import Observation, Verdict
from holdline.domain.recovery import Convalescence, RecoveryRule, why_held
from tests.domain.seen import BREACH, HEALTHY, UNKNOWN, seen
from tests.domain.times import START, after

RULE = RecoveryRule(healthy=2, flaps=4, flap_window=timedelta(minutes=10))


def course(*observations: Observation) -> Convalescence:
    """How far recovery has come after a row of observations."""
    found = Convalescence(degraded_at=START)
    for each in observations:
        found = found.add(each, RULE)
    return found


@pytest.mark.parametrize(
    ("verdicts", "recovered"),
    [
        ([], False),
        ([HEALTHY], False),
        ([HEALTHY, HEALTHY], True),
        ([HEALTHY, BREACH, HEALTHY], False),
        ([HEALTHY, UNKNOWN, HEALTHY], True),
        ([HEALTHY, HEALTHY, BREACH], False),
        ([UNKNOWN, UNKNOWN], False),
    ],
)
def test_two_in_a_row(verdicts: list[Verdict], recovered: bool) -> None:
    """Recovery needs consecutive healthy observations; what says nothing does not interrupt them."""
    assert recovered is course(*(seen(each, minute) for minute, each in enumerate(verdicts))).recovered(RULE)


def test_folded_ones_count() -> None:
    """One observation that stands for two is two."""
    assert course(seen(HEALTHY, 2, count=2)).recovered(RULE)


def test_late_events_change_nothing() -> None:
    """A failure that arrives after a newer healthy observation is history."""
    found = course(seen(HEALTHY, 5))
    assert found is found.add(seen(BREACH, 4), RULE)


def test_reading_of_ours_is_never_late() -> None:
    """Our own reading counts whatever the vendor's clock says, and does not make the vendor's next event late."""
    found = course(seen(BREACH, 60)).add(seen(HEALTHY, 1), RULE, ours=True)
    assert (1, after(60)) == (found.healthy, found.last_at)


def test_degradation_is_the_newest_failure() -> None:
    """A healthy observation does not move the last degradation, a failure does, never backwards."""
    found = course(seen(BREACH, 3), seen(HEALTHY, 5))
    assert after(3) == found.degraded_at
    assert after(3) == found.add(seen(BREACH, 1), RULE, ours=True).degraded_at


@pytest.mark.parametrize(
    ("applied", "degraded", "due"), [(after(1), START, after(16)), (after(1), after(7), after(22))]
)
def test_revert_is_due(applied: datetime, degraded: datetime, due: datetime) -> None:
    """A quarter of an hour after the change or the last degradation, whichever is later."""
    assert due == Convalescence(degraded_at=degraded).revert_due(RULE, applied)


def test_flapping() -> None:
    """More changes of mind within the window than the rule allows are flapping, until the oldest leaves it."""
    minds = [HEALTHY, BREACH, HEALTHY, BREACH, HEALTHY]
    found = course(*(seen(each, minute) for minute, each in enumerate(minds, start=1)))
    assert found.flapping(RULE, after(5))
    assert after(11) == found.calm_at(RULE)
    assert not found.flapping(RULE, after(11, seconds=1))


def test_few_changes_are_no_flapping() -> None:
    """As many changes as the rule allows are none too many, and there is nothing to calm down from."""
    found = course(seen(HEALTHY, 1), seen(BREACH, 2), seen(HEALTHY, 3), seen(BREACH, 4))
    assert (False, None) == (found.flapping(RULE, after(4)), found.calm_at(RULE))


@given(st.lists(st.builds(seen, st.sampled_from(Verdict), st.integers(0, 60)), max_size=60))
def test_memory_is_bounded(observations: list[Observation]) -> None:
    """However long it flaps, only as many changes are remembered as are needed to tell."""
    found = course(*sorted(observations, key=lambda each: each.at))
    assert len(found.changes) <= RULE.flaps + 2


@given(st.lists(st.builds(seen, st.sampled_from(Verdict), st.integers(0, 60)), max_size=60))
def test_calm_comes(observations: list[Observation]) -> None:
    """The instant at which it is calm again is one at which it no longer flaps."""
    found = course(*observations)
    if (calm_at := found.calm_at(RULE)) is not None:
        assert not found.flapping(RULE, calm_at + timedelta(microseconds=1))


def test_words() -> None:
    """The sentence names the rule."""
    assert "held: it changed more than 4 times within 10m" == why_held(RULE)
