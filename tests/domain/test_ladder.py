"""How a ladder changes when a tier was asked."""

from datetime import timedelta

from holdline.domain.escalation import STALE, Act, Channel, EscalationPolicy, Ladder, Target, Tier, next_step
from tests.domain.times import START, after

FRESH = Ladder(opened_at=START, due=START)


def test_tier_that_was_asked() -> None:
    """The first time is the first round, and it has until then to answer."""
    rungs = FRESH.climbed(1, after(6), reached=True)
    assert (1, 1, True, after(6)) == (rungs.tier, rungs.round, rungs.reached, rungs.due)


def test_same_tier_again_is_the_next_round() -> None:
    """A repeat counts, whether or not somebody was reached."""
    rungs = FRESH.climbed(STALE, after(5), reached=True).climbed(STALE, after(10), reached=False)
    assert (2, after(10)) == (rungs.round, rungs.due)


def test_reached_at_last() -> None:
    """The first page that is taken after failures begins the rounds anew, also after the loud end."""
    rungs = FRESH.climbed(STALE, START, reached=False).climbed(STALE, START, reached=False)
    rungs = rungs.exhaust(after(10)).climbed(STALE, after(15), reached=True)
    assert (1, True, False) == (rungs.round, rungs.reached, rungs.exhausted)


def test_still_not_reached() -> None:
    """The loud end stays while nobody is reached."""
    assert FRESH.exhaust(START).climbed(1, START, reached=False).exhausted


def test_pressing() -> None:
    """An operator's word makes the next tier due and ends the rest; the next page does not take it back."""
    rungs = FRESH.climbed(1, START, reached=True).exhaust(after(5)).press(after(7))
    assert (after(7), False, True) == (rungs.due, rungs.exhausted, rungs.pressed)
    assert rungs.climbed(1, after(8), reached=True).pressed


def test_texts_that_never_arrive_come_to_an_end() -> None:
    """A last tier whose telephone is off: its wait is kept between the texts, the repeats end, and loudly."""
    policy = EscalationPolicy(tiers=(Tier(name="only", page=(Target(channel=Channel.SMS, to="alice"),)),), repeats=2)
    now, acts = START, []
    ladder = Ladder(opened_at=now, due=now)
    for _ in range(20):
        step = next_step(policy, ladder, None, now)
        acts.append(step.act)
        if step.act is Act.EXHAUST:
            break
        ladder = ladder.climbed(step.tier, now + policy.patience(step.tier, True), True)
        now += timedelta(seconds=10)
        ladder = ladder.passed_on(now + policy.patience(ladder.tier, False), False)
        now = ladder.due
    # Three times as the last tier, and three times again when the incident is stale.
    assert [*[Act.ASK] * 6, Act.EXHAUST] == acts
