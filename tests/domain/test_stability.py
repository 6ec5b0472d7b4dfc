"""S3.5: a condition is real when it lasts, and in doubt."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdline.domain.observation import Observation, Verdict
from holdline.domain.stability import Evidence, StabilityRule, Standing, judge
from tests.domain.seen import BREACH, HEALTHY, UNKNOWN, seen
from tests.domain.times import START, after

RULE = StabilityRule(failures=3, window=timedelta(minutes=2), patience=timedelta(minutes=15))


def evidence(*observations: Observation) -> Evidence:
    """What a row of observations amounts to."""
    found = Evidence()
    for each in observations:
        found = found.add(each)
    return found


@pytest.mark.parametrize(
    ("observations", "minutes", "standing"),
    [
        ([seen(BREACH, 0)], 0, Standing.OPEN),
        ([seen(BREACH, 0), seen(BREACH, 1), seen(BREACH, 1.5)], 1.5, Standing.OPEN),
        ([seen(BREACH, 0), seen(BREACH, 1), seen(BREACH, 2)], 2, Standing.STABLE),
        ([seen(BREACH, 0), seen(BREACH, 1)], 9, Standing.OPEN),
        ([seen(BREACH, 2, count=3, first_at=START)], 2, Standing.STABLE),
        ([seen(BREACH, 0), seen(HEALTHY, 1)], 1, Standing.OPEN),
        ([seen(BREACH, 0), seen(HEALTHY, 1), seen(HEALTHY, 2)], 2, Standing.CLEARED),
        ([seen(BREACH, 0), seen(HEALTHY, 1), seen(BREACH, 2), seen(HEALTHY, 3)], 3, Standing.OPEN),
        ([seen(BREACH, 0), seen(UNKNOWN, 1), seen(UNKNOWN, 2)], 3, Standing.OPEN),
        ([seen(BREACH, 0), seen(UNKNOWN, 1)], 15, Standing.STABLE),
        ([seen(BREACH, 0), seen(HEALTHY, 1)], 15, Standing.STABLE),
        ([], 1, Standing.OPEN),
    ],
)
def test_judgement(observations: list[Observation], minutes: float, standing: Standing) -> None:
    """Threshold and duration both, two healthy ones clear it, silence confirms it in the end."""
    assert standing is judge(RULE, evidence(*observations), START, after(minutes)).standing


def test_default_rule_believes_the_first_failure() -> None:
    """Without a window the first breach is enough."""
    judgement = judge(StabilityRule(), evidence(seen(BREACH)), START, START)
    assert (Standing.STABLE, "seen failing once") == (judgement.standing, judgement.reason)


def test_when_to_look_again() -> None:
    """With failures enough at the end of the window, else when patience ends."""
    enough = evidence(seen(BREACH, 0), seen(BREACH, 0.5), seen(BREACH, 1))
    assert after(2) == judge(RULE, enough, START, after(1)).look_again
    assert after(15) == judge(RULE, evidence(seen(BREACH)), START, after(1)).look_again


def test_healthy_one_starts_the_count_anew() -> None:
    """Consecutive means consecutive, and the window starts anew as well."""
    found = evidence(seen(BREACH, 0), seen(BREACH, 1), seen(HEALTHY, 2), seen(BREACH, 3))
    assert (1, after(3), 0) == (found.failures, found.failing_since, found.healthy)


def test_late_events_change_nothing() -> None:
    """What is older than the newest event is not evidence of now."""
    found = evidence(seen(BREACH, 5))
    assert found is found.add(seen(HEALTHY, 4))


def test_reading_of_ours_is_never_late() -> None:
    """A vendor's clock that runs ahead does not silence our own readings, nor ours the vendor's events."""
    found = evidence(seen(BREACH, 60)).add(seen(HEALTHY, 1), ours=True)
    assert (1, after(60)) == (found.healthy, found.last_at)
    assert 1 == evidence(seen(BREACH, 5)).add(seen(HEALTHY, 30), ours=True).add(seen(BREACH, 6)).failures


@given(st.lists(st.builds(seen, st.sampled_from(Verdict), st.integers(0, 30)), max_size=30), st.integers(15, 60))
def test_it_ends(observations: list[Observation], minutes: int) -> None:
    """After the patience every evidence is judged one way or the other."""
    assert Standing.OPEN is not judge(RULE, evidence(*observations), START, after(minutes)).standing
