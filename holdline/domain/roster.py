"""Who answers: agents joined to a queue, and agents given a skill, each as it reads and as it is wanted."""

from collections.abc import Sequence
from typing import Final

from holdline.domain.change import ActionKind, Change, Plan, Step, Touch
from holdline.domain.entity import Entity, EntityId, EntityKind
from holdline.domain.frozen import Frozen
from holdline.domain.text import Line, Name

JOINED: Final = "joined"
UNJOINED: Final = "unjoined"
ABSENT: Final = "absent"

PAGE: Final = 100
"""So many members are joined by one order, which is the most the vendor takes."""

_NAMED = 3


class Agent(Frozen):
    """An agent as they stand: `state` is JOINED, UNJOINED or ABSENT, or a proficiency as text."""

    id: str
    name: Name = ""
    state: str = ABSENT

    @property
    def label(self) -> str:
        """The name, else the id."""
        return self.name or self.id


class QueueRoster(Frozen):
    """A queue and those agents of the runbook that concern it, in the runbook's order."""

    id: EntityId
    name: Line = ""
    agents: tuple[Agent, ...]

    @property
    def label(self) -> str:
        """The name, else the id."""
        return f"queue {self.name or self.id}"


def words(agents: Sequence[Agent]) -> tuple[str, ...]:
    """The state of several agents, such as `<user>:joined`."""
    return tuple(f"{agent.id}:{agent.state}" for agent in agents)


def plan_joining(roster: QueueRoster) -> Plan:
    """The steps that join the members who are not joined, a page of agents each; who is no member is left out."""
    pages = [roster.agents[start : start + PAGE] for start in range(0, len(roster.agents), PAGE)]
    named = [(f"{roster.id}/{number}", page) for number, page in enumerate(pages, start=1)]
    steps = tuple(_joining(roster, target, page) for target, page in named if _idle(page))
    found = {target: words(page) for target, page in named}
    return Plan(steps=steps, found=found, reason="; ".join((*_said(roster), *_strangers(roster))))


def _idle(agents: Sequence[Agent]) -> list[Agent]:
    return [agent for agent in agents if agent.state == UNJOINED]


def _said(roster: QueueRoster) -> list[str]:
    idle = _idle(roster.agents)
    return [f"{_names(idle)} can join {roster.label}" if idle else f"nobody named can still join {roster.label}"]


def _strangers(roster: QueueRoster) -> list[str]:
    absent = [agent for agent in roster.agents if agent.state == ABSENT]
    return [f"{len(absent)} named are no members of it"] if absent else []


def _joining(roster: QueueRoster, target: str, page: Sequence[Agent]) -> Step:
    idle = _idle(page)
    joined = [agent.model_copy(update={"state": JOINED}) if agent in idle else agent for agent in page]
    return Step(
        action=ActionKind.JOIN_AGENTS,
        target=target,
        label=f"{roster.label}: {_names(idle)} joined",
        back=f"{roster.label}: {_names(idle)} out again",
        expected=words(page),
        wanted=words(joined),
        resources=(f"queue:{roster.id}",),
        touches=(Touch(kind=EntityKind.QUEUE, id=roster.id),),
    )


def _names(agents: Sequence[Agent]) -> str:
    labels = [agent.label for agent in agents[:_NAMED]]
    more = len(agents) - len(labels)
    if more:
        return f"{', '.join(labels)} and {more} more"
    return " and ".join(part for part in (", ".join(labels[:-1]), labels[-1]) if part)


class Standing(Frozen):
    """How a change of several agents stands: whom it must still change, and whom somebody else has changed."""

    left: tuple[str, ...]
    foreign: tuple[str, ...]


def standing(change: Change, found: dict[str, str]) -> Standing:
    """Judge each agent of a change by itself; `found` is the state by agent, ABSENT where there is none."""
    ours = {_agent(old): (_state(old), _state(new)) for old, new in zip(change.expected, change.wanted, strict=True)}
    moved = {agent: states for agent, states in ours.items() if states[0] != states[1]}
    now = {agent: found.get(agent, ABSENT) for agent in moved}
    return Standing(
        left=tuple(agent for agent, (old, _) in moved.items() if now[agent] == old),
        foreign=tuple(agent for agent, states in moved.items() if now[agent] not in states),
    )


def _agent(word: str) -> str:
    return word.rpartition(":")[0]


def _state(word: str) -> str:
    return word.rpartition(":")[2]


class Skill(Frozen):
    """A skill of the organisation."""

    id: str
    name: Line = ""

    @property
    def label(self) -> str:
        """The name, else the id."""
        return f"skill {self.name or self.id}"


def level(proficiency: float) -> str:
    """A proficiency as a state."""
    return f"{proficiency:g}"


def plan_skilling(entity: Entity, skill: Skill, agents: Sequence[Agent], proficiency: float) -> Plan:
    """The steps that give the skill to those who lack it, one for each; who has it keeps it as it is."""
    steps = tuple(_skilling(entity, skill, agent, level(proficiency)) for agent in agents if agent.state == ABSENT)
    lacking = [agent for agent in agents if agent.state == ABSENT]
    reason = f"{_names(lacking)} lack {skill.label}" if lacking else f"everybody named has {skill.label} already"
    return Plan(steps=steps, found={_of(agent, skill): (agent.state,) for agent in agents}, reason=reason)


def _of(agent: Agent, skill: Skill) -> str:
    return f"{agent.id}/{skill.id}"


def _skilling(entity: Entity, skill: Skill, agent: Agent, wanted: str) -> Step:
    return Step(
        action=ActionKind.SKILL_AGENTS,
        target=_of(agent, skill),
        label=f"{agent.label}: {skill.label} at {wanted}",
        back=f"{agent.label}: without {skill.label} again",
        expected=(ABSENT,),
        wanted=(wanted,),
        resources=(f"agent:{agent.id}",),
        touches=(Touch(kind=entity.kind, id=entity.id),),
    )
