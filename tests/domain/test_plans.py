"""What each action says it would change, before anything is changed."""

from datetime import timedelta

import pytest

from holdline.domain import capacity, drain, emergency, evacuation, roster
from holdline.domain.change import Touch
from holdline.domain.drain import EdgeService
from holdline.domain.emergency import EmergencyGroup
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.evacuation import Flow, Queue
from holdline.domain.roster import Agent, QueueRoster, Skill

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


def test_agents_join_a_page_at_a_time() -> None:
    """One order takes a hundred; each page is a change of its own, and a page without anybody to join is none."""
    agents = [Agent(id=f"u{number}", state=roster.UNJOINED) for number in range(101)]
    plan = roster.plan_joining(QueueRoster(id="q1", name="Sales", agents=tuple(agents)))
    assert ["q1/1", "q1/2"] == [step.target for step in plan.steps]
    assert "queue Sales: u0, u1, u2 and 97 more joined" == plan.steps[0].label
    assert ("queue Sales: u100 out again", ("u100:joined",)) == (plan.steps[1].back, plan.steps[1].wanted)
    assert (("queue:q1",), (Touch(kind=EntityKind.QUEUE, id="q1"),)) == (plan.steps[0].resources, plan.steps[0].touches)


def test_nobody_is_left_to_join() -> None:
    """The plan says so, and how each one stands."""
    agents = (Agent(id="u1", name="Ana", state=roster.JOINED), Agent(id="u2"))
    plan = roster.plan_joining(QueueRoster(id="q1", name="Sales", agents=agents))
    assert () == plan.steps
    assert "nobody named can still join queue Sales; 1 named are no members of it" == plan.reason
    assert {"q1/1": ("u1:joined", "u2:absent")} == plan.found


def test_each_agent_of_a_change_stands_alone() -> None:
    """Done, still to do, somebody else's, and none of ours."""
    agents = tuple(Agent(id=id, state=state) for id, state in (("a", "joined"), *((x, "unjoined") for x in "bcd")))
    change = roster.plan_joining(QueueRoster(id="q1", agents=agents)).steps[0].change("effect")
    stands = roster.standing(change, {"b": "joined", "c": "unjoined"})
    assert (("c",), ("d",)) == (stands.left, stands.foreign)


def test_everybody_has_the_skill() -> None:
    """There is nobody to give it to."""
    plan = roster.plan_skilling(SITE, Skill(id="s1", name="German"), [Agent(id="u1", state="2")], 3)
    assert ((), "everybody named has skill German already") == (plan.steps, plan.reason)


SALES, SPARE = Queue(id="q1", name="Sales", flow="music", joined=3), Queue(id="q2", name="Spare", joined=2)
WAY_OUT = Flow(id="f1", name="To spare", fit=True)


def test_new_callers_go_elsewhere_and_stay_again() -> None:
    """Both queues are held meanwhile, in the same order whoever evacuates which."""
    plan = evacuation.plan(SALES, SPARE, WAY_OUT)
    (step,) = plan.steps
    assert "queue Sales: new callers go to queue Spare by flow To spare; those who wait stay" == step.label
    assert ("queue Sales: new callers stay again", ("music",), ("f1",)) == (step.back, step.expected, step.wanted)
    back = evacuation.plan(SPARE.model_copy(update={"flow": "music"}), SALES, WAY_OUT)
    assert ("queue:q1", "queue:q2") == step.resources == back.steps[0].resources


@pytest.mark.parametrize(
    ("queue", "overflow", "flow", "reason"),
    [
        ({"flow": "f1"}, {}, {}, "queue Sales has flow To spare already"),
        ({"flow": "F1"}, {}, {}, "queue Sales has flow To spare already"),
        ({"id": "q2"}, {}, {}, "cannot overflow into itself"),
        ({}, {}, {"fit": False}, "flow To spare is no published in-queue call flow"),
        ({}, {"flow": "f1"}, {}, "queue Spare is being evacuated itself"),
        ({}, {}, {"id": "MUSIC"}, "queue Sales has flow To spare already"),
        ({}, {"joined": 0}, {}, "nobody is joined to queue Spare"),
    ],
)
def test_callers_stay_where_going_helps_nobody(
    queue: dict[str, object], overflow: dict[str, object], flow: dict[str, object], reason: str
) -> None:
    """They would wait for ever, or go round in circles."""
    plan = evacuation.plan(
        SALES.model_copy(update=queue), SPARE.model_copy(update=overflow), WAY_OUT.model_copy(update=flow)
    )
    assert () == plan.steps
    assert reason in plan.reason


def test_nobody_is_sent_to_a_queue_that_is_evacuated_by_another_flow() -> None:
    """Callers of two queues that are evacuated into each other would go round in circles, however a flow is written."""
    elsewhere = SPARE.model_copy(update={"flow": "f2"})
    plan = evacuation.plan(SALES, elsewhere, WAY_OUT, {"f1", "F2"})
    assert ((), "queue Spare is being evacuated itself") == (plan.steps, plan.reason)
    assert 1 == len(evacuation.plan(SALES, elsewhere, WAY_OUT, {"f1", "f3"}).steps)


@pytest.mark.parametrize(
    ("ways", "found"),
    [
        ("", ""),
        ("ab ac bc", ""),
        ("aa", "aa"),
        ("ab ba", "aba"),
        ("xa ab bd bc ca", "abca"),
    ],
)
def test_where_callers_come_back_to(ways: str, found: str) -> None:
    """A circle of any length is found, a way that only forks and joins again is none."""
    assert tuple(found) == evacuation.circle((each[0], each[1]) for each in ways.split())


def test_capacity_is_asked_for_and_given_back() -> None:
    """The order is for one entity, and so is its lock."""
    entity = Entity(kind=EntityKind.QUEUE, id="q1", name="Sales")
    (step,) = capacity.plan("sbc", entity, "incident/queue_overflow/q1:1", "warning").steps
    assert "webhook sbc: capacity up for queue Sales" == step.label
    assert (("webhook:sbc/q1",), (Touch(kind=EntityKind.QUEUE, id="q1"),)) == (step.resources, step.touches)
