"""Who may change something now: never two on one lock, never more than the cap, the worst first, nobody forgotten."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from holdline.domain.blast import Radius, Reach
from holdline.domain.book import Book
from holdline.domain.change import Touch
from holdline.domain.claim import Claim, Grant, Suggestion
from holdline.domain.entity import EntityKind
from holdline.domain.gate import Ledger, Limits
from holdline.domain.incident import Severity

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LOCKS = ("route:vienna/1", "route:vienna/2", "queue:sales", "queue:care")
WIDE = Limits(blast_trunks=1000)


def ledger(limits: Limits = WIDE, **fields: object) -> Ledger:
    """An empty ledger."""
    return Ledger.model_validate({"limits": limits, "cap": limits.cap, **fields})


def claim(name: str, *locks: str, severity: Severity = Severity.HIGH, at: datetime = NOON, **fields: object) -> Claim:
    """A wish of an incident."""
    known = {"id": f"{name}#1", "holder": name, "severity": severity, "arrived_at": at, "resources": locks}
    return Claim.model_validate(known | fields)


def trunks(*names: str) -> tuple[Touch, ...]:
    """Trunks that a change touches."""
    return tuple(Touch(kind=EntityKind.TRUNK, id=name) for name in names)


def entered(gate: Ledger, *claims: Claim, now: datetime = NOON) -> list[str]:
    """Put them all in line; who is granted at once, in order."""
    for each in claims:
        gate.enter(each, now)
    return granted(gate, now)


def granted(gate: Ledger, now: datetime = NOON) -> list[str]:
    """Who is granted now."""
    return [each.claim.holder for each in gate.answers(now) if isinstance(each, Grant)]


def test_the_worst_goes_first_then_the_oldest() -> None:
    """Severity counts before arrival, and arrival is the holder's own, whenever the claim came in."""
    gate = ledger(cap=0)
    later = NOON + timedelta(seconds=1)
    line = [
        claim("d", severity=Severity.LOW),
        claim("c", at=later),
        claim("b"),
        claim("a", severity=Severity.CRITICAL, at=later),
    ]
    assert [] == entered(gate, *line)
    gate.cap = 9
    assert ["a", "b", "c", "d"] == granted(gate)


def test_a_wait_for_a_lock_blocks_no_other_lock() -> None:
    """Whoever needs nothing of what others hold or wait for goes past them."""
    gate = ledger()
    assert ["a", "c"] == entered(gate, claim("a", "x"), claim("b", "x"), claim("c", "y"))


def test_many_small_ones_do_not_starve_a_large_one() -> None:
    """A claim of two locks is not passed for ever by claims of one of them."""
    gate = ledger()
    assert ["one"] == entered(gate, claim("one", "x"), claim("both", "x", "y"), claim("two", "y"), claim("three", "x"))
    assert gate.leave("one#1", "one", NOON)
    assert ["both"] == granted(gate)
    assert gate.leave("both#1", "both", NOON)
    assert ["two", "three"] == granted(gate)


def test_a_lease_ends_by_itself() -> None:
    """What is not given back is free at the end of the lease, not a moment sooner."""
    gate = ledger()
    entered(gate, claim("a", "x"), claim("b", "x"))
    due = NOON + WIDE.lease
    assert due == gate.next_at(NOON)
    assert [] == granted(gate, due - timedelta(microseconds=1))
    assert ["b"] == granted(gate, due)


def test_a_lease_is_never_longer_than_the_gates() -> None:
    """A claim may ask for less time, not for more: a new gate must know when everything has ended."""
    gate = ledger()
    entered(gate, claim("a", lease=timedelta(seconds=20)), claim("b", lease=timedelta(days=1)))
    assert [timedelta(seconds=20), WIDE.lease] == [each.until - each.since for each in gate.grants]


