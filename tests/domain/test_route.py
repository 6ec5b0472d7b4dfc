"""Which carrier goes first."""

from hypothesis import given
from hypothesis import strategies as st

from holdline.domain.route import Carrier, Plan, Route, RouteChange, plan


def route(*carriers: Carrier) -> Route:
    """A route with these carriers in order."""
    return Route(site_id="site", id="r1", name="Vienna out", version=3, carriers=carriers)


def carrier(id_: str, healthy: bool = True) -> Carrier:
    """A carrier by its id."""
    return Carrier(id=id_, healthy=healthy)


def test_first_healthy_one_goes_first() -> None:
    """The others keep their order, the failing one among them."""
    found = plan(route(carrier("a", False), carrier("b", False), carrier("c"), carrier("d")), "a")
    assert ("c", "a", "b", "d") == found.wanted
    assert "c is healthy and goes first on Vienna out" == found.reason


def test_failing_one_is_never_chosen() -> None:
    """A carrier that reports well of itself is not chosen while the incident is about it."""
    assert ("b", "a") == plan(route(carrier("a"), carrier("b")), "a").wanted


def test_nothing_to_do() -> None:
    """A route without the carrier, without a healthy one or in the right order is left alone, with a reason."""
    assert ((), "route Vienna out does not use the failing carrier") == _told(plan(route(carrier("b")), "a"))
    alone = plan(route(carrier("a"), carrier("b", False)), "a")
    assert ((), "no other carrier of route Vienna out is healthy") == _told(alone)
    done = plan(route(carrier("b"), carrier("a", False)), "a")
    assert ((), "b is first on the route already") == _told(done)


CARRIERS = st.lists(st.builds(carrier, st.sampled_from("abcdef"), st.booleans()), unique_by=lambda each: each.id)


@given(CARRIERS, st.sampled_from("abcdef"))
def test_nobody_is_lost(carriers: list[Carrier], failing: str) -> None:
    """A plan is a permutation of the route, with a healthy carrier first that is not the failing one."""
    before = route(*carriers)
    wanted = plan(before, failing).wanted
    if wanted:
        assert sorted(before.order) == sorted(wanted)
        assert wanted != before.order
        assert wanted[0] in {each.id for each in carriers if each.healthy and each.id != failing}


def test_inverse_swaps() -> None:
    """The inverse expects what the change wanted, and the inverse of the inverse is the change."""
    change = RouteChange(site_id="s", route_id="r", label="b first", expected=("a", "b"), wanted=("b", "a"), effect="e")
    inverse = change.inverse("back")
    assert (("b", "a"), ("a", "b"), "back") == (inverse.expected, inverse.wanted, inverse.effect)
    assert change == inverse.inverse("e")


def _told(found: Plan) -> tuple[tuple[str, ...], str]:
    return found.wanted, found.reason
