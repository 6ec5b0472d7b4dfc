"""What each action says it would change, before anything is changed."""

from datetime import timedelta

import pytest

from holdline.domain import drain, emergency
from holdline.domain.change import Touch
from holdline.domain.drain import EdgeService
from holdline.domain.emergency import EmergencyGroup
from holdline.domain.entity import Entity, EntityKind

EDGE = EdgeService(id="e1", name="Vienna 1", site_id="s1", site="Vienna", service=drain.IN, others=1, trunks=("t1",))
SITE = Entity(kind=EntityKind.SITE, id="vienna")


def test_an_edge_is_drained_and_comes_back() -> None:
    """Both ways are said in words, and everything on the edge is counted as touched."""
    plan = drain.plan(EDGE, timedelta(minutes=2))
    (step,) = plan.steps
    assert "edge Vienna 1: out of service, calls have 2m to end" == step.label
    assert "edge Vienna 1: in service again" == step.back
    assert ("edge:e1", "site:s1") == step.resources
    assert (Touch(kind=EntityKind.EDGE, id="e1"), Touch(kind=EntityKind.TRUNK, id="t1")) == step.touches
    assert ("Vienna", {"e1": ("in service",)}) == (plan.site, plan.found)


def test_a_drain_that_cuts_calls_off_says_so() -> None:
    """Nobody approves that by accident."""
    assert "cut off" in drain.plan(EDGE, timedelta(0)).steps[0].label


@pytest.mark.parametrize(
    ("changed", "reason"),
    [({"service": drain.OUT}, "not in service: it is out of service"), ({"others": 0}, "the only one of its site")],
)
def test_an_edge_is_left_where_draining_helps_nobody(changed: dict[str, object], reason: str) -> None:
    """The last edge of a site is never taken out of service."""
    plan = drain.plan(EDGE.model_copy(update=changed), timedelta(0))
    assert () == plan.steps
    assert reason in plan.reason


def test_a_group_is_switched_on_and_off_again() -> None:
    """The plan says how many call routes follow."""
    plan = emergency.plan(SITE, EmergencyGroup(id="g1", name="Night", state=emergency.OFF, routes=2))
    (step,) = plan.steps
    assert "emergency group Night: on, its 2 call routes run the emergency flow" == step.label
    assert ("emergency group Night: off again", ("group:g1",)) == (step.back, step.resources)


@pytest.mark.parametrize(
    ("state", "routes", "reason"),
    [(emergency.ON, 1, "is on already"), ("deleted", 1, "is deleted"), (emergency.OFF, 0, "would change nothing")],
)
def test_a_group_is_left_where_switching_helps_nobody(state: str, routes: int, reason: str) -> None:
    """An emergency that a person declared is theirs, and stays."""
    plan = emergency.plan(SITE, EmergencyGroup(id="g1", state=state, routes=routes))
    assert () == plan.steps
    assert reason in plan.reason
