"""Deadlines nest: a request ends before its attempt, an attempt before the effort, the effort before the next tier."""

from datetime import timedelta

import pytest

from holdline.clients.network import Limits
from holdline.domain.escalation import EscalationPolicy, Target, Tier
from holdline.settings.sections import Http
from workflows.patience import CHANGE, CLOSE, LOOK, PAGE, READ, REVERT, SILENCE, Patience

POLICY = EscalationPolicy(tiers=(Tier(name="one", page=(Target.model_validate("pagerduty:one"),)),))
LONGEST = timedelta(seconds=10)
"""The longest attempt of a client that the settings accept."""

ATTEMPTS = {"read": READ, "change": CHANGE, "revert": REVERT, "page": PAGE, "close": CLOSE, "silence": SILENCE}


@pytest.mark.parametrize("patience", ATTEMPTS.values(), ids=ATTEMPTS)
def test_request_ends_before_its_attempt(patience: Patience) -> None:
    """A client gives up by itself: Temporal never starts another attempt beside one that still runs."""
    http, limits = Http(), Limits()
    assert max(http.connect, http.read) < http.attempt < patience.attempt
    assert max(limits.connect, limits.read, limits.write, limits.pool) < limits.attempt < patience.attempt
    assert LONGEST < patience.attempt


def test_longest_attempt_of_a_client() -> None:
    """The settings refuse an attempt that would outlive its activity."""
    assert LONGEST == Http(attempt=LONGEST).attempt
    with pytest.raises(ValueError, match="Temporal would end the activity first"):
        Http(attempt=LONGEST + timedelta(seconds=1))


def test_text_is_looked_for_and_sent_in_one_attempt() -> None:
    """A text needs two requests one after the other; both end before the attempt does."""
    assert 2 * LONGEST < PAGE.attempt


@pytest.mark.parametrize("patience", [READ, PAGE])
def test_effort_holds_its_attempts(patience: Patience) -> None:
    """The effort is long enough for every attempt to be made, or its number would be a lie."""
    pauses = timedelta(seconds=3)
    assert patience.effort is not None
    assert patience.retry.maximum_attempts * LONGEST + pauses < patience.effort


@pytest.mark.parametrize("patience", ATTEMPTS.values(), ids=ATTEMPTS)
def test_attempt_ends_before_the_effort(patience: Patience) -> None:
    """No effort is without an end: somebody is told."""
    assert patience.effort is not None
    assert patience.attempt < patience.effort


def test_page_is_given_up_before_the_next_tier() -> None:
    """A tier's first channel and the question before the next tier fit into the wait of a tier."""
    assert PAGE.effort is not None
    assert READ.effort is not None
    assert PAGE.effort + READ.effort <= POLICY.wait


def test_look_keeps_nobody_waiting() -> None:
    """The look before the first page is short: a voice incident is acted on within ten seconds (S3.4)."""
    assert LOOK.effort is not None
    assert LOOK.attempt <= LOOK.effort <= timedelta(seconds=5)


def test_change_is_attempted_once() -> None:
    """The incident counts the attempts to change something, not Temporal (S1.7)."""
    assert 1 == CHANGE.retry.maximum_attempts