def test_a_repeat_is_one_claim() -> None:
    """A claim that is said again keeps its place; one that has the grant is told again."""
    gate = ledger(cap=1)
    first, second = claim("a"), claim("b")
    assert ["a"] == entered(gate, first, second, second, second)
    told = gate.enter(first, NOON)
    assert told is not None
    assert (1, 1) == (len(gate.grants), len(gate.waiting))
    assert told == gate.grants[0]


def test_a_claim_behind_its_release_is_not_granted() -> None:
    """Signals may overtake each other: what has been released never holds a lock again."""
    gate = ledger()
    assert not gate.leave("a#1", "a", NOON)
    assert [] == entered(gate, claim("a", "x"))


def test_only_the_holder_gives_back() -> None:
    """A release of somebody else's claim changes nothing."""
    gate = ledger()
    entered(gate, claim("a", "x"))
    assert not gate.leave("a#1", "b", NOON)
    assert ["a"] == [each.claim.holder for each in gate.grants]


def test_a_holder_that_is_gone_is_forgotten() -> None:
    """Nobody there has touched nothing: its locks and its part of the blast radius are free at once."""
    gate = ledger(Limits(blast_trunks=1))
    entered(gate, claim("a", "x", touches=trunks("t1")), claim("b", "x"))
    gate.drop(gate.grants[0].claim)
    assert ["b"] == granted(gate)
    assert set() == gate.reach.of(EntityKind.TRUNK)


def test_a_new_gate_waits_for_the_leases_of_the_one_before() -> None:
    """Nothing is granted in the quiet time, and everything in order after it."""
    until = NOON + timedelta(minutes=3)
    gate = ledger(quiet_until=until)
    assert [] == entered(gate, claim("b"), claim("a", severity=Severity.CRITICAL))
    assert until == gate.next_at(NOON)
    assert ["a", "b"] == granted(gate, until)


def test_tokens_of_a_new_gate_are_greater() -> None:
    """A grant of a gate that was lost has a smaller token than every grant of the next one."""
    first, second = ledger(), ledger()
    entered(first, *(claim(str(n)) for n in range(10)))
    entered(second, claim("later"), now=NOON + timedelta(minutes=3))
    assert max(each.token for each in first.grants) < second.grants[0].token


def test_the_blast_radius_suggests() -> None:
    """Above the limit nothing is granted; the sentence names the count, since when, and the limit."""
    gate = ledger(Limits(blast_trunks=2, cap=50))
    entered(gate, *(claim(f"h{n}", touches=trunks(f"t{n}")) for n in range(2)))
    later = NOON + timedelta(minutes=2)
    gate.enter(claim("h9", touches=trunks("t9")), later)
    (told,) = gate.answers(later)
    assert isinstance(told, Suggestion)
    assert "blast radius: 2 trunks touched since 12:00; limit 2 in 30m" == told.reason
    assert ([], 2) == (gate.waiting, len(gate.grants))


def test_the_same_entity_again_costs_nothing() -> None:
    """A second attempt at a trunk that counts already is granted at the limit."""
    gate = ledger(Limits(blast_trunks=1))
    entered(gate, claim("a", touches=trunks("t1")))
    gate.leave("a#1", "a", NOON)
    assert ["b"] == entered(gate, claim("b", touches=trunks("t1")))


def test_what_was_refused_is_refused_again() -> None:
    """Whoever repeats a claim has not heard the answer; what was given back stays ended."""
    gate = ledger(Limits(blast_trunks=1, cap=50))
    entered(gate, claim("a", touches=trunks("t1")))
    refused = claim("b", touches=trunks("t2"))
    for _ in range(2):
        assert gate.enter(refused, NOON) is None
        assert [Suggestion] == [type(each) for each in gate.answers(NOON)]
    gate.leave("b#1", "b", NOON)
    gate.enter(refused, NOON)
    assert [] == gate.answers(NOON)


