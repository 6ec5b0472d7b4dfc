"""From looks to announcements: certain, once, and never on noise (S1.1)."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from holdline.domain.detection import ELSE, Group, Plan, Source
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.incident import IncidentKind, Severity
from holdline.domain.observation import Observation, Verdict
from holdline.domain.sweep import Finding, Gap, Sweep, news
from holdline.domain.watchlist import MOST, Watchlist

PLAN = Plan(source=Source.TRUNKS, groups=(Group(name=ELSE),))
NOON = datetime(2026, 3, 29, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
GAP = Gap(what="page 2 of 3 of the trunks", reason="Genesys: no answer in time")
LOOKS = {"B": Verdict.BREACH, "H": Verdict.HEALTHY, "?": Verdict.UNKNOWN}


class Watched:
    """One trunk and the looks at it, a minute apart: B breach, H healthy, ? unknown, - not read, ! nothing read."""

    def __init__(self, plan: Plan = PLAN) -> None:
        self.plan, self.list, self.at = plan, Watchlist(), NOON
        self.trunk = Entity(kind=EntityKind.TRUNK, id="trunk-1", name="Carrier A")

    def looks(self, looks: str, apart: timedelta = MINUTE) -> list[Observation]:
        """Look and return what is announced by it."""
        self.list.pending = []
        for look in looks:
            self.at += apart
            if look == "!":
                self.list.blinded(self.plan, "no answer", self.at)
            else:
                self._learn(look)
        return self.list.pending

    def _learn(self, look: str) -> None:
        due = (ELSE,)
        finding = (
            Finding(
                entity=self.trunk, group=ELSE, verdict=LOOKS[look], severity=Severity.CRITICAL, reason="not connected"
            )
            if look in LOOKS
            else None
        )
        sweep = Sweep(findings=(finding,) if finding else (), gaps=() if finding else (GAP,))
        self.list.learn(self.plan, news(sweep, self.list.known(due)), due, self.at)


def said(observations: list[Observation]) -> list[tuple[IncidentKind, Verdict, int]]:
    """What was announced, in short."""
    return [(each.kind, each.verdict, each.count) for each in observations]


DOWN = (IncidentKind.TRUNK_FAILURE, Verdict.BREACH, 3)
UP = (IncidentKind.TRUNK_FAILURE, Verdict.HEALTHY, 2)


def test_three_in_a_row() -> None:
    """The third breach in a row is announced, once, with the time of the first."""
    trunk = Watched()
    assert [] == trunk.looks("HBB")
    (told,) = trunk.looks("BBBB")
    assert (DOWN, NOON + 2 * MINUTE, NOON + 4 * MINUTE) == (said([told])[0], told.first_at, told.at)
    assert (Severity.CRITICAL, "not connected", "Carrier A") == (told.severity, told.reason, told.entity.name)


def test_a_glitch_is_nothing() -> None:
    """One or two breaches before a good look are forgotten."""
    trunk = Watched()
    assert [] == trunk.looks("BBHBHBBHB")
    assert 1 == trunk.list.tallies["trunk-1"].failures
    assert [] == trunk.looks("H")
    assert {} == trunk.list.tallies


def test_unknown_changes_nothing() -> None:
    """What cannot be judged or read neither counts nor breaks a run, for breaches as for good looks."""
    trunk = Watched()
    assert [DOWN] == said(trunk.looks("B?B-?B"))
    assert [UP] == said(trunk.looks("?H-H"))


def test_runs_far_apart_are_two_runs() -> None:
    """Breaches with more than five silent looks between them are not consecutive."""
    trunk = Watched()
    assert [] == trunk.looks("BB??????B")
    assert [DOWN] == said(trunk.looks("BB"))


def test_two_good_looks_end_it() -> None:
    """An announced breach ends with the second good look in a row, once."""
    trunk = Watched()
    trunk.looks("BBB")
    assert [] == trunk.looks("HBHB")
    (told,) = trunk.looks("HHH")
    assert (UP, Severity.LOW) == (said([told])[0], told.severity)


def test_a_breach_that_lasts_is_said_again() -> None:
    """After half an hour the incident hears of it again: somebody may have closed it too early."""
    trunk = Watched()
    trunk.looks("BBB")
    assert [] == trunk.looks("B" * 29)
    assert [33] == [each.count for each in trunk.looks("B")]


def test_looks_within_seconds_are_one_look() -> None:
    """Asking three times in three seconds is no evidence for three minutes."""
    trunk = Watched()
    assert [] == trunk.looks("BBBBB", apart=timedelta(seconds=1))
    assert [DOWN] == said(trunk.looks("BB"))


def test_an_event_id_names_source_entity_and_tick() -> None:
    """A repeated announcement is the same event."""
    (told,) = Watched().looks("BBB")
    assert f"detector/trunks:trunk-1:{int(told.at.timestamp())}" == told.event_id


def test_a_source_that_cannot_be_read() -> None:
    """Five ticks without everything are an incident of their own; the second whole one ends it."""
    trunk = Watched()
    assert [] == trunk.looks("H!-!-")
    (told,) = trunk.looks("!!!")
    assert [(IncidentKind.DETECTION_LOST, Verdict.BREACH, 5)] == said([told])
    assert "the trunks could not be read 5 times in a row: no answer" == told.reason
    assert (EntityKind.ORGANISATION, "trunks") == (told.entity.kind, told.entity.id)
    assert [] == trunk.looks("H-H")
    assert [(IncidentKind.DETECTION_LOST, Verdict.HEALTHY, 2)] == said(trunk.looks("HH"))


def test_an_outage_of_detection_is_no_outage_of_trunks() -> None:
    """However long nothing can be read, no trunk is announced for it."""
    assert {IncidentKind.DETECTION_LOST} == {each.kind for each in Watched().looks("H" + "!" * 60)}


def test_a_deleted_trunk_is_forgotten() -> None:
    """After a day without a word of it nothing is remembered."""
    trunk = Watched()
    trunk.looks("BBB")
    trunk.looks("--", apart=timedelta(days=1))
    assert {} == trunk.list.tallies


def test_another_plan() -> None:
    """What is watched by another group keeps its counts; what is left alone is forgotten."""
    trunk = Watched()
    trunk.looks("BB")
    trunk.list.adopt(Plan(source=Source.TRUNKS, groups=(Group(name="carrier", names=("carrier*",)),)))
    assert ("carrier", 2) == (trunk.list.tallies["trunk-1"].group, trunk.list.tallies["trunk-1"].failures)
    trunk.list.adopt(Plan(source=Source.TRUNKS, groups=(Group(name="none", watched=False),)))
    assert {} == trunk.list.tallies


def test_everything_fails_at_once() -> None:
    """Of thousands that fail a part is told at each look, and no value grows beyond what Temporal takes."""
    kept, at = Watchlist(), NOON
    trunks = [Entity(kind=EntityKind.TRUNK, id=f"trunk-{n}", name="x" * 100) for n in range(3000)]
    down = [Finding(entity=trunk, group=ELSE, verdict=Verdict.BREACH, reason="y" * 200) for trunk in trunks]
    for _ in range(8):
        at += MINUTE
        told = news(Sweep(findings=tuple(down)), kept.known((ELSE,)))
        assert len(told.model_dump_json()) < 1_000_000
        kept.learn(PLAN, told, (ELSE,), at)
    assert (MOST, MOST) == (len(kept.tallies), len(kept.pending))
    kept.pending = []
    assert len(kept.model_dump_json()) < 2_000_000
    healed = [each.model_copy(update={"verdict": Verdict.HEALTHY}) for each in down]
    for _ in range(6):
        at += MINUTE
        kept.learn(PLAN, news(Sweep(findings=tuple(healed)), kept.known((ELSE,))), (ELSE,), at)
    assert ({}, MOST) == (kept.tallies, len(kept.pending))


@given(st.text(alphabet="BH?-!", max_size=40))
def test_nothing_is_announced_that_was_not_seen(looks: str) -> None:
    """Announcements alternate, each has its run of looks behind it, and surviving a restart changes none of it."""
    trunk = Watched()
    told: list[Observation] = []
    for look in looks:
        told += trunk.looks(look)
        trunk.list = Watchlist.model_validate_json(trunk.list.model_dump_json())
    trunks = [each for each in told if each.kind is IncidentKind.TRUNK_FAILURE]
    repeated = [each for each in trunks if each.verdict is Verdict.BREACH and each.count > 3]
    verdicts = [each.verdict for each in trunks if each not in repeated]
    assert [Verdict.BREACH, Verdict.HEALTHY] * (len(verdicts) // 2) == verdicts[: len(verdicts) // 2 * 2]
    assert looks.count("B") >= sum(
        each.count for each in trunks if each.verdict is Verdict.BREACH and each not in repeated
    )
    assert len({each.event_id for each in told}) == len(told)
