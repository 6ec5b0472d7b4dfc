"""What an action needs, and what belongs to another."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from holdline.domain.action import NEEDS, Action
from holdline.domain.change import ActionKind
from holdline.domain.entity import EntityKind

WHOLE: dict[ActionKind, dict[str, Any]] = {
    ActionKind.REORDER_ROUTE: {},
    ActionKind.DRAIN_EDGE: {},
    ActionKind.EMERGENCY_GROUP: {"group": "g1"},
    ActionKind.JOIN_AGENTS: {"agents": ("u1",)},
    ActionKind.CALL_WEBHOOK: {"webhook": "capacity"},
    ActionKind.EVACUATE_QUEUE: {"flow": "f1", "overflow": "q2"},
    ActionKind.SKILL_AGENTS: {"agents": ("u1",), "skill": "s1", "proficiency": 2.5},
}


def test_every_action_is_described() -> None:
    """An action without a line in the table could not be written at all."""
    assert set(ActionKind) == set(NEEDS) == set(WHOLE)


@pytest.mark.parametrize("do", ActionKind)
def test_an_action_with_what_it_needs_is_accepted(do: ActionKind) -> None:
    """It also survives the way through a workflow's input."""
    action = Action.model_validate({"do": do, **WHOLE[do]})
    assert action == Action.model_validate_json(action.model_dump_json())


@pytest.mark.parametrize(("do", "name"), [(do, name) for do in ActionKind for name in NEEDS[do].must])
def test_what_is_missing_is_named(do: ActionKind, name: str) -> None:
    """The sentence says which action needs which setting."""
    rest = {key: value for key, value in WHOLE[do].items() if key != name}
    with pytest.raises(ValidationError, match=f"{do} needs `{name}`"):
        Action.model_validate({"do": do, **rest})


def test_what_belongs_to_another_action_is_refused() -> None:
    """It would look as if it counted."""
    with pytest.raises(
        ValidationError, match="`group` does not belong to drain_edge, which takes `edge` and `drain_wait`"
    ):
        Action(do=ActionKind.DRAIN_EDGE, group="g1")
    with pytest.raises(ValidationError, match="`group` does not belong to reorder_route, which takes no settings"):
        Action(do=ActionKind.REORDER_ROUTE, group="g1")


def test_calls_have_five_minutes_to_end() -> None:
    """Where nothing is said; zero is said on purpose and cuts them off."""
    assert timedelta(minutes=5) == Action(do=ActionKind.DRAIN_EDGE).patience
    assert timedelta(0) == Action(do=ActionKind.DRAIN_EDGE, drain_wait=timedelta(0)).patience


def test_agents_are_named_once_and_not_by_the_hundred() -> None:
    """A skill costs a request for each agent, so there is a limit to that."""
    with pytest.raises(ValidationError, match="names somebody twice"):
        Action(do=ActionKind.JOIN_AGENTS, agents=("u1", "u1"))
    many = tuple(f"u{number}" for number in range(51))
    with pytest.raises(ValidationError, match="at most 50 agents"):
        Action(do=ActionKind.SKILL_AGENTS, agents=many, skill="s1")
    assert 3.0 == Action(do=ActionKind.SKILL_AGENTS, agents=many[:50], skill="s1").adept


def test_an_action_must_know_what_to_change() -> None:
    """What the incident is about, or what the runbook names; some need neither."""
    drain = Action(do=ActionKind.DRAIN_EDGE)
    assert (True, True, False) == tuple(map(drain.aims_at, (EntityKind.EDGE, EntityKind.TRUNK, EntityKind.SITE)))
    assert Action(do=ActionKind.DRAIN_EDGE, edge="e1").aims_at(EntityKind.SITE)
    assert Action(do=ActionKind.EMERGENCY_GROUP, group="g1").aims_at(EntityKind.SITE)
