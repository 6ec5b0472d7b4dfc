"""Deadlines nest: each one ends before the one around it, so that every layer can tell what happened."""

from datetime import timedelta

import pytest

from holdline.clients.network import Limits
from holdline.domain.escalation import EscalationPolicy, Tier
from holdline.domain.storm import StormRule
from holdline.settings import Settings
from holdline.storms import PATIENCE
from workflows import patience
from workflows.patience import Patience

EVERY = {name: value for name, value in vars(patience).items() if isinstance(value, Patience)}
# A look before anything is done keeps people waiting and changes nothing, so Temporal may cut it off.
EFFECTS = {name: value for name, value in EVERY.items() if name != "LOOK"}
HTTP = Settings().http
WAIT = EscalationPolicy(tiers=(Tier.model_validate({"name": "first", "page": ["pagerduty:voice"]}),)).wait


def test_there_is_patience_to_check() -> None:
    """The constants are found by their type; a renamed module must not empty this file."""
    assert {"PAGE", "READ", "CHANGE"} <= set(EVERY)


def test_stages_end_before_their_attempt() -> None:
    """Connecting and reading are shorter than the whole attempt, in the settings and in the clients' own defaults."""
    assert max(HTTP.connect, HTTP.read) < HTTP.attempt
    ours = Limits()
    assert (ours.connect, ours.read, ours.attempt) == (HTTP.connect, HTTP.read, HTTP.attempt)
    assert max(ours.write, ours.pool) <= ours.attempt


@pytest.mark.parametrize("name", EFFECTS)
def test_an_attempt_ends_before_its_activity(name: str) -> None:
    """The client gives up before Temporal does, so an unknown outcome is told and not guessed."""
    assert HTTP.attempt < EVERY[name].attempt


def test_the_longest_attempt_that_may_be_configured_ends_before_its_activity() -> None:
    """The settings refuse an attempt that would outlive the shortest activity."""
    assert timedelta(seconds=10) < min(each.attempt for each in EFFECTS.values())


@pytest.mark.parametrize("name", EVERY)
def test_an_activity_ends_before_its_effort(name: str) -> None:
    """One try is no longer than all tries together, and shorter where there are several."""
    effort, tries = EVERY[name].effort, EVERY[name].retry.maximum_attempts
    assert effort is not None
    assert EVERY[name].attempt < effort or (1, effort) == (tries, EVERY[name].attempt)


def test_a_page_has_time_to_look_for_others() -> None:
    """The longest look and the longest request that may be configured fit into one attempt, also of a text."""
    request, looks = timedelta(seconds=10), 2 * PATIENCE
    assert StormRule(gather=timedelta(seconds=5)).gather + looks + request < EVERY["PAGE"].attempt
    assert looks + 2 * request < EVERY["PAGE"].attempt


def test_paging_ends_before_the_next_tier_is_asked() -> None:
    """All tries to wake a tier are over before its wait is."""
    effort = EVERY["PAGE"].effort
    assert effort is not None
    assert effort < WAIT
