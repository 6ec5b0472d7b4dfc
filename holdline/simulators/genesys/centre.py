"""The contact centre beside its telephony: emergency groups, and what else people and automation switch."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from holdline.simulators.genesys.named import Named, fixed_id


@dataclass(frozen=True)
class EmergencyGroup(Named):
    """An emergency group: the call routes that run its flow while it is enabled."""

    flow: str
    ivrs: tuple[str, ...]
    enabled: bool = False
    version: int = 1
    description: str = ""


@dataclass(frozen=True)
class Agent(Named):
    """A user, with a proficiency for each skill held."""

    skills: dict[str, float] = field(default_factory=dict)


AGENTS = ("Ana", "Ben", "Clara", "David", "Eva", "Felix", "Greta", "Hugo", "Ida", "Jan", "Klara", "Leo")
FLOWS = ("Usual music", "To overflow")
SKILLS = ("German", "Failover")


class Centre:
    """Everything by id; frozen values are replaced.

    `members` says by queue and user whether they are joined; `documents` are the settings of each queue as written.
    """

    def __init__(self, sites: Iterable[str], queues: Collection[str]) -> None:
        self.groups = {group.id: group for group in map(emergency_group, sites)}
        self.agents = {fixed_id("user", name): Agent(fixed_id("user", name), name) for name in AGENTS}
        self.skills = {fixed_id("skill", name): Named(fixed_id("skill", name), name) for name in SKILLS}
        self.flows = {fixed_id("flow", name): Named(fixed_id("flow", name), name) for name in FLOWS}
        self.documents: dict[str, dict[str, Any]] = {queue: self._document() for queue in queues}
        self.members = {queue: self._team(number % len(AGENTS)) for number, queue in enumerate(queues)}

    def _document(self) -> dict[str, Any]:
        """A queue's settings at the start: callers hear music while they wait."""
        music = next(iter(self.flows))
        after = {"wrapupPrompt": "OPTIONAL", "timeoutMs": 30000}
        return {"description": "", "queueFlow": {"id": music}, "acwSettings": after, "skillEvaluationMethod": "ALL"}

    def _team(self, number: int) -> dict[str, bool]:
        """Each queue starts its team with another agent; the first half of it is joined."""
        agents = list(self.agents)[number:]
        return {agent: place < len(agents) // 2 for place, agent in enumerate(agents)}


def emergency_group(site: str) -> EmergencyGroup:
    """The group of a site, off, with one call route."""
    name = f"{site} emergency"
    return EmergencyGroup(fixed_id("group", name), name, fixed_id("flow", name), (fixed_id("ivr", name),))
