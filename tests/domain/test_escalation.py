"""S1.6: what the escalation does next, as a table of ladder, acknowledgement and time."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdline.domain.acknowledgement import Acknowledgement, Via
from holdline.domain.escalation import STALE, Act, EscalationPolicy, Ladder, Target, Tier, next_step, nobody
from tests.domain.times import START, after

WAIT = timedelta(minutes=5)


def tier(name: str) -> Tier:
    """A tier that pages the service of its name."""
    return Tier(name=name, page=(Target.model_validate(f"pagerduty:{name}"),))


POLICY = EscalationPolicy(tiers=(tier("one"), tier("two"), tier("three")), stale=tier("boss"), repeats=2)
PLAIN = EscalationPolicy(tiers=(tier("one"), tier("two"), tier("three")), repeats=2)


def ladder(tier: int, paged: float, **fields: Any) -> Ladder:
    """A ladder on `tier`, which was asked once, `paged` minutes after the start."""
    given: dict[str, Any] = {"tier": tier, "round": 1, "opened_at": START, "due": after(paged) + WAIT}
    return Ladder(**(given | fields))


def ack(minutes: float, lease: float | None = None) -> Acknowledgement:
    """Alice took it some minutes after the start, perhaps with a lease of some minutes."""
    length = None if lease is None else timedelta(minutes=lease)
    return Acknowledgement(by="alice", via=Via.CLI, at=after(minutes), lease=length)


FRESH = Ladder(opened_at=START, due=START)

TABLE: list[tuple[str, Ladder, Acknowledgement | None, datetime, tuple[Act, int, datetime | None]]] = [
    ("nobody asked yet", FRESH, None, START, (Act.ASK, 1, None)),
    ("the first tier has its time", ladder(1, 0), None, after(4.99), (Act.WAIT, 0, after(5))),
    ("the first tier's time is up", ladder(1, 0), None, after(5), (Act.ASK, 2, None)),
    ("the second tier's time is up", ladder(2, 5), None, after(10), (Act.ASK, 3, None)),
    ("the last tier waits for the stale one", ladder(3, 8), None, after(13), (Act.WAIT, 0, after(15))),
    ("stale cuts a wait short", ladder(3, 12), None, after(13), (Act.WAIT, 0, after(15))),
    ("stale on the first tier", ladder(1, 14), None, after(15), (Act.ASK, STALE, None)),
    ("stale on the last tier", ladder(3, 10), None, after(15), (Act.ASK, STALE, None)),
    ("the stale tier has its time", ladder(STALE, 15), None, after(19), (Act.WAIT, 0, after(20))),
    ("the stale tier repeats", ladder(STALE, 15), None, after(20), (Act.ASK, STALE, None)),
    ("its last repeat", ladder(STALE, 20, round=2), None, after(25), (Act.ASK, STALE, None)),
    ("all repeats are done", ladder(STALE, 25, round=3), None, after(30), (Act.EXHAUST, 0, None)),
    ("after the loud end", ladder(STALE, 25, round=3, exhausted=True), None, after(99), (Act.REST, 0, None)),
    ("an unreachable tier is not waited for", ladder(1, -5, reached=False), None, START, (Act.ASK, 2, None)),
    (
        "an unreachable last tier goes to the stale one",
        ladder(3, -5, reached=False),
        None,
        START,
        (Act.ASK, STALE, None),
    ),
    ("an unreachable stale tier is tried on", ladder(STALE, 0, reached=False), None, after(5), (Act.ASK, STALE, None)),
    (
        "an unreachable ladder ends loudly",
        ladder(STALE, 0, reached=False, round=3),
        None,
        after(5),
        (Act.EXHAUST, 0, None),
    ),
    (
        "after the loud end an unreachable tier has its pause",
        ladder(STALE, 0, reached=False, round=4, exhausted=True),
        None,
        after(4),
        (Act.WAIT, 0, after(5)),
    ),
    (
        "after the loud end an unreachable tier is tried on for ever",
        ladder(STALE, 0, reached=False, round=99, exhausted=True),
        None,
        after(5),
        (Act.ASK, STALE, None),
    ),
    ("somebody has it", ladder(1, 0), ack(1), after(60), (Act.REST, 0, None)),
    ("somebody has it with a lease", ladder(1, 0), ack(1, 30), after(30.9), (Act.REST, 0, after(31))),
    ("the lease has lapsed", ladder(2, 0), ack(1, 30), after(31), (Act.ASK, 2, None)),
    ("it lapsed before anybody was paged", FRESH, ack(1, 3), after(4), (Act.ASK, 1, None)),
    ("somebody took it after the loud end", ladder(STALE, 25, exhausted=True), ack(40), after(41), (Act.REST, 0, None)),
    ("pressed before the first page", FRESH.press(START), None, START, (Act.ASK, 1, None)),
    ("pressed on the first tier", ladder(1, 0).press(after(1)), None, after(1), (Act.ASK, 2, None)),
    ("pressed on the last tier", ladder(3, 10).press(after(11)), None, after(11), (Act.ASK, STALE, None)),
    ("pressed when it is stale", ladder(1, 0).press(after(20)), None, after(20), (Act.ASK, 2, None)),
    ("pressed on the stale tier", ladder(STALE, 15).press(after(16)), None, after(16), (Act.ASK, STALE, None)),
    (
        "pressed after the loud end",
        ladder(STALE, 25, round=3, exhausted=True).press(after(60)),
        None,
        after(60),
        (Act.ASK, STALE, None),
    ),
    ("taken just after it was pressed", ladder(1, 0).press(after(1)), ack(1), after(1), (Act.REST, 0, None)),
]


@pytest.mark.parametrize(("rungs", "taken", "now", "step"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_next_step(
    rungs: Ladder, taken: Acknowledgement | None, now: datetime, step: tuple[Act, int, datetime | None]
) -> None:
    """Every situation has one next step."""
    found = next_step(POLICY, rungs, taken, now)
    assert step == (found.act, found.tier, found.until)
    assert found.reason


WITHOUT_STALE = [
    ("the last tier repeats at once", ladder(3, 8), after(13), (Act.ASK, 3)),
    ("stale asks the last tier", ladder(1, 14), after(15), (Act.ASK, STALE)),
    ("pressed on the last tier repeats it", ladder(3, 8).press(after(9)), after(9), (Act.ASK, 3)),
    ("pressed on the last tier when it is stale", ladder(STALE, 15).press(after(16)), after(16), (Act.ASK, STALE)),
    ("the loud end before it is stale", ladder(3, 1, round=3), after(6), (Act.EXHAUST, 0)),
]


@pytest.mark.parametrize(
    ("rungs", "now", "step"), [row[1:] for row in WITHOUT_STALE], ids=[row[0] for row in WITHOUT_STALE]
)
def test_without_a_stale_tier(rungs: Ladder, now: datetime, step: tuple[Act, int]) -> None:
    """Without a stale tier the last one takes its place."""
    found = next_step(PLAIN, rungs, None, now)
    assert step == (found.act, found.tier)


@pytest.mark.parametrize(
    ("rungs", "now", "reason"),
    [
        (FRESH, START, "the incident is confirmed"),
        (ladder(1, 0), after(1), "waiting for one"),
        (ladder(1, 0), after(5), "nobody acknowledged within 5m"),
        (ladder(1, -5, reached=False), START, "nobody could be reached"),
        (ladder(2, 5), after(15), "15m have passed and nobody has it"),
        (ladder(STALE, 15), after(20), "nobody acknowledged within 5m, repeat 1 of 2"),
        (
            ladder(STALE, 25, round=3),
            after(30),
            "nobody acknowledged within 5m, and the last tier was repeated 2 times",
        ),
        (ladder(1, 0).press(after(1)), after(1), "an operator asked for it"),
    ],
)
def test_reasons(rungs: Ladder, now: datetime, reason: str) -> None:
    """The sentence of the timeline says why."""
    assert reason == next_step(POLICY, rungs, None, now).reason


def test_reason_of_a_lapse() -> None:
    """Who had it, and for how long."""
    assert (
        "the acknowledgement of alice lapsed after 30m" == next_step(POLICY, ladder(1, 0), ack(0, 30), after(30)).reason
    )


def test_skipped_tier() -> None:
    """A tier without people is skipped in a sentence."""
    assert "tier night is skipped: it has nobody to page" == nobody(Tier(name="night"))


def climb(policy: EscalationPolicy, reached: list[bool], hours: int = 2) -> list[tuple[float, Act, int]]:
    """What happens to a ladder that nobody answers; `reached` says which pages are taken, the rest are."""
    rungs, now = FRESH, START
    story: list[tuple[float, Act, int]] = []
    while now < START + timedelta(hours=hours):
        step = next_step(policy, rungs, None, now)
        if step.act is Act.WAIT:
            assert step.until is not None
            assert step.until > now, "a wait must move the clock"
            now = step.until
            continue
        story.append(((now - START) / timedelta(minutes=1), step.act, step.tier))
        if step.act is Act.REST:
            return story
        if step.act is Act.EXHAUST:
            rungs = rungs.exhaust(now + policy.wait)
        else:
            taken = reached.pop(0) if reached else True
            rungs = rungs.climbed(step.tier, now + policy.patience(step.tier, taken), taken)
    return story


def test_nobody_answers() -> None:
    """0:00, 5:00, 10:00, the stale tier at 15:00, its two repeats, the loud end, and rest."""
    assert [
        (0, Act.ASK, 1),
        (5, Act.ASK, 2),
        (10, Act.ASK, 3),
        (15, Act.ASK, STALE),
        (20, Act.ASK, STALE),
        (25, Act.ASK, STALE),
        (30, Act.EXHAUST, 0),
        (30, Act.REST, 0),
    ] == climb(POLICY, [])


def test_nobody_can_be_reached_for_an_hour() -> None:
    """Every tier at once, the loud end in its time, then a try every five minutes until one is taken, then repeats."""
    story = climb(POLICY, [False] * 15)
    assert [1, 2, 3, STALE] == [tier for at, _, tier in story if at == 0]
    assert [15, 80] == [at for at, act, _ in story if act is Act.EXHAUST]
    tries = [at for at, act, _ in story if act is Act.ASK and at > 0]
    assert [float(each) for each in range(5, 80, 5) if each != 15] == tries


def test_patience() -> None:
    """Whom nobody could reach is not waited for, but for the last tier, after which there is nobody."""
    nothing = timedelta(0)
    assert [WAIT, nothing, WAIT] == [POLICY.patience(1, True), POLICY.patience(3, False), POLICY.patience(STALE, False)]
    assert [nothing, WAIT, WAIT] == [PLAIN.patience(2, False), PLAIN.patience(3, False), PLAIN.patience(STALE, False)]


@given(
    st.lists(st.booleans(), max_size=60),
    st.integers(0, 5),
    st.booleans(),
    st.integers(1, 1200),
    st.integers(1, 3600),
    st.integers(1, 5),
)
def test_no_ladder_hangs_or_spins(
    reached: list[bool], repeats: int, with_stale: bool, wait: int, stale_after: int, tiers: int
) -> None:
    """Whatever the policy and whoever is reached: every wait moves the clock, and no minute sees a storm of pages."""
    policy = EscalationPolicy(
        tiers=tuple(tier(f"t{n}") for n in range(tiers)),
        stale=tier("boss") if with_stale else None,
        repeats=repeats,
        wait=timedelta(seconds=wait),
        stale_after=timedelta(seconds=stale_after),
    )
    story = climb(policy, list(reached), hours=1)
    at_once = [at for at, act, _ in story if act is Act.ASK]
    assert max(at_once.count(at) for at in at_once) <= tiers + 1
    assert Act.EXHAUST in {act for _, act, _ in story} or wait * (tiers + repeats + 3) + stale_after > 3600 or reached
