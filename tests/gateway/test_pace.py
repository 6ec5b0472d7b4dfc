"""How fast a lane goes: at once, then ever more seldom, and at once again when something changes."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from holdline.domain.incident import Severity
from holdline.domain.observation import Verdict
from holdline.gateway.pace import NEVER, News, Pace, Rhythm

RHYTHM = Rhythm(timedelta(seconds=1), timedelta(seconds=30))
BREACH, WORSE = (Verdict.BREACH, Severity.HIGH), (Verdict.BREACH, Severity.CRITICAL)
HEALTHY, UNKNOWN = (Verdict.HEALTHY, Severity.LOW), (Verdict.UNKNOWN, Severity.LOW)


def told(*said: News | None, at: float = 100.0) -> Pace:
    """A lane that has just delivered these, one after the other, at one moment."""
    pace = Pace(RHYTHM)
    for news in said:
        pace.hear(news, at)
        pace.sent(news, at)
    return pace


def test_the_first_event_goes_at_once() -> None:
    """Nobody waits for a second failure before the first is told."""
    pace = Pace(RHYTHM)
    assert NEVER == pace.due
    pace.hear(BREACH, 100.0)
    assert 100.0 == pace.due


def test_a_repeat_waits_for_the_window() -> None:
    """Whatever comes within it goes together."""
    pace = told(BREACH)
    pace.hear(BREACH, 100.1)
    pace.hear(BREACH, 100.9)
    assert 101.0 == pace.due


def test_the_window_doubles_while_nothing_changes() -> None:
    """1, 2, 4, 8, 16 and then 30 seconds: a storm of an hour is a hundred and some signals."""
    pace, now, sent = Pace(RHYTHM), 100.0, []
    for _ in range(8):
        pace.hear(BREACH, now)
        now = pace.due
        sent.append(now)
        pace.sent(BREACH, now)
    gaps = [later - earlier for earlier, later in pairwise(sent)]
    assert [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0] == gaps


def test_a_change_goes_at_once_and_starts_anew() -> None:
    """Another verdict, or a worse severity, does not wait for the window."""
    for news in (HEALTHY, WORSE):
        pace = told(BREACH, BREACH, BREACH)
        pace.hear(news, 100.5)
        assert 100.5 == pace.due
        pace.sent(news, 100.5)
        pace.hear(news, 100.6)
        assert 101.5 == pace.due


def test_what_is_no_news_waits() -> None:
    """A lesser severity, and an observation that says nothing, are repeats."""
    for news in (BREACH, UNKNOWN):
        pace = told(WORSE)
        pace.hear(news, 100.5)
        assert 101.0 == pace.due


def test_the_worst_severity_is_remembered() -> None:
    """A lesser repeat in between does not make the same severity news again."""
    pace = told(WORSE, BREACH)
    pace.hear(WORSE, 100.5)
    assert 102.0 == pace.due


def test_an_entity_that_flaps_is_calmed() -> None:
    """Ten changes go at once; the next one within the calmest window waits, so that history stays small."""
    pace, now = Pace(RHYTHM), 100.0
    for number in range(11):
        pace.hear((BREACH, HEALTHY)[number % 2], now)
        if number < 10:
            assert now == pace.due
            pace.sent((BREACH, HEALTHY)[number % 2], now)
            now += 0.1
    assert pace.due > now


def test_after_silence_a_lane_starts_anew() -> None:
    """A minute later the first event goes at once, and the window is the first one."""
    pace = told(BREACH, BREACH, BREACH)
    assert pace.forgettable(160.0)
    pace.hear(BREACH, 160.0)
    assert 160.0 == pace.due
    pace.sent(BREACH, 160.0)
    pace.hear(BREACH, 160.1)
    assert 161.0 == pace.due


def test_a_failed_delivery_is_repeated_after_longer_and_longer_pauses() -> None:
    """From a fifth of a second to five; what arrives in between does not hurry it."""
    pace, now, pauses = Pace(RHYTHM), 100.0, []
    pace.hear(BREACH, now)
    for _ in range(7):
        pace.busy = True
        pace.failed(now)
        pace.hear(WORSE, now)
        pauses.append(round(pace.due - now, 3))
        now = pace.due
    assert [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0] == pauses


def test_what_comes_during_a_delivery_is_thought_about_after_it() -> None:
    """Nothing is forgotten: a repeat waits for the window, a change goes at once, also after a failure."""
    for news, due in ((BREACH, 101.0), (HEALTHY, 100.0)):
        for fails in (False, True):
            pace = Pace(RHYTHM)
            pace.hear(BREACH, 99.0)
            pace.busy = True
            pace.hear(news, 99.5)
            if fails:
                pace.failed(99.6)
                pace.busy = True
            pace.sent(BREACH, 100.0)
            assert due == pace.due


def test_an_answer_of_a_person_never_waits() -> None:
    """None is urgent, however many went before."""
    pace = told(None, None, None)
    pace.hear(None, 100.0)
    assert 100.0 == pace.due


NEWS = st.sampled_from([BREACH, WORSE, HEALTHY, UNKNOWN, None])
STEPS = st.lists(st.tuples(st.sampled_from(["hear", "sent", "failed", "idle"]), NEWS, st.floats(0, 40)), max_size=40)


@given(STEPS)
def test_what_was_heard_is_always_due_some_time(steps: list[tuple[str, News | None, float]]) -> None:
    """Whatever happens, an event that waits goes within the calmest window after the last delivery."""
    pace, now, waits = Pace(RHYTHM), 100.0, False
    for what, news, later in steps:
        now += later
        pace.busy = what != "hear"
        match what:
            case "hear":
                pace.hear(news, now)
                waits = True
            case "sent":
                pace.sent(news, now)
                waits = False
            case "failed":
                pace.failed(now)
                waits = True
            case _:
                pace.idle(now)
                waits = False
        assert not waits or pace.due <= now + 30.0
