"""Runbooks: every kind of incident has one, also the kind that nobody thought of."""

import pytest

from holdline.domain.escalation import Channel, EscalationPolicy, Target, Tier
from holdline.domain.incident import ABOUT, IncidentKind, Severity
from holdline.domain.runbook import Runbook, completed

LADDER = EscalationPolicy(tiers=(Tier(name="first", page=(Target(channel=Channel.SMS, to="alice"),)),))


def test_a_kind_without_a_runbook_asks_the_same_people() -> None:
    """In doubt, page: it repairs nothing, and somebody comes."""
    written = {IncidentKind.TRUNK_FAILURE: Runbook(escalation=LADDER)}
    runbooks = completed(written)
    assert set(IncidentKind) == set(runbooks)
    assert written[IncidentKind.TRUNK_FAILURE] is runbooks[IncidentKind.TRUNK_FAILURE]
    unwritten = runbooks[IncidentKind.EDGE_OFFLINE]
    assert (LADDER, ()) == (unwritten.escalation, unwritten.remediation.due(IncidentKind.EDGE_OFFLINE, Severity.HIGH))


def test_without_any_runbook_nobody_could_be_asked() -> None:
    """That is refused, not guessed."""
    with pytest.raises(ValueError, match="there is no runbook"):
        completed({})


def test_every_kind_is_about_something() -> None:
    """A kind that is about nothing could not be told from another."""
    assert set(IncidentKind) == set(ABOUT)