def test_the_window_slides() -> None:
    """After half an hour the trunk does not count any more."""
    gate = ledger(Limits(blast_trunks=1))
    entered(gate, claim("a", touches=trunks("t1")))
    assert ["b"] == entered(gate, claim("b", touches=trunks("t2")), now=NOON + timedelta(minutes=30))


def test_what_was_not_touched_does_not_count() -> None:
    """A change that was given back unmade leaves its part of the blast radius to others."""
    gate = ledger(Limits(blast_trunks=1))
    entered(gate, claim("a", touches=trunks("t1")))
    gate.leave("a#1", "a", NOON, changed=False)
    assert ["b"] == entered(gate, claim("b", touches=trunks("t2")))


def test_queues_are_counted_by_percent_where_their_number_is_known() -> None:
    """A fifth of a known number, else the fixed limit; to evacuate one, which touches two, is always allowed."""
    radius = Radius(blast_queues=7)
    most = [radius.most(EntityKind.QUEUE, known) for known in (None, 100, 14, 3)]
    assert [7, 20, 2, 2] == most
    assert radius.most(EntityKind.EDGE, None) is None
    assert Reach().refuses([Touch(kind=EntityKind.EDGE, id="e1")], radius, None) is None


def test_a_claim_larger_than_the_radius_says_so() -> None:
    """A change of more entities than are allowed at all is a suggestion from the start."""
    reason = Reach().refuses(trunks("a", "b", "c"), Radius(blast_trunks=2), None)
    assert "blast radius: 0 trunks touched since now, 3 more wanted; limit 2 in 30m" == reason


def test_an_operators_cap_wins_until_the_configured_one_changes() -> None:
    """A worker that starts with the same configuration leaves the cap as the operator set it."""
    book = Book.opened(Limits(), None)
    assert "the cap is 3, it was 10" == book.set_cap(3, "olga", "carrier maintenance", NOON)
    assert not book.adopt(Limits(), NOON)
    assert book.adopt(Limits(blast_trunks=20), NOON)
    assert (3, "olga", 20) == (book.ledger.cap, book.cap_by, book.ledger.limits.blast_trunks)
    assert book.adopt(Limits(cap=5), NOON)
    assert (5, "") == (book.ledger.cap, book.cap_by)
    assert "the configuration has changed: blast_trunks, cap" == book.rows[-1].text


def test_the_longest_lease_is_remembered() -> None:
    """A shorter lease in the configuration does not shorten what was granted before."""
    book = Book.opened(Limits(lease=timedelta(minutes=9)), None)
    book.adopt(Limits(lease=timedelta(minutes=1)), NOON)
    assert timedelta(minutes=9) == book.longest


