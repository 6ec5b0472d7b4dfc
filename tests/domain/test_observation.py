"""S1.2: one statement about one entity, and how a storm of them becomes a line."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from holdline.domain.incident import Severity, worst
from holdline.domain.observation import Observation, Verdict, folded
from tests.domain.seen import BREACH, HEALTHY, UNKNOWN, seen
from tests.domain.times import START, after

OBSERVATIONS = st.lists(
    st.builds(
        seen,
        st.sampled_from(Verdict),
        st.integers(min_value=0, max_value=20),
        severity=st.sampled_from(Severity),
        count=st.integers(min_value=1, max_value=9),
    ),
    max_size=30,
)


def test_neighbours_of_one_verdict_become_one() -> None:
    """Breaches fold until a healthy one comes between them."""
    runs = folded([seen(BREACH, 0), seen(BREACH, 1), seen(HEALTHY, 2), seen(BREACH, 3)])
    assert [(BREACH, 2), (HEALTHY, 1), (BREACH, 1)] == [(each.verdict, each.count) for each in runs]


def test_order_is_that_of_the_events() -> None:
    """What arrives out of order is folded in event time."""
    runs = folded([seen(HEALTHY, 5), seen(BREACH, 1), seen(UNKNOWN, 3)])
    assert [BREACH, UNKNOWN, HEALTHY] == [each.verdict for each in runs]


def test_later_words_win_and_the_worst_severity_stays() -> None:
    """The fold spans both, says what was said last, and is as severe as the worst of them."""
    first, last = seen(BREACH, 0, severity=Severity.CRITICAL, reason="down"), seen(BREACH, 9, severity=Severity.LOW)
    both = first.fold(last)
    assert (START, after(9)) == (both.since, both.at)
    assert (2, Severity.CRITICAL, "") == (both.count, both.severity, both.reason)


@given(OBSERVATIONS)
def test_folding_loses_nothing(observations: list[Observation]) -> None:
    """Counts, the span of time and the worst severity survive, and no two neighbours say the same."""
    runs = folded(observations)
    assert sum(each.count for each in observations) == sum(each.count for each in runs)
    assert all(one.verdict is not other.verdict for one, other in pairwise(runs))
    if observations:
        assert min(each.at for each in observations) == min(each.since for each in runs)
        assert max(each.at for each in observations) == max(each.at for each in runs)
        assert worst(*(e.severity for e in observations)) is worst(*(e.severity for e in runs))


@given(OBSERVATIONS)
def test_folding_what_is_folded_changes_nothing(observations: list[Observation]) -> None:
    """Folding is done once."""
    runs = folded(observations)
    assert runs == folded(list(runs))


def test_times_are_utc() -> None:
    """A time of another zone is the same instant in UTC; one without a zone is refused."""
    vienna = datetime(2026, 3, 29, 3, 0, tzinfo=timezone(timedelta(hours=2)))
    assert (START, UTC) == (seen(BREACH, at=vienna).at, seen(BREACH, at=vienna).at.tzinfo)
    with pytest.raises(ValidationError, match="a time needs its zone; write RFC 3339"):
        seen(BREACH, at=datetime(2026, 3, 29, 3, 0))  # noqa: DTZ001 - the mistake


@pytest.mark.parametrize("event_id", ["", "a" * 129, "a b", "a\n", "ü", "a'b"])
def test_event_ids(event_id: str) -> None:
    """An event id is what a header can carry."""
    with pytest.raises(ValidationError):
        seen(BREACH, event_id=event_id)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_metrics_are_numbers(number: float) -> None:
    """What JSON cannot carry is refused."""
    with pytest.raises(ValidationError):
        seen(BREACH, metrics={"quality": number})


def test_severities_have_an_order() -> None:
    """LOW, MEDIUM, HIGH, CRITICAL."""
    assert [0, 1, 2, 3] == [each.rank for each in Severity]
    assert Severity.HIGH is worst(Severity.LOW, Severity.HIGH, Severity.MEDIUM)
