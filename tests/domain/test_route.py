"""Which carrier goes first."""

from hypothesis import given
from hypothesis import strategies as st

from holdline.domain.entity import Entity, EntityKind
from holdline.domain.route import Carrier, Choice, Route, Situation, choose, plan

TRUNK = Entity(kind=EntityKind.TRUNK, id="trunk-a")


def route(*carriers: Carrier) -> Route:
    """A route with these carriers in order."""
    return Route(site_id="site", id="r1", name="Vienna out", version=3, carriers=carriers)


def carrier(id_: str, healthy: bool = True) -> Carrier:
    """A carrier by its id."""
    return Carrier(id=id_, healthy=healthy)


def test_first_healthy_one_goes_first() -> None:
    """The others keep their order, the failing one among them."""
    found = choose(route(carrier("a", False), carrier("b", False), carrier("c"), carrier("d")), "a")
    assert ("c", "a", "b", "d") == found.wanted
    assert "c is healthy and goes first on Vienna out" == found.reason


def test_failing_one_is_never_chosen() -> None:
    """A carrier that reports well of itself is not chosen while the incident is about it."""
    assert ("b", "a") == choose(route(carrier("a"), carrier("b")), "a").wanted


def test_nothing_to_do() -> None:
    """A route without the carrier, without a healthy one or in the right order is left alone, with a reason."""
    assert ((), "route Vienna out does not use the failing carrier") == _told(choose(route(carrier("b")), "a"))
    alone = choose(route(carrier("a"), carrier("b", False)), "a")
    assert ((), "no other carrier of route Vienna out is healthy") == _told(alone)
    done = choose(route(carrier("b"), carrier("a", False)), "a")
    assert ((), "b is first on the route already") == _told(done)


CARRIERS = st.lists(st.builds(carrier, st.sampled_from("abcdef"), st.booleans()), unique_by=lambda each: each.id)


@given(CARRIERS, st.sampled_from("abcdef"))
def test_nobody_is_lost(carriers: list[Carrier], failing: str) -> None:
    """A plan is a permutation of the route, with a healthy carrier first that is not the failing one."""
    before = route(*carriers)
    wanted = choose(before, failing).wanted
    if wanted:
        assert sorted(before.order) == sorted(wanted)
        assert wanted != before.order
        assert wanted[0] in {each.id for each in carriers if each.healthy and each.id != failing}


def test_inverse_swaps() -> None:
    """The inverse expects what the change wanted, and the inverse of the inverse is the change."""
    (step,) = plan(TRUNK, Situation(carrier="a", routes=(route(carrier("a", False), carrier("b")),))).steps
    change = step.change("e")
    inverse = change.inverse("back", step.back)
    assert (("b", "a"), ("a", "b"), "back") == (inverse.expected, inverse.wanted, inverse.effect)
    assert change == inverse.inverse("e", step.label)


def test_a_plan_says_what_it_changes() -> None:
    """The target, the lock, the words for people, and how the target reads now."""
    found = plan(TRUNK, Situation(carrier="a", routes=(route(carrier("a", False), carrier("b")),)))
    (step,) = found.steps
    assert ("site/r1", ("route:site/r1",), {"site/r1": ("a", "b")}) == (step.target, step.resources, found.found)
    assert ("route Vienna out: b first", "route Vienna out: a first again") == (step.label, step.back)


def test_settled_is_where_nothing_is_left_to_do() -> None:
    """A route that has its healthy carrier first says nothing of another one, which has none or is to be changed."""
    done = route(carrier("b"), carrier("a", False))
    without = route(carrier("a", False), carrier("c", False))
    still = route(carrier("a", False), carrier("b"))
    found = [
        plan(TRUNK, Situation(carrier="a", routes=routes)).settled
        for routes in ((done,), (done, without), (done, still), ())
    ]
    assert [True, False, False, False] == found


def test_a_plan_of_nothing_says_why() -> None:
    """A person who is handed the incident reads it."""
    alone = plan(TRUNK, Situation(carrier="a", routes=(route(carrier("a"), carrier("b", False)),)))
    assert ((), "no other carrier of route Vienna out is healthy") == (alone.steps, alone.reason)
    assert "no enabled route of its site uses the trunk" == plan(TRUNK, Situation(carrier="a", routes=())).reason


def test_what_is_approved_is_what_is_planned() -> None:
    """The digest of a plan changes with its steps, and with nothing else."""
    first, second = (
        plan(TRUNK, Situation(carrier="a", routes=(route(carrier("a"), carrier(other)),))) for other in ("b", "c")
    )
    assert first.digest != second.digest
    assert first.digest == first.model_copy(update={"reason": "for another reason"}).digest


def _told(found: Choice) -> tuple[tuple[str, ...], str]:
    return found.wanted, found.reason