class Traffic(RuleBasedStateMachine):
    """Any sequence of claims, repeats, releases, ends of leases and changes of the cap."""

    @initialize(cap=st.integers(1, 4), most=st.integers(1, 6))
    def begin(self, cap: int, most: int) -> None:
        """Open a gate."""
        self.now = NOON
        self.gate = ledger(Limits(cap=cap, blast_trunks=most, blast_window=timedelta(minutes=7)))
        self.made: list[Claim] = []
        self.answered: set[str] = set()
        self.released: set[str] = set()
        self.token = 0
        self.touched: list[tuple[datetime, str]] = []

    @rule(
        locks=st.lists(st.sampled_from(LOCKS), max_size=3, unique=True),
        severity=st.sampled_from(Severity),
        trunk=st.none() | st.integers(0, 8),
    )
    def claims(self, locks: list[str], severity: Severity, trunk: int | None) -> None:
        """Somebody wants something."""
        touches = () if trunk is None else trunks(f"t{trunk}")
        made = claim(f"h{len(self.made)}", *locks, severity=severity, at=self.now, touches=touches)
        self.made.append(made)
        self.gate.enter(made, self.now)
        self.answer()

    @rule(which=st.integers(0))
    def repeats(self, which: int) -> None:
        """A signal comes in again, a few minutes late."""
        late = [each for each in self.made if self.now - each.arrived_at < timedelta(minutes=10)]
        if late:
            again = late[which % len(late)]
            self.gate.enter(again, self.now)
            self.answered.discard(again.id)
            self.answer()

    @rule(which=st.integers(0))
    def releases(self, which: int) -> None:
        """Somebody is done, gives up, or says so twice."""
        if self.made:
            done = self.made[which % len(self.made)]
            self.gate.leave(done.id, done.holder, self.now)
            self.released.add(done.id)
            self.answer()

    @rule(seconds=st.integers(1, 300))
    def waits(self, seconds: int) -> None:
        """Time passes."""
        self.now += timedelta(seconds=seconds)
        self.answer()

    @rule(cap=st.integers(1, 5))
    def orders(self, cap: int) -> None:
        """An operator changes the cap."""
        self.gate.cap = cap
        self.answer()

    def answer(self) -> None:
        """Answer, and hold every answer against what is promised."""
        for each in self.gate.answers(self.now):
            assert each.claim.id not in self.answered | self.released
            self.answered.add(each.claim.id)
            if isinstance(each, Grant):
                assert each.token > self.token
                assert len(self.gate.grants) <= self.gate.cap
                self.token = each.token
                self.touched += [(self.now, touch.id) for touch in each.claim.touches]
        assert [] == self.gate.answers(self.now)

    @invariant()
    def one_holder_for_each_lock(self) -> None:
        """No two grants share a lock."""
        held = [lock for each in self.gate.grants for lock in each.claim.resources]
        assert len(set(held)) == len(held)

    @invariant()
    def nobody_is_passed(self) -> None:
        """Whoever waits does so for the cap, for a lock that is held, or for somebody before who needs the same."""
        kept = {lock for each in self.gate.grants for lock in each.claim.resources}
        for each in self.gate.waiting:
            assert len(self.gate.grants) >= self.gate.cap or not kept.isdisjoint(each.resources)
            kept.update(each.resources)
        assert self.gate.waiting == sorted(self.gate.waiting, key=lambda each: each.rank)

    @invariant()
    def blast_radius_holds(self) -> None:
        """No more trunks were granted within the window than are allowed."""
        window = self.gate.limits.blast_window
        recent = {trunk for at, trunk in self.touched if self.now - at < window}
        assert len(recent) <= self.gate.limits.blast_trunks

    @invariant()
    def every_lease_is_bounded(self) -> None:
        """No grant outlives its lease."""
        assert all(self.now < each.until <= self.now + self.gate.limits.lease for each in self.gate.grants)

    def teardown(self) -> None:
        """Everybody is answered in the end, and the book survives the way into the next run."""
        if not hasattr(self, "gate"):
            return
        self.gate = Ledger.model_validate_json(self.gate.model_dump_json())
        for _ in range(len(self.gate.waiting) + 1):
            self.now += self.gate.limits.lease
            self.answer()
        assert [] == self.gate.waiting


TestTraffic = Traffic.TestCase
TestTraffic.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@given(st.lists(st.tuples(st.sampled_from(Severity), st.integers(0, 5)), max_size=30))
@settings(max_examples=50, deadline=None)
def test_one_at_a_time_is_the_order_of_the_line(line: list[tuple[Severity, int]]) -> None:
    """With a cap of one, claims that are all there are granted by severity, then arrival."""
    claims = [
        claim(f"h{n}", severity=severity, at=NOON + timedelta(seconds=at)) for n, (severity, at) in enumerate(line)
    ]
    gate = ledger(cap=0)
    assert [] == entered(gate, *claims)
    gate.cap, order = 1, []
    for _ in claims:
        (holder,) = granted(gate)
        order.append(holder)
        assert gate.leave(f"{holder}#1", holder, NOON)
    assert [each.holder for each in sorted(claims, key=lambda each: each.rank)] == order
