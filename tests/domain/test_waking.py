"""S1.4: whom a severity wakes, and when."""

from datetime import datetime, timedelta

import pytest

from holdline.domain.acknowledgement import Acknowledgement, Via
from holdline.domain.escalation import Progress, waking
from holdline.domain.incident import Severity
from tests.domain.times import START, after

PATIENCE = timedelta(minutes=5)


@pytest.mark.parametrize(
    ("severity", "handed_over", "repaired_at", "now", "awake", "until"),
    [
        (Severity.CRITICAL, False, None, START, True, None),
        (Severity.CRITICAL, False, START, START, True, None),
        (Severity.HIGH, False, None, after(60), False, None),
        (Severity.HIGH, True, None, START, True, None),
        (Severity.HIGH, False, START, after(4.99), False, after(5)),
        (Severity.HIGH, False, START, after(5), True, None),
        (Severity.HIGH, True, START, after(1), True, None),
        (Severity.MEDIUM, True, START, after(600), False, None),
        (Severity.LOW, True, START, after(600), False, None),
    ],
)
def test_waking(
    severity: Severity,
    handed_over: bool,
    repaired_at: datetime | None,
    now: datetime,
    awake: bool,
    until: datetime | None,
) -> None:
    """CRITICAL at once, HIGH when the remediation did not help or gave up, lower ones never."""
    found = waking(severity, Progress(handed_over=handed_over, repaired_at=repaired_at), PATIENCE, now)
    assert (awake, until) == (found.awake, found.until)
    assert found.reason


@pytest.mark.parametrize(
    ("now", "awake", "until"), [(START, False, after(5)), (after(4.99), False, after(5)), (after(5), True, None)]
)
def test_a_repair_that_does_not_end(now: datetime, awake: bool, until: datetime | None) -> None:
    """HIGH that waits for its turn, or for a vendor that holds us back, wakes people as if it had not been repaired."""
    found = waking(Severity.HIGH, Progress(since=START), PATIENCE, now)
    assert (awake, until) == (found.awake, found.until)


@pytest.mark.parametrize("severity", Severity)
def test_what_only_a_person_can_do(severity: Severity) -> None:
    """Whatever the severity: who is needed is asked."""
    assert waking(severity, Progress(since=START, needs="somebody must say"), PATIENCE, START).awake


def test_acknowledgement_without_a_lease_holds() -> None:
    """Without a lease an acknowledgement counts until the incident is over."""
    taken = Acknowledgement(by="alice", via=Via.SMS, at=START)
    assert (None, True) == (taken.lapses_at, taken.holds(after(10_000)))


def test_lease_ends_at_its_instant() -> None:
    """With a lease it counts until that has passed, and not at the instant itself."""
    taken = Acknowledgement(by="alice", via=Via.CLI, at=START, lease=timedelta(minutes=30))
    assert (True, False) == (taken.holds(after(29.99)), taken.holds(after(30)))
