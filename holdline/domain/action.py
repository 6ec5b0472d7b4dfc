"""What an operator says about an action: which one, and what that one needs; what belongs to another is refused."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Any, Final, NamedTuple, Self

from pydantic import Field, model_validator

from holdline.domain.change import ActionKind
from holdline.domain.duration import Duration
from holdline.domain.entity import Entity, EntityKind
from holdline.domain.frozen import Rule

VendorId = Annotated[str, Field(min_length=1, max_length=120)]
"""What a vendor names a thing by, such as a UUID."""

DRAIN: Final = timedelta(minutes=5)
"""How long calls may end by themselves on an edge that leaves service, where nothing is said."""

PROFICIENCY: Final = 3.0
"""How adept an agent is said to be at the skill given, from 0 to 5, where nothing is said."""

MOST_SKILLED: Final = 50
"""So many agents may be given a skill: the vendor has no call for several agents at once."""


class Needs(NamedTuple):
    """The settings an action must have, and those it may have."""

    must: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


NEEDS: Final[Mapping[ActionKind, Needs]] = MappingProxyType(
    {
        ActionKind.REORDER_ROUTE: Needs(),
        ActionKind.DRAIN_EDGE: Needs(may=("edge", "drain_wait")),
        ActionKind.EMERGENCY_GROUP: Needs(must=("group",)),
        ActionKind.JOIN_AGENTS: Needs(must=("agents",), may=("queue",)),
        ActionKind.SKILL_AGENTS: Needs(must=("agents", "skill"), may=("proficiency",)),
        ActionKind.CALL_WEBHOOK: Needs(must=("webhook",)),
        ActionKind.EVACUATE_QUEUE: Needs(must=("flow", "overflow"), may=("queue",)),
    }
)
"""Which settings belong to which action."""


_QUEUE: Final = ("queue", (EntityKind.QUEUE,))

AIMS: Final[Mapping[ActionKind, tuple[str, tuple[EntityKind, ...]]]] = MappingProxyType(
    {
        ActionKind.DRAIN_EDGE: ("edge", (EntityKind.EDGE, EntityKind.TRUNK)),
        ActionKind.JOIN_AGENTS: _QUEUE,
        ActionKind.EVACUATE_QUEUE: _QUEUE,
    }
)
"""Which setting names what an action changes, and what an incident may be about that it is not needed."""


class Action(Rule):
    """An action and what it needs.

    `edge` is drained in place of the one that the incident is about; calls on it have `drain_wait` to end (5m without
    it), and `0s` cuts them off. `group` is the emergency group that is switched on. `agents` are users by id: they join
    `queue`, or the queue that the incident is about, or they are given `skill` at `proficiency` (0 to 5, 3 without it).
    `webhook` is a name in `[webhooks]`. `flow` is the in-queue flow that sends callers on to the queue `overflow`.
    """

    do: ActionKind
    edge: VendorId | None = None
    drain_wait: Duration | None = Field(default=None, ge=timedelta(0), le=timedelta(hours=1))
    group: VendorId | None = None
    agents: tuple[VendorId, ...] = Field(default=(), max_length=500)
    queue: VendorId | None = None
    skill: VendorId | None = None
    proficiency: float | None = Field(default=None, ge=0, le=5)
    webhook: VendorId | None = None
    flow: VendorId | None = None
    overflow: VendorId | None = None

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        needs = NEEDS[self.do]
        missing = [name for name in needs.must if not self._given(name)]
        if missing:
            raise ValueError(f"{self.do} needs {_words(missing)}")
        strange = [name for name in SETTINGS if self._given(name) and name not in needs.must + needs.may]
        if strange:
            taken = _words([*needs.must, *needs.may]) or "no settings of its own"
            raise ValueError(f"{_words(strange)} does not belong to {self.do}, which takes {taken}")
        if len(set(self.agents)) < len(self.agents):
            raise ValueError("`agents` names somebody twice")
        if self.do is ActionKind.SKILL_AGENTS and len(self.agents) > MOST_SKILLED:
            raise ValueError(f"skill_agents takes at most {MOST_SKILLED} agents: each is read and changed one by one")
        return self

    def _given(self, name: str) -> bool:
        value: Any = getattr(self, name)
        return value is not None and value != ()

    @property
    def aim(self) -> str:
        """The setting that names what is changed in place of what the incident is about; empty where there is none."""
        return AIMS.get(self.do, ("", ()))[0]

    def aims_at(self, about: EntityKind) -> bool:
        """Whether the action knows what to change where an incident is about this."""
        name, kinds = AIMS.get(self.do, ("", ()))
        return not name or about in kinds or self._given(name)

    def queue_for(self, entity: Entity) -> str:
        """The queue to change: the one that is named, else the one the incident is about; empty where there is none."""
        return self.queue or (entity.id if entity.kind is EntityKind.QUEUE else "")

    @property
    def patience(self) -> timedelta:
        """How long calls may end by themselves."""
        return DRAIN if self.drain_wait is None else self.drain_wait

    @property
    def adept(self) -> float:
        """The proficiency that agents are given."""
        return PROFICIENCY if self.proficiency is None else self.proficiency


SETTINGS: Final = tuple(dict.fromkeys(name for needs in NEEDS.values() for name in (*needs.must, *needs.may)))
"""Every setting that belongs to some action."""


def _words(names: list[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)
