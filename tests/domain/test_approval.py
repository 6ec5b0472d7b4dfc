"""May it be done? Critical hours, votes and proofs."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from holdline.domain.approval import (
    ApprovalRule,
    CriticalHours,
    Day,
    Mode,
    Needed,
    Proposal,
    Standing,
    Voice,
    must_ask,
    proof,
)
from tests.domain.times import START, after

ASKED = Proposal(id="p", digest="d", labels=("route: b first",), asked_at=START, expires_at=after(minutes=15), people=1)


def at(text: str) -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "inside"),
    [
        ("2026-03-27T07:00", True),  # Friday 08:00 in Vienna, winter time
        ("2026-03-27T06:59", False),
        ("2026-03-30T06:00", True),  # Monday 08:00, summer time
        ("2026-03-30T17:59", True),
        ("2026-03-30T18:00", False),
        ("2026-03-29T10:00", False),  # Sunday
    ],
)
def test_hours_are_local(now: str, inside: bool) -> None:
    """The contact centre's own clock counts, through the change to summer time."""
    days = (Day.MON, Day.TUE, Day.WED, Day.THU, Day.FRI)
    hours = CriticalHours(zone="Europe/Vienna", days=days, since=time(8), until=time(20))
    assert inside is hours.include(at(now))


@pytest.mark.parametrize(
    ("now", "inside"),
    [("2026-03-27T22:00", True), ("2026-03-28T05:59", True), ("2026-03-28T06:00", False), ("2026-03-28T22:00", False)],
)
def test_hours_may_end_on_the_next_day(now: str, inside: bool) -> None:
    """The hours after midnight belong to the day before."""
    hours = CriticalHours(days=(Day.FRI,), since=time(22), until=time(6))
    assert inside is hours.include(at(now))


@pytest.mark.parametrize(("mistake", "words"), [({"zone": "Vienna"}, "IANA"), ({"days": []}, "at least 1")])
def test_mistakes_in_the_hours(mistake: dict[str, Any], words: str) -> None:
    """They are refused when they are read."""
    with pytest.raises(ValidationError, match=words):
        CriticalHours.model_validate(mistake)


def test_who_must_be_asked() -> None:
    """An automatic action never asks; one that asks may be free in critical hours."""
    hours = CriticalHours()
    day, night = at("2026-03-27T12:00"), at("2026-03-27T02:00")
    soft = ApprovalRule(needed=Needed.OUTSIDE_CRITICAL_HOURS)
    assert (False, False) == tuple(must_ask(Mode.AUTO, ApprovalRule(), hours, now) for now in (day, night))
    assert (True, True) == tuple(must_ask(Mode.APPROVE, ApprovalRule(), hours, now) for now in (day, night))
    assert (False, True) == tuple(must_ask(Mode.APPROVE, soft, hours, now) for now in (day, night))
    assert must_ask(Mode.APPROVE, soft, None, day)


def test_what_was_decided_in_time_stays_decided() -> None:
    """A vote before the end counts after it; one denial is enough."""
    assert Standing.PENDING is ASKED.standing(after(minutes=14))
    assert Standing.EXPIRED is ASKED.standing(after(minutes=15))
    assert Standing.APPROVED is ASKED.heard(Voice.APPROVE, "alice", "").standing(after(minutes=16))
    denied = ASKED.heard(Voice.APPROVE, "alice", "").heard(Voice.DENY, "otto", "no")
    assert Standing.DENIED is denied.standing(START)


def test_a_proof_is_for_one_decision() -> None:
    """Another voice, incident, question, plan or person needs another one."""
    about = ("incident/a", "question", "plan", "alice")
    others = [(*about[:place], "other", *about[place + 1 :]) for place in range(4)]
    proofs = {proof("token", Voice.APPROVE, *each) for each in (about, *others)}
    proofs |= {proof("token", Voice.DENY, *about), proof("another", Voice.APPROVE, *about)}
    assert 7 == len(proofs)
    assert all(64 == len(each) for each in proofs)


def test_the_expiry_is_a_duration() -> None:
    """As everywhere in the configuration."""
    assert timedelta(minutes=5) == ApprovalRule.model_validate({"expires": "5m"}).expires
