"""Genesys Cloud agents: joined to a queue and out again, given a skill and without it again.

https://developer.genesys.cloud/devapps/api-explorer (Routing, Users). A PATCH of members is processed after its answer,
so only reading proves it; there is no call that gives a skill to several agents.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from pydantic import StrictBool

from holdline.clients.absolute import Absolute, Found
from holdline.clients.exchange import Ask
from holdline.clients.genesys_documents import Document, Reference
from holdline.clients.genesys_listing import Pages, every_page
from holdline.clients.genesys_queue_count import counted
from holdline.clients.wire import Attempt, Wire
from holdline.domain import roster
from holdline.domain.change import Change, Plan
from holdline.domain.entity import Entity
from holdline.domain.roster import ABSENT, JOINED, UNJOINED, Agent, QueueRoster, Skill
from holdline.domain.runbook import ActionRule
from holdline.ports import Call, ChangeReceipt

_QUEUE: Final = "/api/v2/routing/queues/{queueId}"
_SKILLS: Final = "/api/v2/users/{userId}/routingskills"
_SKILL: Final = "/api/v2/routing/skills/{skillId}"
_AT_ONCE: Final = 4


class Person(Document):
    """A user, of whom only the name matters."""

    id: str
    name: str | None = None


class Member(Document):
    """A member of a queue; the name is the member's own or the user's."""

    id: str
    name: str | None = None
    user: Person | None = None
    joined: StrictBool | None = None

    @property
    def agent(self) -> Agent:
        """The member as the plan sees them."""
        name = self.name or (self.user.name if self.user else None)
        return Agent(id=self.id, name=name or "", state=JOINED if self.joined else UNJOINED)


class MemberPage(Pages):
    """A page of members; this listing names no count of pages."""

    entities: tuple[Member, ...]


class GenesysMembers:
    """The lever `join_agents`: an absolute state for each agent, who is judged by themselves (class A)."""

    def __init__(self, wire: Wire, looks: tuple[timedelta, ...]) -> None:
        self._wire = wire
        self._vendor = wire.endpoint.vendor
        self._absolute = Absolute(self._vendor, looks)

    async def plan(self, rule: ActionRule, entity: Entity, call: Call) -> Plan:
        """Say which of the named agents can still join the queue."""
        queue = rule.queue_for(entity)
        if not queue:
            return Plan(reason=f"the {entity.kind} {entity.label} is no queue, and the runbook names none")
        attempt = self._wire.glance(call)
        found = await attempt.read(Ask(method="GET", route=_QUEUE, parts={"queueId": queue}), Reference)
        members = {agent.id: agent for agent in await self._members(attempt, queue)}
        agents = tuple(members.get(id) or Agent(id=id) for id in rule.agents)
        joining = roster.plan_joining(QueueRoster(id=found.id, name=found.name or "", agents=agents))
        return await counted(attempt, joining)

    async def _members(self, attempt: Attempt, queue: str) -> list[Agent]:
        ask = Ask(method="GET", route=f"{_QUEUE}/members", parts={"queueId": queue})
        pages = await every_page(self._vendor, attempt, ask, MemberPage)
        return [member.agent for page in pages for member in page.entities]

    async def change(self, change: Change, call: Call) -> ChangeReceipt:
        """Join or unjoin those who still stand as expected; who was changed by somebody else is left."""
        attempt, queue = self._wire.attempt(call), change.target.partition("/")[0]

        async def read() -> Found[tuple[str, ...]]:
            return self._judged(change, await self._members(attempt, queue))

        async def write(found: Found[tuple[str, ...]]) -> None:
            joined = _becomes_joined(change)
            members = [{"id": agent, "joined": agent in joined} for agent in found.document]
            route = f"{_QUEUE}/members"
            await attempt.write(Ask(method="PATCH", route=route, parts={"queueId": queue}, json=members), MemberPage)

        return await self._absolute.make(change, read, write)

    def _judged(self, change: Change, members: Sequence[Agent]) -> Found[tuple[str, ...]]:
        """As expected while anybody is left to change, as wanted when nobody is, unless all are somebody else's."""
        now = {agent.id: agent.state for agent in members}
        stands = roster.standing(change, now)
        moved = sum(old != new for old, new in zip(change.expected, change.wanted, strict=True))
        if stands.foreign and len(stands.foreign) == moved:
            state = tuple(f"{agent}:{now.get(agent, ABSENT)}" for agent in stands.foreign)
        else:
            state = change.expected if stands.left else change.wanted
        others = f", {len(stands.foreign)} changed by somebody else and left" if stands.foreign else ""
        return Found(state=state, proof=f"{moved - len(stands.foreign)} agents{others}", document=stands.left)


