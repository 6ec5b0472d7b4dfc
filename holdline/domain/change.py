"""A change of something that both exists and can be put back: what was there, what is wanted, what became of it."""

import hashlib
from enum import StrEnum

from pydantic import Field

from holdline.domain.entity import EntityId, EntityKind
from holdline.domain.frozen import Frozen
from holdline.domain.text import Line, Name


class ActionKind(StrEnum):
    """What automation may do (S3.13). Values are persisted in histories and configuration."""

    REORDER_ROUTE = "reorder_route"
    DRAIN_EDGE = "drain_edge"
    EMERGENCY_GROUP = "emergency_group"
    JOIN_AGENTS = "join_agents"
    SKILL_AGENTS = "skill_agents"
    CALL_WEBHOOK = "call_webhook"
    EVACUATE_QUEUE = "evacuate_queue"


class Outcome(StrEnum):
    """What became of a change."""

    REGISTERED = "registered"
    APPLIED = "applied"
    REVERTED = "reverted"
    LEFT = "left"
    UNKNOWN = "unknown"


class Touch(Frozen):
    """One entity that a change touches; trunks and queues count for the blast radius."""

    kind: EntityKind
    id: EntityId


class Change(Frozen):
    """An absolute change, applied only where the target still reads as `expected`; its inverse swaps the two.

    `target` is what the vendor names it by, such as `<site>/<route>`; a state is a list of words that the action
    gives a meaning to, such as carrier ids in order. `parameters` are what the action needs besides.
    """

    action: ActionKind
    target: str
    label: Line
    expected: tuple[str, ...]
    wanted: tuple[str, ...]
    parameters: dict[str, str] = Field(default_factory=dict)
    effect: str

    def inverse(self, effect: str, label: str) -> "Change":
        """The change that puts back what this one found."""
        swapped = {"expected": self.wanted, "wanted": self.expected, "effect": effect, "label": label}
        return self.model_copy(update=swapped)


class Step(Frozen):
    """A change that an action would make, before anybody has decided about it.

    `label` and `back` say it in words a person approves or reads in the timeline, forwards and back; `resources` are
    the locks it needs (S3.8).
    """

    action: ActionKind
    target: str
    label: Line
    back: Line
    expected: tuple[str, ...]
    wanted: tuple[str, ...]
    parameters: dict[str, str] = Field(default_factory=dict)
    resources: tuple[str, ...]
    touches: tuple[Touch, ...] = ()

    def change(self, effect: str) -> Change:
        """The change under its idempotency key."""
        return Change(
            action=self.action,
            target=self.target,
            label=self.label,
            expected=self.expected,
            wanted=self.wanted,
            parameters=self.parameters,
            effect=effect,
        )


class Plan(Frozen):
    """The steps of an action, or the sentence why there is none; `found` is how each target reads now.

    `settled` where nothing is left to do: it is as it should be already. `site` is where it is, in words for people.
    `queues` is how many queues there are in all, where it touches one and the vendor tells.
    """

    steps: tuple[Step, ...] = ()
    found: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    reason: Line
    settled: bool = False
    site: Name = ""
    queues: int | None = None

    @property
    def words(self) -> str:
        """The steps as a person reads them."""
        return "; ".join(step.label for step in self.steps)

    @property
    def resources(self) -> tuple[str, ...]:
        """Every lock that the steps need, once."""
        return tuple(dict.fromkeys(each for step in self.steps for each in step.resources))

    @property
    def touches(self) -> tuple[Touch, ...]:
        """Everything that the steps touch, once."""
        return tuple(dict.fromkeys(each for step in self.steps for each in step.touches))

    @property
    def digest(self) -> str:
        """Twelve characters that stand for exactly these steps: what is approved is what is executed (S3.11)."""
        steps = "\n".join(step.model_dump_json() for step in self.steps)
        return hashlib.sha256(steps.encode()).hexdigest()[:12]