def _becomes_joined(change: Change) -> set[str]:
    return {word.rpartition(":")[0] for word in change.wanted if word.endswith(f":{JOINED}")}


class UserSkill(Document):
    """A skill of a user."""

    id: str
    name: str | None = None
    proficiency: float | None = None


class UserSkillPage(Pages):
    """A page of a user's skills."""

    entities: tuple[UserSkill, ...]


class PeoplePage(Pages):
    """A page of users."""

    entities: tuple[Person, ...]


class GenesysSkills:
    """The lever `skill_agents`: an absolute state for one agent and one skill (class A)."""

    def __init__(self, wire: Wire, looks: tuple[timedelta, ...]) -> None:
        self._wire = wire
        self._vendor = wire.endpoint.vendor
        self._absolute = Absolute(self._vendor, looks)

    async def plan(self, rule: ActionRule, entity: Entity, call: Call) -> Plan:
        """Say who of the named agents lacks the skill."""
        attempt, turns = self._wire.glance(call), asyncio.Semaphore(_AT_ONCE)
        ask = Ask(method="GET", route=_SKILL, parts={"skillId": str(rule.skill)})
        found = await attempt.read(ask, Reference)
        names = await self._names(attempt, rule.agents)

        async def one(id: str) -> Agent:
            async with turns:
                return Agent(id=id, name=names.get(id, ""), state=await self._level(attempt, id, found.id))

        agents = await asyncio.gather(*(one(id) for id in rule.agents))
        return roster.plan_skilling(entity, Skill(id=found.id, name=found.name or ""), agents, rule.adept)

    async def _names(self, attempt: Attempt, agents: Sequence[str]) -> dict[str, str]:
        ask = Ask(method="GET", route="/api/v2/users", query=(("id", ",".join(agents)),))
        pages = await every_page(self._vendor, attempt, ask, PeoplePage)
        return {person.id: person.name or "" for page in pages for person in page.entities}

    async def _level(self, attempt: Attempt, user: str, skill: str) -> str:
        ask = Ask(method="GET", route=_SKILLS, parts={"userId": user})
        pages = await every_page(self._vendor, attempt, ask, UserSkillPage)
        held = [each for page in pages for each in page.entities if each.id == skill]
        return roster.level(held[0].proficiency or 0) if held else ABSENT

    async def change(self, change: Change, call: Call) -> ChangeReceipt:
        """Give one agent the skill, or take away the one that was given."""
        attempt, (user, _, skill) = self._wire.attempt(call), change.target.partition("/")

        async def read() -> Found[None]:
            state = await self._level(attempt, user, skill)
            return Found(state=(state,), proof=f"skill {'not held' if state == ABSENT else state}", document=None)

        async def write(_: Found[None]) -> None:
            if change.wanted == (ABSENT,):
                parts = {"userId": user, "skillId": skill}
                await attempt.order(Ask(method="DELETE", route=f"{_SKILLS}/{{skillId}}", parts=parts, empty=True))
            else:
                body: list[dict[str, Any]] = [{"id": skill, "proficiency": float(change.wanted[0])}]
                ask = Ask(method="PATCH", route=f"{_SKILLS}/bulk", parts={"userId": user}, json=body)
                await attempt.write(ask, UserSkillPage)

        return await self._absolute.make(change, read, write)
